"""The list of topics, and the page of one topic."""

from collections.abc import Sequence
from functools import partial

from django.db.models import BigIntegerField
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from articles.models import Article, Topic
from articles.querysets import TREES_FIRST, UNION_LIMIT
from newsroom.addresses import full_url
from newsroom.db.compiled_queries import CompiledQuery, Param, query_family
from newsroom.pagination import NOW, PAGE_LENGTH, POSITION, alphabetical_page, parse_cursor, position_values
from reader.breadcrumbs import breadcrumb_list, topic_breadcrumbs
from reader.cards import card_query, cards_of
from reader.navigation import topic_at
from reader.page_cache import shared_page
from reader.redirects import redirect_former_slugs
from reader.story_pages import Page, first_page

TOPICS_LISTED = 200


@require_safe
@shared_page
def topic_list(request: HttpRequest) -> HttpResponse:
    """Show the tree of topics: those with children first, then by name; `?after=` begins a later page."""
    after = request.GET.get("after", "")
    page = alphabetical_page(Topic.objects.for_navigation().with_children(), TREES_FIRST, after, TOPICS_LISTED)
    return render(request, "topic_list.html", {"page": page, "after": after})


@require_safe
@redirect_former_slugs(Topic.objects.current_slug_for, deleted_view="topic-list")
@shared_page
def topic(request: HttpRequest, slug: str) -> HttpResponse:
    """Show a topic with its children, and the stories of all of them, newest first; `?before=` begins a later page."""
    before = request.GET.get("before", "")
    branch = topic_at(slug)
    if branch is None:
        raise Http404("There is no such topic.")
    page = page_about([branch.topic, *branch.subtopics], before)
    if not page.stories and not Topic.objects.for_readers().filter(pk=branch.topic.pk).exists():
        raise Http404("There is no such topic.")
    context = {
        "topic": branch.topic,
        "children": branch.subtopics,
        "page": page,
        "is_first_page": not before,
        "structured": [breadcrumb_list(topic_breadcrumbs(branch.topic), partial(full_url, request))],
    }
    return render(request, "topic.html", context)


def page_about(topics: Sequence[Topic], cursor: str, size: int = PAGE_LENGTH) -> Page:
    """Return the Page of the stories about `topics` that begins after `cursor`. One query."""
    position = parse_cursor(cursor)
    keys = {f"topic_{number}": topic.pk for number, topic in enumerate(topics)}
    if len(topics) > UNION_LIMIT:
        stories = Article.objects.visible().first_about([topic.pk for topic in topics], size + 1, before=position)
        return first_page(cards_of(stories), size)
    query = about_topics(len(topics), size + 1, bool(position))
    return first_page(query.rows(now=timezone.now(), **position_values(position), **keys), size)


@query_family()
def about_topics(count: int, length: int, has_cursor: bool) -> CompiledQuery:
    """Return the CompiledQuery for the first Cards about `count` topics."""
    topics = [Param(f"topic_{number}", BigIntegerField()) for number in range(count)]
    before = POSITION if has_cursor else None
    return card_query(lambda: Article.objects.visible(NOW).first_about(topics, length, before=before))
