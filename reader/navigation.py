"""Topics as readers come to them: in the head of every page, and at their own addresses."""

from collections import defaultdict
from functools import lru_cache, reduce
from operator import or_
from typing import NamedTuple

from django.db.models import Q, SlugField
from django.utils import timezone

from articles.models import Topic
from newsroom.addresses import address_of
from newsroom.db.compiled_queries import CompiledQuery, Param
from newsroom.pagination import NOW

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


HEAD = CompiledQuery(lambda: Topic.objects.for_navigation(NOW)[:LENGTH].values_list(*Heading._fields), Heading)
WITH_THOSE_BELOW = CompiledQuery(lambda: Topic.objects.with_subtopics(SLUG))
WITH_THOSE_BELOW_FOR_READERS = CompiledQuery(lambda: Topic.objects.for_readers(NOW).with_subtopics(SLUG))


def navigation():
    """Return the topics for the head of a page as Headings, at most eight. One query."""
    return HEAD.rows(now=timezone.now())


def topic_at(slug):
    """Return the topic that has a slug, its parent and children loaded, or None. One query.

    Whether readers may see it is not asked: those of the tree they may, others if there is a story about them.
    """
    return with_those_below(slug, WITH_THOSE_BELOW.objects(slug=slug))


def topic_for_readers_at(slug):
    """Return the topic that has a slug and that readers may see, as topic_at does. One query."""
    return with_those_below(slug, WITH_THOSE_BELOW_FOR_READERS.objects(slug=slug, now=timezone.now()))


def with_those_below(slug, found):
    topic = next((topic for topic in found if topic.slug == slug), None)
    if topic is not None:
        below = [child for child in found if child is not topic and child.parent_id == topic.pk]
        topic._prefetched_objects_cache = {"children": below}
    return topic


def below(topics):
    """Return {key of a topic: keys of those below it} for some few; those with none are not in it. One query."""
    keys = {f"topic_{number}": topic.pk for number, topic in enumerate(topics)}
    found = defaultdict(list)
    for parent, child in children_of(len(keys)).rows(**keys) if keys else ():
        found[parent].append(child)
    return found


@lru_cache
def children_of(count):
    """Return the CompiledQuery of (parent, topic) of the topics below so many."""
    below_any = reduce(or_, (Q(parent=Param(f"topic_{number}")) for number in range(count)))
    return CompiledQuery(lambda: Topic.objects.filter(below_any).values_list("parent", "pk"))
