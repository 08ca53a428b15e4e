"""Topics as readers come to them: in the head of every page, and at their own addresses."""

from functools import lru_cache, reduce
from operator import or_

from django.db.models import Q, SlugField
from django.utils import timezone

from articles.models import Topic
from newsroom.paging import NOW
from newsroom.statements import Blank, Statement

LENGTH = 8
HEAD = Statement(lambda: Topic.objects.for_navigation(NOW)[:LENGTH])
SLUG = Blank("slug", SlugField())
WITH_THOSE_BELOW = Statement(lambda: Topic.objects.with_those_below(SLUG))
WITH_THOSE_BELOW_FOR_READERS = Statement(lambda: Topic.objects.for_readers(NOW).with_those_below(SLUG))


def navigation():
    """Return the topics for the head of a page, at most eight. One query."""
    return HEAD.objects(now=timezone.now())


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


def with_children(topics):
    """Load the topics below some few; return these. One query."""
    keys = {f"topic_{number}": topic.pk for number, topic in enumerate(topics)}
    found = children_of(len(keys)).objects(**keys) if keys else []
    for topic in topics:
        topic._prefetched_objects_cache = {"children": [child for child in found if child.parent_id == topic.pk]}
    return topics


@lru_cache
def children_of(count):
    """Return the Statement of the topics below so many."""
    below_any = reduce(or_, (Q(parent=Blank(f"topic_{number}")) for number in range(count)))
    return Statement(lambda: Topic.objects.filter(below_any))
