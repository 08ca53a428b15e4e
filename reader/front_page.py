"""The composition of the front page: lead, seconds, river, latest stories, and a section for each top topic."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db.models import BigIntegerField, Case, DateTimeField, FloatField, Q, QuerySet, Value, When
from django.db.models.functions import Cast
from django.utils import timezone

from articles.models import Article
from articles.querysets import ANY_TOPIC, Now, union_sql
from newsroom.db.compiled_queries import CompiledQuery, Param, RawQuery, query_family
from newsroom.pagination import NOW
from reader.cards import Card, card_query
from reader.navigation import Heading, Navigation, navigation, subtopic_keys
from reader.picture_markup import first_pictured

LEADING = 3
RIVER_LENGTH = 12
LATEST_LENGTH = 12
SECTIONS = 6
SECTION_LENGTH = 4
# Stories younger than this are headed "Latest", the others in that column "Earlier stories".
LATEST_AGE = timedelta(days=1)
# A section has stories of at most this many subtopics.
MAX_SUBTOPICS = 60
# The kind of card that leads each section, by the number of sections, which are columns (static/css/front.css).
SECTION_KINDS = {2: "section_lead_wide", 4: "section_lead_narrow"}
# The keys of lists that are not a topic's, among the keys of topics.
BEST, LATEST, PINNED = -1, -2, -3


@dataclass
class Section:
    """A topic and its best stories that are not elsewhere on the page."""

    topic: Heading
    stories: list[Card]


@dataclass
class FrontPage:
    """The stories of the front page as Cards; `lead` is None if there are none."""

    lead: Card | None = None
    seconds: list[Card] = field(default_factory=list)
    river: list[Card] = field(default_factory=list)
    latest: list[Card] = field(default_factory=list)
    sections: list[Section] = field(default_factory=list)
    navigation: Navigation = field(default_factory=lambda: Navigation((), None))

    @property
    def first_pictured(self) -> int | None:
        """The key of the first story with a picture, or None."""
        leads = [section.stories[0] for section in self.sections if section.stories]
        lead = [self.lead] if self.lead else []
        return first_pictured(
            [("lead", lead), ("second", self.seconds), ("river", self.river), (self.section_kind, leads)]
        )

    @property
    def section_kind(self) -> str:
        """The kind of card that leads each section."""
        return SECTION_KINDS.get(len(self.sections), "section_lead")

    def latest_by_age(self, now: datetime | None = None) -> tuple[list[Card], list[Card]]:
        """Return the stories of `latest` dated less than LATEST_AGE ago, and the others."""
        limit = (now or timezone.now()) - LATEST_AGE
        newer = [card for card in self.latest if card.dated_at > limit]
        return newer, [card for card in self.latest if card.dated_at <= limit]


def compose_front_page() -> FrontPage:
    """Return the current FrontPage. Four queries, for any number of stories."""
    site = navigation()
    topics = site.topics
    pinned, ranked, latest, dated, by_topic = front_page_keys(topics[:SECTIONS])
    # While no story has a score, the newest dated stories replace the best.
    ranked = list(dict.fromkeys([*pinned, *(ranked or dated)]))[: LEADING + RIVER_LENGTH]
    latest = [pk for pk in latest if pk not in ranked][:LATEST_LENGTH]
    used_keys = {*ranked, *latest}
    sections: list[tuple[Heading, list[int]]] = []
    for topic, hottest in zip(topics, by_topic, strict=False):
        keys = [pk for pk in hottest if pk not in used_keys][:SECTION_LENGTH]
        if keys:
            sections.append((topic, keys))
            used_keys.update(keys)
    # Sections in one row of the page are about as long, so that none has a hole below it.
    sections.sort(key=lambda section: -len(section[1]))
    cards = {card.pk: card for card in cards_by_keys(used_keys)}

    def load(keys: Iterable[int]) -> list[Card]:
        return [cards[pk] for pk in keys if pk in cards]

    stories = load(ranked)
    return FrontPage(
        lead=stories[0] if stories else None,
        seconds=stories[1:LEADING],
        river=stories[LEADING:],
        latest=load(latest),
        sections=[Section(topic, load(keys)) for topic, keys in sections],
        navigation=site,
    )


def front_page_keys(
    topics: Sequence[Heading],
) -> tuple[list[int], list[int], list[int], list[int], list[list[int]]]:
    """Return lists of story keys: pinned, best, latest, the dated ones of the latest, and the best of each topic.

    Two queries.
    """
    subtopics = subtopic_keys(topics)
    section_of = {key: topic.pk for topic in topics for key in (topic.pk, *subtopics.get(topic.pk, ())[:MAX_SUBTOPICS])}
    keys = {f"topic_{number}": key for number, key in enumerate(section_of)}
    rows: defaultdict[int, list[tuple[tuple[Any, ...], int]]] = defaultdict(list)
    dated = set()
    for name, rank, time, pk, pin in first_of_each_list(len(keys)).rows(now=timezone.now(), **keys):
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
def first_of_each_list(topic_count: int) -> RawQuery:
    """Return the RawQuery for (list, rank, time, key, pin) of the first stories of all lists and topics."""
    topics = [Param(f"topic_{number}", BigIntegerField()) for number in range(topic_count)]

    def make_sql() -> tuple[str, tuple[Any, ...]]:
        general, of_topic = list_querysets(NOW)
        sql, params = union_sql(general)
        if not topics:
            return sql, params
        topics_sql, topics_params = union_sql([of_topic], topics)
        return f"{sql} UNION ALL {topics_sql}", (*params, *topics_params)

    return RawQuery(make_sql)


def list_querysets(now: Now) -> tuple[list[QuerySet[Any, Any]], QuerySet[Any, Any]]:
    """Return ([rows of the best, the latest and the pinned stories], rows of ANY_TOPIC's best): see first_of_each_list.

    A story of "Latest" has 0 for a rank, None if it is undated.
    """
    visible = Article.objects.visible(now)
    best_length = LEADING + RIVER_LENGTH
    # Some of a topic's best may be elsewhere: among the best of all, in "Latest" or in another section.
    of_topic = visible.of_topic(ANY_TOPIC, best_length + LATEST_LENGTH + 2 * SECTION_LENGTH, "rank")
    dated_rank = Case(When(published_at__isnull=True, then=None), default=0.0, output_field=FloatField())
    # As many more as may be listed above them.
    latest = visible.newly_visible_first(now)[: best_length + LATEST_LENGTH]
    head = [
        (BEST, visible.for_front_page()[:best_length], "rank", "dated_at"),
        (LATEST, latest.annotate(dated_rank=dated_rank), "dated_rank", "first_visible_at"),
        (PINNED, visible.pinned()[:best_length], "rank", "dated_at"),
    ]
    general = [
        part.annotate(list=Value(name)).values_list("list", rank, time, "pk", "pin") for name, part, rank, time in head
    ]
    # Times are slow to read, and a section does not need them.
    of_topic = of_topic.annotate(no_time=Cast(Value(None), DateTimeField()))
    columns = ("topic_links__tag_id", "rank", "no_time", "pk", "pin")
    return general, of_topic.values_list(*columns)


def cards_by_keys(keys: Collection[int]) -> list[Card]:
    """Return the Cards of stories, in no particular order. One query."""
    keys = list(keys)
    return cards_by_key(len(keys)).rows(**{f"key_{number}": key for number, key in enumerate(keys)})


@query_family(maxsize=64)
def cards_by_key(count: int) -> CompiledQuery:
    """Return the CompiledQuery for the Cards of `count` stories."""
    keys = [Param(f"key_{number}", BigIntegerField()) for number in range(count)]
    return card_query(lambda: Article.objects.filter(Q(pk__in=keys)))
