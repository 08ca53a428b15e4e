"""Topics as readers come to them: in the head of every page, and at their own addresses."""

from collections import defaultdict
from functools import reduce
from operator import or_
from typing import NamedTuple

from django.db.models import BigIntegerField, Q, SlugField
from django.utils import timezone

from articles.models import Topic
from articles.querysets import PARENT_COLUMNS, TOPIC_COLUMNS
from newsroom.addresses import address_of
from newsroom.db.compiled_queries import CompiledQuery, Param, query_family
from newsroom.db.instances import Instances
from newsroom.paging import NOW

LENGTH = 8
SLUG = Param("slug", SlugField())


class Heading(NamedTuple):
    """A topic as it stands over what is about it."""

    pk: int
    name: str
    short_name: str
    slug: str

    @property
    def label(self):
        """The name to show where there is little room."""
        return self.short_name or self.name

    @property
    def url(self):
        return address_of("topic", self.slug)


class TopicWithChildren(NamedTuple):
    """A topic, its parent loaded, and the topics below it."""

    topic: Topic
    children: list[Topic]


HEAD = CompiledQuery(lambda: Topic.objects.for_navigation(NOW)[:LENGTH], Heading._fields, Heading)
TOPICS = Instances(Topic, only=TOPIC_COLUMNS, related={"parent": Instances(Topic, only=PARENT_COLUMNS)})
WITH_THOSE_BELOW = CompiledQuery.of_instances(lambda: Topic.objects.with_those_below(SLUG), TOPICS)
WITH_THOSE_BELOW_FOR_READERS = CompiledQuery.of_instances(
    lambda: Topic.objects.for_readers(NOW).with_those_below(SLUG), TOPICS
)


def navigation():
    """Return the topics for the head of a page as Headings, at most eight. One query."""
    return HEAD.rows(now=timezone.now())


def topic_at(slug):
    """Return the TopicWithChildren that has a slug, or None. One query.

    Whether readers may see it is not asked: those of the tree they may, others if there is a story about them.
    """
    return with_those_below(slug, WITH_THOSE_BELOW.rows(slug=slug))


def topic_for_readers_at(slug):
    """Return the TopicWithChildren that has a slug and that readers may see, or None. One query."""
    return with_those_below(slug, WITH_THOSE_BELOW_FOR_READERS.rows(slug=slug, now=timezone.now()))


def with_those_below(slug, topics):
    topic = next((topic for topic in topics if topic.slug == slug), None)
    if topic is None:
        return None
    return TopicWithChildren(topic, [child for child in topics if child is not topic and child.parent_id == topic.pk])


def below(topics):
    """Return {key of a topic: keys of those below it} for some few; those with none are not in it. One query."""
    keys = {f"topic_{number}": topic.pk for number, topic in enumerate(topics)}
    found = defaultdict(list)
    for parent, child in children_of(len(keys)).rows(**keys) if keys else ():
        found[parent].append(child)
    return found


@query_family()
def children_of(count):
    """Return the CompiledQuery for (parent, topic) of the topics below so many."""
    parents = [Param(f"topic_{number}", BigIntegerField()) for number in range(count)]
    below_any = reduce(or_, (Q(parent=parent) for parent in parents))
    return CompiledQuery(lambda: Topic.objects.filter(below_any), ("parent", "pk"))
