"""Breadcrumbs: the pages from the front page to a page, as schema.org's BreadcrumbList."""

from collections.abc import Callable, Iterable
from typing import Any

from django.utils.translation import gettext as _

from articles.models import Topic
from articles.sanitising import plain_text
from newsroom.addresses import path_of
from providers.models import Provider
from reader.story_detail import StoryDetail

# The name of a page and its path.
Crumb = tuple[str, str]


def breadcrumb_list(crumbs: Iterable[Crumb], make_full_url: Callable[[str], str]) -> dict[str, Any]:
    """Return the BreadcrumbList of `crumbs`; `make_full_url` turns a path into a full URL."""
    return {
        "@context": "https://schema.org",
        "@type": "BreadcrumbList",
        "itemListElement": [
            {"@type": "ListItem", "position": position, "name": plain_text(name), "item": make_full_url(path)}
            for position, (name, path) in enumerate(crumbs, start=1)
        ],
    }


def story_breadcrumbs(detail: StoryDetail) -> list[Crumb]:
    """Return the breadcrumbs of a StoryDetail, which lead through its first topic."""
    topics = [(topic.name, topic.url) for topic in detail.topics[:1]]
    return [front_page_breadcrumb(), *topics, (detail.story.title, detail.story.get_absolute_url())]


def topic_breadcrumbs(topic: Topic) -> list[Crumb]:
    """Return the breadcrumbs of a topic whose parent is loaded."""
    parents = [(topic.parent.name, topic.parent.get_absolute_url())] if topic.parent else []
    topics = (_("All topics"), path_of("topic-list"))
    return [front_page_breadcrumb(), topics, *parents, (topic.name, topic.get_absolute_url())]


def provider_breadcrumbs(provider: Provider) -> list[Crumb]:
    """Return the breadcrumbs of a provider."""
    outlets = (_("Outlets"), path_of("provider-list"))
    return [front_page_breadcrumb(), outlets, (provider.name, provider.get_absolute_url())]


def front_page_breadcrumb() -> Crumb:
    return (_("Front page"), path_of("front-page"))
