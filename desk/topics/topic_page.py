"""The figures above the form of a topic."""

from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from articles.models import ArticleTopic, Topic
from articles.topic_tree import places
from desk.reports.counting import describe_count
from desk.reports.topic_report import with_story_counts


def topic_stories_url(topic, **filters):
    """Return the address of the list of a topic's own stories, filtered further."""
    query = urlencode({"topic_itself": topic.pk, **filters})
    return f"{reverse('admin:articles_article_changelist')}?{query}"


def topic_figures(topic):
    """Return the context of `admin/articles/topic/figures.html`. Four queries."""
    counts = with_story_counts(Topic.objects.filter(pk=topic.pk)).get()
    return {
        "above": places()[topic.pk].above,
        "below": list(topic.children.order_by("name")),
        "numbers": [
            (_("Stories"), describe_count(counts.stories), topic_stories_url(topic)),
            (_("Published"), describe_count(counts.published_stories), topic_stories_url(topic, state="published")),
        ],
        "last": ArticleTopic.objects.filter(tag=topic, published=True, dated_at__lte=timezone.now())
        .order_by("-dated_at")
        .first(),
    }
