"""What stands where on the front page."""

from dataclasses import dataclass, field

from django.db import connection
from django.db.models import Value

from articles.models import Article, Topic
from articles.querysets import union_of

RIVER_LENGTH = 12
LATEST_LENGTH = 12
SECTIONS = 6
SECTION_LENGTH = 4
NAVIGATION_LENGTH = 8


@dataclass
class Section:
    """A topic and its best stories that do not stand higher up on the page."""

    topic: Topic
    stories: list


@dataclass
class FrontPage:
    """The stories of one front page, each a loaded Article; `lead` is None when there is nothing to show."""

    lead: Article | None = None
    seconds: list = field(default_factory=list)
    river: list = field(default_factory=list)
    latest: list = field(default_factory=list)
    sections: list = field(default_factory=list)
    navigation: list = field(default_factory=list)


def compose_front_page():
    """Return the FrontPage of this moment. Five queries, whatever the number of stories."""
    navigation = list(Topic.objects.for_navigation().with_children()[:NAVIGATION_LENGTH])
    ranked, latest, *by_topic = keys_of_the_day(navigation[:SECTIONS])
    # As long as nothing is scored, the newest stand in for the best.
    ranked = ranked or latest
    shown, sections = set(ranked), []
    for topic, hottest in zip(navigation, by_topic, strict=False):
        keys = [pk for pk in hottest if pk not in shown][:SECTION_LENGTH]
        if keys:
            sections.append((topic, keys))
            shown.update(keys)
    wanted = {*ranked, *latest, *(pk for _topic, keys in sections for pk in keys)}
    cards = {story.pk: story for story in Article.objects.filter(pk__in=wanted).cards()}

    def load(keys):
        return [cards[pk] for pk in keys if pk in cards]

    stories = load(ranked)
    return FrontPage(
        lead=stories[0] if stories else None,
        seconds=stories[1:3],
        river=stories[3:],
        latest=load(latest),
        sections=[Section(topic, load(keys)) for topic, keys in sections],
        navigation=navigation,
    )


def keys_of_the_day(topics):
    """Return lists of keys: of the best stories, of the latest, and of the best of each topic. One query."""
    published = Article.objects.published()
    best_length = 3 + RIVER_LENGTH
    lists = [
        [published.for_front_page()[:best_length]],
        [published.latest_first()[:LATEST_LENGTH]],
        *(
            # Some of them may stand higher up already.
            [
                published.of_topic(one, SECTION_LENGTH + best_length + SECTIONS * SECTION_LENGTH, "rank")
                for one in (topic, *topic.children.all())
            ]
            for topic in topics
        ),
    ]
    # One list after the other, each of its parts with the list's number and what it is ordered by.
    numbered = [
        part.annotate(list=Value(number)).values_list("list", "rank", "dated_at", "pk")
        for number, parts in enumerate(lists)
        for part in parts
    ]
    statement = union_of(numbered)
    rows = [[] for _list in lists]
    with connection.cursor() as cursor:
        cursor.execute(statement.sql, statement.params)
        for number, rank, dated_at, pk in cursor.fetchall():
            rows[number].append((dated_at if number == 1 else rank, pk))
    return [list(dict.fromkeys(pk for _by, pk in sorted(some, reverse=True))) for some in rows]
