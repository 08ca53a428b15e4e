"""Addresses and pages of topics at the desk."""

from django.urls import reverse

from articles.models import ArticleTopic

LIST = reverse("admin:articles_topic_changelist")


def page_of(topic):
    return reverse("admin:articles_topic_change", args=[topic.pk])


def action_url(name, *topics):
    return f"{reverse(f'admin:topic-{name}')}?{'&'.join(f'of={topic.pk}' for topic in topics)}"


def signature_in(response):
    return {"seen": response.context["preview"].signature}


def text_of(response):
    return " ".join(response.content.decode().split())


def rows_in(response):
    """Return the rows of the list: [(depth, name)]."""
    return [(topic.depth, topic.name) for topic in response.context["cl"].result_list]


def topics_of(story):
    return [link.tag.name for link in ArticleTopic.objects.filter(content_object=story).order_by("pk")]
