"""Structured data of pages in schema.org's vocabulary (JSON-LD). `make_full_url` turns a path into a full URL."""

from collections.abc import Callable
from typing import Any

from django.conf import settings

from articles.canonical_urls import language_tag, linkable_url
from articles.sanitising import plain_text, teaser
from newsroom.addresses import path_of
from reader.picture_markup import shared_picture
from reader.story_detail import StoryDetail

HEADLINE_LIMIT = 110


def organisation() -> dict[str, Any]:
    return {"@type": "NewsMediaOrganization", "name": settings.SITE_NAME}


def website(make_full_url: Callable[[str], str]) -> dict[str, Any]:
    """Return the WebSite for the front page."""
    return {
        "@context": "https://schema.org",
        "@type": "WebSite",
        "name": settings.SITE_NAME,
        "url": make_full_url(path_of("front-page")),
        "potentialAction": {
            "@type": "SearchAction",
            "target": {
                "@type": "EntryPoint",
                "urlTemplate": f"{make_full_url(path_of('search'))}?q={{search_term_string}}",
            },
            "query-input": "required name=search_term_string",
        },
    }


def news_article(detail: StoryDetail, make_full_url: Callable[[str], str]) -> dict[str, Any]:
    """Return the NewsArticle of a StoryDetail, without empty values."""
    story = detail.story
    url = make_full_url(story.get_absolute_url())
    provider = story.provider and {"@type": "NewsMediaOrganization", "name": plain_text(story.provider.name)}
    authors = [
        {"@type": "Person", "name": plain_text(author["name"])}
        for author in story.authors
        if isinstance(author, dict) and isinstance(author.get("name"), str) and author["name"]
    ]
    title = plain_text(story.title)
    properties = {
        "@context": "https://schema.org",
        "@type": "NewsArticle",
        "headline": title if len(title) <= HEADLINE_LIMIT else f"{title[: HEADLINE_LIMIT - 1]}…",
        "description": teaser(story.excerpt),
        "url": url,
        "mainEntityOfPage": url,
        "isBasedOn": linkable_url(story.link),
        "datePublished": story.dated_at.isoformat(),
        "dateModified": max(filter(None, (story.dated_at, story.revised_at))).isoformat(),
        "author": authors or ([provider] if provider else [organisation()]),
        "sourceOrganization": provider,
        "publisher": organisation(),
        "image": [make_full_url(shared_picture(picture.file).url) for picture in detail.pictures],
        "articleSection": [plain_text(topic.name) for topic in detail.topics],
        "inLanguage": language_tag(story.locale),
    }
    return {name: value for name, value in properties.items() if value}
