"""What stands where on the front page."""

from dataclasses import dataclass, field

from articles.models import Article, Topic

RIVER_LENGTH = 12
LATEST_LENGTH = 12
SECTIONS = 6
SECTION_LENGTH = 4


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


def compose_front_page():
    """Return the FrontPage of this moment, in a number of queries that does not depend on the number of stories."""
    published = Article.objects.published()
    ranked = list(published.for_front_page().values_list("pk", flat=True)[: 3 + RIVER_LENGTH])
    latest = list(published.latest_first().values_list("pk", flat=True)[:LATEST_LENGTH])
    if not ranked:
        # Nothing is scored yet: the newest stand in for the best.
        ranked = latest
    sections = section_keys(published, shown=set(ranked))
    wanted = {*ranked, *latest, *(pk for _topic, keys in sections for pk in keys)}
    cards = Article.objects.with_card_data().in_bulk(wanted)

    def load(keys):
        return [cards[pk] for pk in keys if pk in cards]

    stories = load(ranked)
    return FrontPage(
        lead=stories[0] if stories else None,
        seconds=stories[1:3],
        river=stories[3:],
        latest=load(latest),
        sections=[Section(topic, load(keys)) for topic, keys in sections],
    )


def section_keys(published, shown):
    """Return [(topic, keys of its best stories)] for the first top topics, without the stories `shown`."""
    sections = []
    for topic in Topic.objects.for_navigation().with_children()[:SECTIONS]:
        stories = published.about([topic, *topic.children.all()]).for_front_page()
        best = stories.values_list("pk", flat=True)[: SECTION_LENGTH + len(shown)]
        keys = [pk for pk in best if pk not in shown][:SECTION_LENGTH]
        if keys:
            sections.append((topic, keys))
            shown.update(keys)
    return sections
