"""The search."""

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.views.decorators.http import require_safe

from articles.models import Article
from articles.querysets import ArticleQuerySet
from articles.search import Query, by_relevance, first_matches, parse_query, rank_matches
from articles.search.common_words import RANK_LIMIT
from newsroom.numbers import format_number
from newsroom.pagination import PAGE_LENGTH, cursor_of, older_than, parse_cursor
from reader.cards import Card, cards_of
from reader.page_cache import shared_page
from reader.search_form import MAX_PAGES, SearchForm
from reader.story_pages import Page
from reader.template_filters import query_with

COUNTED = 500


@require_safe
@shared_page
def search(request: HttpRequest) -> HttpResponse:
    """Show the stories that match `?q=` and the filters, best first, or newest first with `?sort=newest`."""
    form, query, stories = read_search(request.GET)
    context: dict[str, Any] = {"form": form, "query": query, "has_search": stories is not None}
    # Feeds are newest first, begin with the first story, and refuse wrong values.
    without = dict.fromkeys(["page", "before", "sort", *form.errors])
    context["feed_query"] = query_with(request, **without)
    if stories is not None:
        context |= results(form, query, stories, request.GET.get("before", ""))
    return render(request, "search.html", context)


def read_search(parameters: QueryDict) -> tuple[SearchForm, Query, ArticleQuerySet | None]:
    """Return the bound form of a search, its Query, and the stories that match its filters.

    The stories are None if there are neither words nor filters; they still have to be matched with the Query.
    """
    form = SearchForm(parameters)
    form.is_valid()
    query = parse_query(form.cleaned_data.get("q", ""))
    if not (query or form.has_filters):
        return form, query, None
    return form, query, form.filter(Article.objects.visible())


def results(form: SearchForm, query: Query, stories: ArticleQuerySet, before: str) -> dict[str, Any]:
    """Return the template's context of a page of results, with their number.

    If there are very many matches, only the newest are ranked and counted. If the filters leave none of these, all
    matches are listed newest first.
    """
    if not query:
        return newest_first(stories, query, before) | {"total": None}
    matches, is_limited = rank_matches(stories, query)
    by_score = form.cleaned_data.get("sort") != "newest"
    context = (
        best_first(matches, form.cleaned_data.get("page", 1)) if by_score else newest_first(stories, query, before)
    )
    if is_limited and context["is_first_page"] and not context["page"].stories:
        by_score, context = False, newest_first(stories, query, before)
    # Without the order, because a count needs no scores.
    total = matches.order_by().values("pk")[: COUNTED + 1].count()
    has_total = total > COUNTED or not is_limited
    return context | {
        "total": total if has_total else None,
        "counted": COUNTED,
        "ranked": format_number(RANK_LIMIT) if is_limited and by_score else None,
    }


def best_first(stories: ArticleQuerySet, number: int) -> dict[str, Any]:
    """Return the context of a page by relevance. After MAX_PAGES of them, the order by time continues the list."""
    begin = (number - 1) * PAGE_LENGTH
    keys = list(by_relevance(stories).values_list("pk", flat=True)[begin : begin + PAGE_LENGTH + 1])
    has_next = len(keys) > PAGE_LENGTH
    return {
        "page": Page(in_order(keys[:PAGE_LENGTH]), ""),
        "next_page": number + 1 if has_next and number < MAX_PAGES else None,
        "is_last_by_score": has_next and number == MAX_PAGES,
        "is_first_page": number == 1,
    }


def newest_first(stories: ArticleQuerySet, query: Query, before: str) -> dict[str, Any]:
    """Return the context of the page by time that begins after the cursor `before` ("" for the first)."""
    position = parse_cursor(before)
    if position:
        stories = stories.filter(older_than(position))
    keys = first_keys(stories.latest_first(), query, PAGE_LENGTH + 1)
    cards = in_order(keys[:PAGE_LENGTH])
    older = cursor_of(cards[-1]) if len(keys) > PAGE_LENGTH and cards else ""
    return {"page": Page(cards, older), "is_first_page": not before}


def first_keys(stories: ArticleQuerySet, query: Query, limit: int) -> list[int]:
    """Return the keys of the first `limit` stories of an ordered queryset that match a Query, if it is not empty."""
    return first_matches(stories, query, limit) if query else list(stories.values_list("pk", flat=True)[:limit])


def in_order(keys: Sequence[int]) -> list[Card]:
    """Return the Cards of the stories with `keys`, in that order, with their bodies. One query."""
    cards = {card.pk: card for card in cards_of(Article.objects.filter(pk__in=keys), "body")}
    return [cards[key] for key in keys if key in cards]
