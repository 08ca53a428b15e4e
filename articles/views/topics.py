"""Topics and what is about them."""

from django.http import Http404
from django.shortcuts import render
from django.views.decorators.http import require_safe

from articles.models import Article, Topic
from articles.structured_data import trail_of_topic
from newsroom.moved import followed
from newsroom.page_cache import for_readers
from newsroom.paging import PAGE_LENGTH, paged, place_of
from newsroom.trails import of_trail

TOPICS_LISTED = 200


@require_safe
@for_readers
def topic_list(request):
    """Show the tree of topics: those with others below them first, then by name, two hundred at most."""
    topics = Topic.objects.for_navigation().with_children()[:TOPICS_LISTED]
    return render(request, "articles/topic_list.html", {"topics": topics})


@require_safe
@followed(Topic.objects.slug_now_of, without="topic-list")
@for_readers
def topic(request, slug):
    """Show a topic, with those below it, and its stories, newest first; `?before=` leads to older ones."""
    before = request.GET.get("before", "")
    shown = Topic.objects.with_those_below(slug)
    if shown is None:
        raise Http404("There is no such topic.")
    page = page_about([shown, *shown.children.all()], before)
    if not page.stories and not Topic.objects.for_readers().filter(pk=shown.pk).exists():
        raise Http404("There is no such topic.")
    trail = of_trail(trail_of_topic(shown), request.build_absolute_uri)
    context = {"topic": shown, "page": page, "is_first_page": not before, "structured": [trail]}
    return render(request, "articles/topic.html", context)


def page_about(topics, cursor, size=PAGE_LENGTH):
    """Return the Page of the stories about `topics` that begins after `cursor`. Two queries."""
    stories = Article.objects.published().first_about(topics, size + 1, before=place_of(cursor))
    return paged(stories.cards(), size)
