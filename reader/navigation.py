"""Topics on the reader site: in the navigation of every page, and on their own pages."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import reduce
from operator import or_
from typing import NamedTuple

from django.db.models import BigIntegerField, DateTimeField, Q, SlugField, Subquery
from django.utils import timezone

from articles.models import Article, Topic
from articles.querysets import TopicQuerySet
from newsroom.addresses import path_of
from newsroom.db.compiled_queries import CompiledQuery, Param, query_family
from newsroom.db.instances import Instances
from newsroom.pagination import NOW

LENGTH = 8
# What a topic's page shows of the topic and its subtopics, and of their parents.
TOPIC_COLUMNS = ("name", "short_name", "slug", "description")
PARENT_COLUMNS = ("name", "short_name", "slug")
SLUG = Param("slug", SlugField())


class Heading(NamedTuple):
    """A topic as a link: its name and address."""

    pk: int
    name: str
    short_name: str
    slug: str

    @property
    def label(self) -> str:
        """The short name if there is one, for where there is little room."""
        return self.short_name or self.name

    @property
    def url(self) -> str:
        return path_of("topic", self.slug)


class Navigation(NamedTuple):
    """What every page shows of the whole site: its topics, and when a story last appeared (None without topics)."""

    topics: tuple[Heading, ...]
    updated_at: datetime | None


class TopicBranch(NamedTuple):
    """A topic, its parent loaded, and its subtopics."""

    topic: Topic
    subtopics: list[Topic]


def for_topic_page(topics: TopicQuerySet) -> TopicQuerySet:
    """Load what a topic's page shows of the topic with the slug SLUG, its subtopics, and their parents."""
    columns = (*TOPIC_COLUMNS, *(f"parent__{name}" for name in PARENT_COLUMNS))
    return topics.with_subtopics(SLUG).select_related("parent").only(*columns)


def with_last_update(topics: TopicQuerySet) -> TopicQuerySet:
    """Annotate when a story last appeared on the site, the same for every topic."""
    newest = Article.objects.visible(NOW).newly_visible_first(NOW).values("first_visible_at")[:1]
    annotated: TopicQuerySet = topics.annotate(updated_at=Subquery(newest))
    return annotated


NAVIGATION = CompiledQuery(
    lambda: with_last_update(Topic.objects.for_navigation(NOW))[:LENGTH],
    (*Heading._fields, "updated_at"),
    types={"updated_at": DateTimeField()},
)
TOPICS = Instances(Topic, only=TOPIC_COLUMNS, related={"parent": Instances(Topic, only=PARENT_COLUMNS)})
BRANCH = CompiledQuery.of_instances(lambda: for_topic_page(Topic.objects.all()), TOPICS)
BRANCH_FOR_READERS = CompiledQuery.of_instances(lambda: for_topic_page(Topic.objects.for_readers(NOW)), TOPICS)


def navigation() -> Navigation:
    """Return the Navigation, of at most eight topics. One query."""
    rows = NAVIGATION.rows(now=timezone.now())
    return Navigation(tuple(Heading(*row[:-1]) for row in rows), rows[0][-1] if rows else None)


def topic_at(slug: str) -> TopicBranch | None:
    """Return the TopicBranch that has a slug, or None. One query.

    Visibility is not checked: topics of the tree are visible, others if a visible story is about them.
    """
    return make_branch(slug, BRANCH.rows(slug=slug))


def topic_for_readers_at(slug: str) -> TopicBranch | None:
    """Return the TopicBranch that has a slug and that readers may see, or None. One query."""
    return make_branch(slug, BRANCH_FOR_READERS.rows(slug=slug, now=timezone.now()))


def make_branch(slug: str, topics: Iterable[Topic]) -> TopicBranch | None:
    topic = next((topic for topic in topics if topic.slug == slug), None)
    if topic is None:
        return None
    return TopicBranch(topic, [other for other in topics if other is not topic and other.parent_id == topic.pk])


def subtopic_keys(topics: Sequence[Heading]) -> dict[int, list[int]]:
    """Return {key of a topic: keys of its subtopics} of a few topics; those without any are missing. One query."""
    keys = {f"topic_{number}": topic.pk for number, topic in enumerate(topics)}
    by_parent: defaultdict[int, list[int]] = defaultdict(list)
    for parent, subtopic in subtopics_of(len(keys)).rows(**keys) if keys else ():
        by_parent[parent].append(subtopic)
    return by_parent


@query_family()
def subtopics_of(count: int) -> CompiledQuery:
    """Return the CompiledQuery for (parent, topic) of the subtopics of `count` topics."""
    parents = [Param(f"topic_{number}", BigIntegerField()) for number in range(count)]
    has_parent = reduce(or_, (Q(parent=parent) for parent in parents))
    return CompiledQuery(lambda: Topic.objects.filter(has_parent), ("parent", "pk"))
