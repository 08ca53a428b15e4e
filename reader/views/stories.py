"""The front page and stories."""

from datetime import date
from functools import partial
from typing import Any

from csp.decorators import csp_update
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from articles.models import Article, FormerStoryAddress
from articles.story_states import story_state
from newsroom.addresses import full_url
from reader.breadcrumbs import breadcrumb_list, story_breadcrumbs
from reader.embeds import FRAME_HOSTS
from reader.front_page import compose_front_page
from reader.page_cache import shared_page
from reader.redirects import redirect_to
from reader.story_detail import detail_of, story_at
from reader.structured_data import news_article, website


@require_safe
@shared_page
def front_page(request: HttpRequest) -> HttpResponse:
    """Show the lead, the ranked stories, the latest ones and a section for each top topic."""
    front = compose_front_page()
    context = {
        "front": front,
        "navigation": front.navigation,
        "structured": [website(partial(full_url, request))],
    }
    return render(request, "front_page.html", context)


# A video's frame is loaded only when a reader plays it, and only from its host.
allow_embeds = csp_update({"frame-src": list(FRAME_HOSTS)})


@require_safe
@allow_embeds
@shared_page
def story(request: HttpRequest, year: str, month: str, day: str, slug: str) -> HttpResponse:
    """Show the story at `/YYYY/MM/DD/slug/`."""
    try:
        url_date = date(int(year), int(month), int(day))
    except ValueError:
        raise Http404("There is no such day.") from None
    return show_story(request, url_date, slug)


@require_safe
@allow_embeds
@shared_page
def undated_story(request: HttpRequest, slug: str) -> HttpResponse:
    """Show a story without a publication date, at `/undated/slug/`."""
    return show_story(request, None, slug)


def show_story(request: HttpRequest, day: date | None, slug: str) -> HttpResponse:
    """Show the story of a day (None for an undated one), or a notice if it is gone (articles/story_states.py)."""
    story = story_at(day, slug)
    if story is None:
        hidden = Article.objects.only("state", "visible_from", "visible_until").filter(url_date=day, slug=slug).first()
        notice = hidden and story_state(hidden).gone_notice
        if notice:
            return render(request, "410.html", {"notice": notice}, status=410)
        return show_joined_story(request, day, slug)
    return render(request, "story.html", story_context(story, request))


def show_joined_story(request: HttpRequest, day: date | None, slug: str) -> HttpResponse:
    """Redirect from the address of a story that was joined with another one; raise Http404 if there was none."""
    addresses = FormerStoryAddress.objects.select_related("article").filter(url_date=day, slug=slug)
    address = addresses.filter(article__in=Article.objects.visible()).first()
    if address is None:
        raise Http404("There is no such story.")
    return redirect_to(address.article.get_absolute_url())


def story_context(story: Article, request: HttpRequest) -> dict[str, Any]:
    """Return the template's context of a story that was loaded `for_story_page`."""
    detail = detail_of(story)
    make_full_url = partial(full_url, request)
    breadcrumbs = breadcrumb_list(story_breadcrumbs(detail), make_full_url)
    structured = [news_article(detail, make_full_url), breadcrumbs]
    return detail._asdict() | {"structured": structured}
