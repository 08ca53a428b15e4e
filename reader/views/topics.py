"""Topics and what is about them."""

from functools import partial

from django.db.models import BigIntegerField
from django.http import Http404
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from articles.models import Article, Topic
from articles.querysets import TREES_FIRST, UNION_LIMIT
from newsroom.addresses import full_url
from newsroom.db.compiled_queries import Param, query_family
from newsroom.pagination import NOW, PAGE_LENGTH, PLACE, page_by_name, place_of
from reader.breadcrumbs import of_trail
from reader.cards import card_query, cards_of
from reader.navigation import topic_at
from reader.page_cache import for_readers
from reader.redirects import followed
from reader.story_pages import paged
from reader.structured_data import trail_of_topic

TOPICS_LISTED = 200


@require_safe
@for_readers
def topic_list(request):
    """Show the tree of topics: those with others below them first, then by name; `?after=` leads on."""
    after = request.GET.get("after", "")
    page = page_by_name(Topic.objects.for_navigation().with_children(), TREES_FIRST, after, TOPICS_LISTED)
    return render(request, "topic_list.html", {"page": page, "after": after})


@require_safe
@followed(Topic.objects.slug_now_of, without="topic-list")
@for_readers
def topic(request, slug):
    """Show a topic, with those below it, and its stories, newest first; `?before=` leads to older ones."""
    before = request.GET.get("before", "")
    found = topic_at(slug)
    if found is None:
        raise Http404("There is no such topic.")
    shown, children = found
    page = page_about([shown, *children], before)
    if not page.stories and not Topic.objects.for_readers().filter(pk=shown.pk).exists():
        raise Http404("There is no such topic.")
    trail = of_trail(trail_of_topic(shown), partial(full_url, request))
    context = {
        "topic": shown,
        "children": children,
        "page": page,
        "is_first_page": not before,
        "structured": [trail],
    }
    return render(request, "topic.html", context)


def page_about(topics, cursor, size=PAGE_LENGTH):
    """Return the Page of the stories about `topics` that begins after `cursor`. One query."""
    place = place_of(cursor)
    begin = dict(zip(("time", "key"), place, strict=True)) if place else {}
    keys = {f"topic_{number}": topic.pk for number, topic in enumerate(topics)}
    if len(topics) > UNION_LIMIT:
        stories = Article.objects.visible().first_about([topic.pk for topic in topics], size + 1, before=place)
        return paged(cards_of(stories), size)
    statement = about_topics(len(topics), size + 1, bool(place))
    return paged(statement.rows(now=timezone.now(), **begin, **keys), size)


@query_family()
def about_topics(count, length, is_begun):
    """Return the CompiledQuery for the first Cards about so many topics."""
    topics = [Param(f"topic_{number}", BigIntegerField()) for number in range(count)]
    before = PLACE if is_begun else None
    return card_query(lambda: Article.objects.visible(NOW).first_about(topics, length, before=before))
