"""The front page and stories."""

from datetime import date
from functools import partial

from csp.decorators import csp_update
from django.db.models import Q
from django.http import Http404
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from articles.choices import State
from articles.models import Article
from newsroom.addresses import full_url
from reader.breadcrumbs import of_trail
from reader.embeds import FRAME_HOSTS
from reader.front_page import compose_front_page
from reader.page_cache import for_readers
from reader.story_detail import detail_of, story_at
from reader.structured_data import of_front_page, of_story, trail_of_story


@require_safe
@for_readers
def front_page(request):
    """Show the lead, the ranked stories, the latest ones and a section for each top topic."""
    front = compose_front_page()
    context = {
        "front": front,
        "nav_topics": front.navigation,
        "structured": [of_front_page(partial(full_url, request))],
    }
    return render(request, "front_page.html", context)


# A player is loaded when a reader asks for it, and from nowhere but its host.
with_player = csp_update({"frame-src": list(FRAME_HOSTS)})


@require_safe
@with_player
@for_readers
def story(request, year, month, day, slug):
    """Show the story at `/YYYY/MM/DD/slug/`."""
    try:
        url_date = date(int(year), int(month), int(day))
    except ValueError:
        raise Http404("There is no such day.") from None
    return show_story(request, url_date, slug)


@require_safe
@with_player
@for_readers
def undated_story(request, slug):
    """Show a story that came in without a date, at `/undated/slug/`."""
    return show_story(request, None, slug)


def show_story(request, day, slug):
    """Show the story of a day (None for an undated one); 410 when it is withdrawn or over, else 404."""
    found = story_at(day, slug)
    if found is None:
        over = Q(state=State.PUBLISHED, visible_until__lte=timezone.now())
        gone = Article.objects.filter(Q(state=State.WITHDRAWN) | over, url_date=day, slug=slug).values("state").first()
        if gone:
            return render(request, "410.html", {"is_over": gone["state"] == State.PUBLISHED}, status=410)
        raise Http404("There is no such story.")
    return render(request, "story.html", story_context(found, request))


def story_context(found, request):
    """Return what the template of a story, loaded `for_story_page`, shows."""
    detail = detail_of(found)
    full = partial(full_url, request)
    structured = [of_story(detail, full), of_trail(trail_of_story(detail), full)]
    return detail._asdict() | {"structured": structured}
