"""Stories of every kind, and for each compiled query of the site the values to run it with."""

from datetime import timedelta
from types import SimpleNamespace

from django.utils import timezone

from articles.choices import State
from articles.models import Image
from tests.factories import make_picture, make_provider, make_related, make_story, make_topic


def fill_site():
    """Write stories of all states, with topics, outlets, pictures, coverage and pins; return what samples name."""
    now = timezone.now()
    hour = timedelta(hours=1)
    outlets = [make_provider(name="The Isobar", description="Weather.", logos_offered=["https://a.example/l.png"])]
    outlets += [make_provider(name="Spoke & Line"), make_provider(name="Closed", is_active=False)]
    make_picture(provider=outlets[0])
    tree = make_topic("Sky", short_name="S", description="Above.", keywords=["cloud"])
    below = [make_topic(name, parent=tree) for name in ("Rain", "Wind")]
    alone, empty = make_topic("Bees"), make_topic("Nothing")
    fresh = [
        make_story(
            title=f"Story {number} <b>of the day</b>",
            topics=[[below[number % 2]], [tree, alone], [], [below[0], alone]][number % 4],
            provider=outlets[number % 2] if number % 5 else None,
            published_at=now - number * hour,
            heat=number * 7 % 50 - 1,
            quality=number % 3 * 40 or None,
            picture=number % 3 == 0,
            outlets=number % 4,
            locale=["", "de", "en-GB"][number % 3],
            authors=[{"name": "Ada"}] if number % 2 else [],
            kind=["article", "video"][number % 2],
            duration=timedelta(minutes=number) if number % 2 else None,
            rating_average=4.5 if number % 2 else None,
            levels=["easy"],
            pin=3 if number == 5 else None,
        )
        for number in range(40)
    ]
    undated = make_story(title="Undated", published_at=None, topics=[alone], slug="undated-story", url_date=None)
    hidden = {
        "inbox": make_story(state=State.INBOX, topics=[tree]),
        "rejected": make_story(state=State.REJECTED, topics=[below[0]], pin=1),
        "withdrawn": make_story(state=State.WITHDRAWN, provider=outlets[0], published_at=now),
        "scheduled": make_story(visible_from=now + hour, topics=[tree], pin=2, heat=999),
        "over": make_story(visible_from=now - 2 * hour, visible_until=now - hour, topics=[alone]),
    }
    make_story(visible_until=now + hour, heat=300, topics=[tree], pin=3, provider=outlets[1])
    covered = fresh[3]
    make_related(covered, own_story=fresh[7], quality=None)
    make_related(covered, own_story=undated, quality=90)
    make_related(covered, own_story=hidden["scheduled"], provider=None, published_at=None)
    make_related(covered, is_hidden=True)
    make_related(covered, provider=covered.provider, web_url="", original_url="https://other.example/original")
    for number in range(2):
        make_picture(article=covered)
        Image.objects.create(article=covered, url=f"https://img.example/none-{number}.png")
    Image.objects.filter(article=covered).update(title="A cloud", attribution="Ada")
    Image.objects.filter(article=covered).filter(pk__lte=covered.images.first().pk).update(width=None, height=None)
    topics = {"tree": tree, "below": below, "alone": alone, "empty": empty}
    stories = {"stories": fresh, "covered": covered, "undated": undated, "hidden": hidden}
    return SimpleNamespace(now=now, outlets=outlets, **topics, **stories)


def of_story(site):
    return [((), {"now": site.now, "story": story.pk}) for story in (site.covered, site.stories[1], site.undated)]


def at_url(site):
    stories = [site.covered, site.undated, site.stories[0], site.stories[5], *site.hidden.values()]
    return [((), {"now": site.now, "day": story.url_date, "slug": story.slug}) for story in stories if story.url_date]


def topics(*several):
    return {f"topic_{number}": topic.pk for number, topic in enumerate(several)}


def numbered(name, values):
    return {f"{name}_{number}": value for number, value in enumerate(values)}


def paginated(site, **values):
    """The first page of a list, and one from its middle."""
    place = {"time": site.stories[6].dated_at, "key": site.stories[6].pk}
    now = {"now": site.now, **values}
    return [((4, False), now), ((100, False), now), ((4, True), now | place)]


def of_places(site):
    return [
        ((), {"now": site.now, "time": story.dated_at, "key": story.pk})
        for story in (site.stories[0], site.stories[9], site.stories[-1], site.undated)
    ]


def of_topics(site):
    place = {"now": site.now, "time": site.stories[6].dated_at, "key": site.stories[6].pk}
    several = (site.tree, *site.below)
    return [
        ((1, 5, False), place | topics(site.alone)),
        ((1, 5, True), place | topics(site.alone)),
        ((3, 5, False), place | topics(*several)),
        ((3, 5, True), place | topics(*several)),
        ((1, 5, False), place | topics(site.empty)),
    ]


def of_spans(site):
    day, year = timedelta(days=1), timedelta(days=365)
    since, until = (site.now - day, site.now - 3 * year), (site.now, site.now - year)
    bounds = numbered("since", since) | numbered("until", until)
    return [((2,), {"now": site.now, **bounds})]


def of_slugs(site):
    return [((), {"now": site.now, "slug": topic.slug}) for topic in (site.tree, site.below[0], site.alone, site.empty)]


# By the name of a compiled query or query family: a function from the filled site to [(shape, values)].
SAMPLES = {
    "TOKENS": lambda site: [((), {})],
    "APPEARS": lambda site: [((), {"now": site.now})],
    "DISAPPEARS": lambda site: [((), {"now": site.now})],
    "NAVIGATION": lambda site: [((), {"now": site.now})],
    "BRANCH": of_slugs,
    "BRANCH_FOR_READERS": of_slugs,
    "subtopics_of": lambda site: [((1,), topics(site.tree)), ((2,), topics(site.tree, site.alone))],
    "DATED": at_url,
    "UNDATED": lambda site: [((), {"now": site.now, "slug": site.undated.slug})],
    "TOPICS": of_story,
    "LINKS": of_story,
    "PICTURES": of_story,
    "NEIGHBOURS": of_places,
    "PROVIDER": lambda site: [((), {"slug": outlet.slug}) for outlet in site.outlets],
    "stories_of_provider": lambda site: paginated(site, provider=site.outlets[1].pk),
    "stories_of_span": lambda site: paginated(site, since=site.now - timedelta(days=1), until=site.now),
    "about_topics": of_topics,
    "spans_with_stories": of_spans,
    "cards_by_key": lambda site: [((5,), numbered("key", (story.pk for story in site.stories[:5])))],
    "first_of_each_list": lambda site: [
        ((0,), {"now": site.now}),
        ((3,), {"now": site.now, **topics(site.tree, site.alone, site.below[0])}),
    ],
}
