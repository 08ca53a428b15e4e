"""Breadcrumbs: the pages from the front page to a page, as schema.org's BreadcrumbList."""

from django.utils.translation import gettext as _

from articles.sanitising import plain_text
from newsroom.addresses import path_of


def breadcrumb_list(crumbs, make_full_url):
    """Return the BreadcrumbList of `crumbs`, [(name, path)]; `make_full_url` turns a path into a full URL."""
    return {
        "@context": "https://schema.org",
        "@type": "BreadcrumbList",
        "itemListElement": [
            {"@type": "ListItem", "position": position, "name": plain_text(name), "item": make_full_url(path)}
            for position, (name, path) in enumerate(crumbs, start=1)
        ],
    }


def story_breadcrumbs(detail):
    """Return the breadcrumbs of a StoryDetail: by its first topic."""
    topics = [(topic.name, topic.url) for topic in detail.topics[:1]]
    return [front_page_breadcrumb(), *topics, (detail.story.title, detail.story.get_absolute_url())]


def topic_breadcrumbs(topic):
    """Return the breadcrumbs of a topic whose parent is loaded."""
    parents = [(topic.parent.name, topic.parent.get_absolute_url())] if topic.parent else []
    topics = (_("All topics"), path_of("topic-list"))
    return [front_page_breadcrumb(), topics, *parents, (topic.name, topic.get_absolute_url())]


def provider_breadcrumbs(provider):
    """Return the breadcrumbs of a provider."""
    outlets = (_("Outlets"), path_of("provider-list"))
    return [front_page_breadcrumb(), outlets, (provider.name, provider.get_absolute_url())]


def front_page_breadcrumb():
    return (_("Front page"), path_of("front-page"))
