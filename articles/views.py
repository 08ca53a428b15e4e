"""The reader's pages. Each shows only what `Article.objects.published()` lets through."""

from datetime import date

from django.http import Http404
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from articles.choices import State
from articles.front_page import compose_front_page
from articles.models import Article, Topic
from newsroom.paging import page_of


@require_safe
def front_page(request):
    """Show the lead, the ranked stories, the latest ones and a section for each top topic."""
    return render(request, "articles/front_page.html", {"front": compose_front_page()})


@require_safe
def story(request, year, month, day, slug):
    """Show the story at `/YYYY/MM/DD/slug/`."""
    try:
        url_date = date(int(year), int(month), int(day))
    except ValueError:
        raise Http404("There is no such day.") from None
    return show_story(request, url_date=url_date, slug=slug)


@require_safe
def undated_story(request, slug):
    """Show a story that came in without a date, at `/undated/slug/`."""
    return show_story(request, url_date=None, slug=slug)


def show_story(request, **url):
    """Show the story that has the URL fields `url`; 410 when it was withdrawn, 404 when there is none to see."""
    stories = Article.objects.filter(**url)
    found = stories.published().with_story_data().first()
    if found is None:
        if stories.filter(state=State.WITHDRAWN).exists():
            return render(request, "410.html", status=410)
        raise Http404("There is no such story.")
    return render(request, "articles/story.html", {"story": found})


@require_safe
def topic_list(request):
    """Show the tree of topics."""
    return render(request, "articles/topic_list.html", {"topics": Topic.objects.for_navigation().with_children()})


@require_safe
def topic(request, slug):
    """Show a topic, with those below it, and its stories, newest first; `?before=` leads to older ones."""
    shown = get_object_or_404(Topic.objects.for_readers().select_related("parent").with_children(), slug=slug)
    stories = Article.objects.published().about([shown, *shown.children.all()]).with_card_data()
    page = page_of(stories, request.GET.get("before", ""))
    context = {"topic": shown, "page": page, "is_first_page": "before" not in request.GET}
    return render(request, "articles/topic.html", context)
