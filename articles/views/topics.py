"""Topics and what is about them."""

from functools import partial

from django.db.models import BigIntegerField
from django.http import Http404
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from articles.models import Article, Topic
from articles.navigation import topic_at
from articles.querysets import MOST_ARMS, TREES_FIRST, cards_query
from articles.structured_data import trail_of_topic
from newsroom.addresses import full_url
from newsroom.db.compiled_queries import Param, query_family
from newsroom.moved import followed
from newsroom.page_cache import for_readers
from newsroom.paging import NOW, PAGE_LENGTH, PLACE, page_by_name, paged, place_of
from newsroom.trails import of_trail

TOPICS_LISTED = 200


@require_safe
@for_readers
def topic_list(request):
    """Show the tree of topics: those with others below them first, then by name; `?after=` leads on."""
    after = request.GET.get("after", "")
    page = page_by_name(Topic.objects.for_navigation().with_children(), TREES_FIRST, after, TOPICS_LISTED)
    return render(request, "articles/topic_list.html", {"page": page, "after": after})


@require_safe
@followed(Topic.objects.slug_now_of, without="topic-list")
@for_readers
def topic(request, slug):
    """Show a topic, with those below it, and its stories, newest first; `?before=` leads to older ones."""
    before = request.GET.get("before", "")
    with_children = topic_at(slug)
    if with_children is None:
        raise Http404("There is no such topic.")
    topic_shown, children = with_children
    page = page_about([topic_shown, *children], before)
    if not page.stories and not Topic.objects.for_readers().filter(pk=topic_shown.pk).exists():
        raise Http404("There is no such topic.")
    trail = of_trail(trail_of_topic(topic_shown), partial(full_url, request))
    context = {
        "topic": topic_shown,
        "children": children,
        "page": page,
        "is_first_page": not before,
        "structured": [trail],
    }
    return render(request, "articles/topic.html", context)


def page_about(topics, cursor, size=PAGE_LENGTH):
    """Return the Page of the stories about `topics` that begins after `cursor`. One query."""
    place = place_of(cursor)
    begin = dict(zip(("time", "key"), place, strict=True)) if place else {}
    keys = {f"topic_{number}": topic.pk for number, topic in enumerate(topics)}
    if len(topics) > MOST_ARMS:
        stories = Article.objects.published().first_about([topic.pk for topic in topics], size + 1, before=place)
        return paged(stories.cards(), size)
    query = about_topics(len(topics), size + 1, bool(place))
    return paged(query.rows(now=timezone.now(), **begin, **keys), size)


@query_family()
def about_topics(count, length, is_begun):
    """Return the CompiledQuery for the first Cards about so many topics."""
    topics = [Param(f"topic_{number}", BigIntegerField()) for number in range(count)]
    before = PLACE if is_begun else None
    return cards_query(lambda: Article.objects.published(NOW).first_about(topics, length, before=before))
