"""What pages say to machines, in schema.org's words (JSON-LD). Pure but for addresses."""

from django.conf import settings
from django.core.files.storage import default_storage
from django.utils.translation import gettext as _

from articles.canonical_urls import language_tag, linkable
from articles.sanitising import plain_text, teaser
from newsroom.addresses import address_of

HEADLINE_LIMIT = 110


def organisation():
    return {"@type": "NewsMediaOrganization", "name": settings.SITE_NAME}


def of_front_page(full):
    """Return the site's WebSite; `full` makes an address in full of a path."""
    return {
        "@context": "https://schema.org",
        "@type": "WebSite",
        "name": settings.SITE_NAME,
        "url": full(address_of("front-page")),
        "potentialAction": {
            "@type": "SearchAction",
            "target": {
                "@type": "EntryPoint",
                "urlTemplate": f"{full(address_of('search'))}?q={{search_term_string}}",
            },
            "query-input": "required name=search_term_string",
        },
    }


def of_story(detail, full):
    """Return the NewsArticle of a StoryDetail; what is not known is left out."""
    story = detail.story
    url = full(story.get_absolute_url())
    provider = story.provider and {"@type": "NewsMediaOrganization", "name": plain_text(story.provider.name)}
    authors = [
        {"@type": "Person", "name": plain_text(author["name"])}
        for author in story.authors
        if isinstance(author, dict) and isinstance(author.get("name"), str) and author["name"]
    ]
    title = plain_text(story.title)
    said = {
        "@context": "https://schema.org",
        "@type": "NewsArticle",
        "headline": title if len(title) <= HEADLINE_LIMIT else f"{title[: HEADLINE_LIMIT - 1]}…",
        "description": teaser(story.excerpt),
        "url": url,
        "mainEntityOfPage": url,
        "isBasedOn": linkable(story.link),
        "datePublished": story.dated_at.isoformat(),
        "dateModified": max(filter(None, (story.dated_at, story.revised_at))).isoformat(),
        "author": authors or ([provider] if provider else [organisation()]),
        "sourceOrganization": provider,
        "publisher": organisation(),
        "image": [full(default_storage.url(picture.file)) for picture in detail.pictures],
        "articleSection": [plain_text(topic.name) for topic in detail.topics],
        "inLanguage": language_tag(story.locale),
    }
    return {key: value for key, value in said.items() if value}


def trail_of_story(detail):
    """Return the steps to the story of a StoryDetail: by its first topic."""
    steps = [(_("Front page"), address_of("front-page"))]
    steps += [(topic.name, topic.url) for topic in detail.topics[:1]]
    return [*steps, (detail.story.title, detail.story.get_absolute_url())]


def trail_of_topic(topic):
    """Return the steps to a topic, its parent's loaded."""
    steps = [(_("Front page"), address_of("front-page")), (_("All topics"), address_of("topic-list"))]
    steps += [(topic.parent.name, topic.parent.get_absolute_url())] if topic.parent else []
    return [*steps, (topic.name, topic.get_absolute_url())]
