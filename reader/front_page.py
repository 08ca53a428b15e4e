"""What stands where on the front page."""

from collections import defaultdict
from dataclasses import dataclass, field

from django.db.models import BigIntegerField, Case, DateTimeField, FloatField, Value, When
from django.db.models.functions import Cast
from django.utils import timezone

from articles.models import Article
from articles.querysets import ANY_TOPIC, union_sql
from newsroom.db.compiled_queries import Param, RawQuery, query_family
from newsroom.pagination import NOW
from reader.cards import Card, card_query
from reader.navigation import Heading, below, navigation

LEADING = 3
RIVER_LENGTH = 12
LATEST_LENGTH = 12
SECTIONS = 6
SECTION_LENGTH = 4
# A section looks for its stories in so many of the topics below its own.
MOST_CHILDREN = 60
# Lists that are no topic's, among the keys of topics.
BEST, LATEST, PINNED = -1, -2, -3


@dataclass
class Section:
    """A topic and its best stories that do not stand elsewhere on the page."""

    topic: Heading
    stories: list


@dataclass
class FrontPage:
    """The stories of one front page, each a Card; `lead` is None when there is nothing to show."""

    lead: Card | None = None
    seconds: list = field(default_factory=list)
    river: list = field(default_factory=list)
    latest: list = field(default_factory=list)
    sections: list = field(default_factory=list)
    navigation: list = field(default_factory=list)


def compose_front_page():
    """Return the FrontPage of this moment. Four queries, whatever the number of stories."""
    topics = navigation()
    pinned, ranked, latest, dated, by_topic = keys_of_the_day(topics[:SECTIONS])
    # As long as nothing is scored, the newest of those with a date stand in for the best.
    ranked = list(dict.fromkeys([*pinned, *(ranked or dated)]))[: LEADING + RIVER_LENGTH]
    latest = [pk for pk in latest if pk not in ranked][:LATEST_LENGTH]
    shown, sections = {*ranked, *latest}, []
    for topic, hottest in zip(topics, by_topic, strict=False):
        keys = [pk for pk in hottest if pk not in shown][:SECTION_LENGTH]
        if keys:
            sections.append((topic, keys))
            shown.update(keys)
    wanted = {*ranked, *latest, *(pk for _topic, keys in sections for pk in keys)}
    cards = {card.pk: card for card in cards_by_keys(wanted)}

    def load(keys):
        return [cards[pk] for pk in keys if pk in cards]

    stories = load(ranked)
    return FrontPage(
        lead=stories[0] if stories else None,
        seconds=stories[1:LEADING],
        river=stories[LEADING:],
        latest=load(latest),
        sections=[Section(topic, load(keys)) for topic, keys in sections],
        navigation=topics,
    )


def keys_of_the_day(topics):
    """Return lists of keys: of pinned stories, the best, the latest, the dated ones of these, the best of each topic.

    Two queries.
    """
    children = below(topics)
    section_of = {one: topic.pk for topic in topics for one in (topic.pk, *children.get(topic.pk, ())[:MOST_CHILDREN])}
    keys = {f"topic_{number}": key for number, key in enumerate(section_of)}
    rows = defaultdict(list)
    dated = set()
    for name, rank, time, pk, pin in heads_of_lists(len(keys)).rows(now=timezone.now(), **keys):
        by = {LATEST: (time,), PINNED: (pin and -pin, time)}.get(name, (rank,))
        if name == LATEST and rank is not None:
            dated.add(pk)
        rows[section_of.get(name, name)].append((by, pk))
    lists = (PINNED, BEST, LATEST, *(topic.pk for topic in topics))
    pinned, best, latest, *sections = ([pk for _by, pk in sorted(rows[name], reverse=True)] for name in lists)
    return (
        pinned,
        best,
        latest,
        [pk for pk in latest if pk in dated],
        [list(dict.fromkeys(section)) for section in sections],
    )


@query_family(maxsize=64)
def heads_of_lists(topic_count):
    """Return the RawQuery for (list, rank, time, key, pin): the heads of all lists, with so many topics."""
    topics = [Param(f"topic_{number}", BigIntegerField()) for number in range(topic_count)]

    def make_sql():
        general, of_topic = lists_of_the_day(NOW)
        sql, params = union_sql(general)
        if not topics:
            return sql, params
        topics_sql, topics_params = union_sql([of_topic], topics)
        return f"{sql} UNION ALL {topics_sql}", (*params, *topics_params)

    return RawQuery(make_sql)


def lists_of_the_day(now):
    """Return ([rows of the best, the latest and the pinned stories], rows of ANY_TOPIC's best): see heads_of_lists.

    A story of "Latest" has 0 for a rank, None if it is undated.
    """
    published = Article.objects.visible(now)
    best_length = LEADING + RIVER_LENGTH
    # Some of a topic's best stand elsewhere already: among the best of all, in "Latest" or in another section.
    of_topic = published.of_topic(ANY_TOPIC, best_length + LATEST_LENGTH + 2 * SECTION_LENGTH, "rank")
    whether_dated = Case(When(published_at__isnull=True, then=None), default=0.0, output_field=FloatField())
    # As many more as may stand above them.
    latest = published.newly_visible_first(now)[: best_length + LATEST_LENGTH]
    head = [
        (BEST, published.for_front_page()[:best_length], "rank", "dated_at"),
        (LATEST, latest.annotate(whether_dated=whether_dated), "whether_dated", "first_visible_at"),
        (PINNED, published.pinned()[:best_length], "rank", "dated_at"),
    ]
    general = [
        part.annotate(list=Value(name)).values_list("list", rank, time, "pk", "pin") for name, part, rank, time in head
    ]
    # Times take long to read, and a section has no use for them.
    of_topic = of_topic.annotate(no_time=Cast(None, DateTimeField()))
    columns = ("topic_links__tag_id", "rank", "no_time", "pk", "pin")
    return general, of_topic.values_list(*columns)


def cards_by_keys(keys):
    """Return the Cards of stories, in no order. One query."""
    keys = list(keys)
    return cards_by_key(len(keys)).rows(**{f"key_{number}": key for number, key in enumerate(keys)})


@query_family(maxsize=64)
def cards_by_key(count):
    """Return the CompiledQuery of the Cards of so many stories."""
    keys = [Param(f"key_{number}", BigIntegerField()) for number in range(count)]
    return card_query(lambda: Article.objects.filter(pk__in=keys))
