"""Feeds in RSS 2.0, Atom 1.0 and JSON Feed 1.1: of all stories, of a topic, of a provider, of a search."""

import json
import logging
import mimetypes
import re
from typing import NamedTuple

from django.conf import settings
from django.db.models import Prefetch
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.encoding import iri_to_uri
from django.utils.feedgenerator import Atom1Feed, Enclosure, Rss201rev2Feed, SyndicationFeed, rfc3339_date
from django.utils.html import escape
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from articles.models import Article, ArticleTopic, Image, Topic
from articles.navigation import topic_for_readers_at
from articles.sanitising import plain_text, teaser
from articles.views.searching import first_keys, searched
from articles.web_urls import language_tag, linkable
from newsroom.addresses import full_url
from newsroom.moved import followed
from newsroom.page_cache import for_readers
from providers.models import Provider

logger = logging.getLogger(__name__)
LENGTH = 50
COLUMNS = (
    *("title", "excerpt", "locale", "first_visible_at", "url_date", "slug", "provider__name"),
    *("web_url", "original_url", "revised_at", "updated_at"),
)
# What XML 1.0 has no way to write, and half of what JSON readers choke on.
UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")


class JSONFeed(SyndicationFeed):
    """JSON Feed, as https://www.jsonfeed.org/version/1.1/ has it."""

    content_type = "application/feed+json; charset=utf-8"

    def write(self, outfile, encoding):
        feed = {
            "version": "https://jsonfeed.org/version/1.1",
            "title": self.feed["title"],
            "description": self.feed["description"],
            "home_page_url": self.feed["link"],
            "feed_url": self.feed["feed_url"],
            "language": self.feed["language"],
            "authors": [{"name": self.feed["author_name"]}],
            "items": [self.item(item) for item in self.items],
        }
        json.dump({key: value for key, value in feed.items() if value is not None}, outfile, ensure_ascii=False)

    def item(self, item):
        enclosures = item["enclosures"]
        said = {
            "id": item["unique_id"],
            "url": item["link"],
            "external_url": item.get("external_url") or None,
            "title": item["title"],
            "content_text": item["description"] or item["title"],
            "summary": item["description"] or None,
            "image": enclosures[0].url if enclosures else None,
            "date_published": rfc3339_date(item["pubdate"]),
            "date_modified": rfc3339_date(item["updateddate"]),
            "authors": [{"name": item["author_name"]}] if item["author_name"] else None,
            "tags": list(item["categories"]) or None,
            "language": item.get("language") or None,
            "attachments": [
                {"url": file.url, "mime_type": file.mime_type, "size_in_bytes": int(file.length)} for file in enclosures
            ]
            or None,
        }
        return {key: value for key, value in said.items() if value is not None}


class ReadAsHTML:
    """A feed whose readers take descriptions for HTML: what stands in ours as text must not become markup there."""

    def add_item(self, title, link, description, **said):
        super().add_item(title, link, escape(description), **said)


class AtomFeed(ReadAsHTML, Atom1Feed):
    content_type = "application/atom+xml; charset=utf-8"


class RSSFeed(ReadAsHTML, Rss201rev2Feed):
    content_type = "application/rss+xml; charset=utf-8"


FORMATS = {"rss.xml": RSSFeed, "atom.xml": AtomFeed, "feed.json": JSONFeed}


class Source(NamedTuple):
    """What a feed is of: its title and description, the page it goes with, and its stories, newest first.

    `feed_path` is where the feed itself is, if that is more than the path that was asked for.
    """

    title: str
    description: str
    path: str
    stories: list
    feed_path: str = ""


@require_safe
@for_readers
def site_feed(request, name):
    """Serve the feed of all stories; `name` is one of FORMATS."""
    description = _("The latest stories of %(site)s.") % {"site": settings.SITE_NAME}
    stories = Article.objects.published().newly_visible_first()[:LENGTH]
    return served(request, name, Source(settings.SITE_NAME, description, reverse("front-page"), stories))


@require_safe
@followed(Topic.objects.slug_now_of)
@for_readers
def topic_feed(request, slug, name):
    """Serve the feed of a topic, with those below it."""
    with_children = topic_for_readers_at(slug)
    if with_children is None:
        raise Http404("There is no such topic.")
    topic, children = with_children
    stories = Article.objects.published().first_about(
        [one.pk for one in (topic, *children)], LENGTH, by="first_visible_at"
    )
    return served(request, name, Source(titled(topic.name), topic.description, topic.get_absolute_url(), stories))


@require_safe
@followed(Provider.objects.slug_now_of)
@for_readers
def provider_feed(request, slug, name):
    """Serve the feed of a provider."""
    provider = get_object_or_404(Provider.objects.active(), slug=slug)
    stories = provider.articles.published().newly_visible_first()[:LENGTH]
    source = Source(titled(provider.name), provider.description, provider.get_absolute_url(), stories)
    return served(request, name, source)


@require_safe
@for_readers
def search_feed(request, name):
    """Serve the feed of what a search finds, newest first; it takes what the search's page does."""
    _form, query, found = searched(request.GET)
    keys = first_keys(found.newly_visible_first(), query, LENGTH) if found is not None else []
    path, feed_path = f"{reverse('search')}?{request.GET.urlencode()}", request.get_full_path()
    title = titled(query.text or _("Search"))
    return served(request, name, Source(title, "", path, Article.objects.filter(pk__in=keys), feed_path))


def titled(name):
    return f"{plain_text(name)} · {settings.SITE_NAME}"


def served(request, name, source):
    """Return the response with a feed of `source` in the format that `name` asks for. Three queries."""
    if name not in FORMATS:
        raise Http404("There is no such feed.")
    stories = sorted(
        source.stories.select_related("provider")
        .only(*COLUMNS)
        .prefetch_related(
            Prefetch("topic_links", ArticleTopic.objects.select_related("tag")),
            Prefetch("images", Image.objects.exclude(file="")),
        ),
        key=lambda story: (story.first_visible_at, story.pk),
        reverse=True,
    )
    feed = FORMATS[name](
        title=writable(source.title),
        link=full_url(request, source.path),
        description=writable(plain_text(source.description) or source.title),
        language=get_language(),
        # Atom wants an author for stories that have none of their own.
        author_name=settings.SITE_NAME,
        feed_url=full_url(request, source.feed_path or request.path),
    )
    for story in stories:
        feed.add_item(**item_of(story, request))
    response = HttpResponse(content_type=feed.content_type)
    feed.write(response, "utf-8")
    return response


def item_of(story, request):
    """Return what the feed generators take for a story, with addresses in full and texts as plain text."""
    url = full_url(request, story.get_absolute_url())
    provider = plain_text(story.provider.name) if story.provider else None
    return {
        "title": writable(plain_text(story.title)),
        "link": url,
        "unique_id": url,
        "unique_id_is_permalink": True,
        "description": writable(teaser(story.excerpt)),
        "author_name": writable(provider) if provider else None,
        "pubdate": story.first_visible_at,
        "updateddate": max(filter(None, (story.first_visible_at, story.revised_at, story.updated_at))),
        "categories": [writable(plain_text(topic.name)) for topic in story.topics_in_order],
        "enclosures": enclosures_of(story, request),
        "external_url": iri_to_uri(linkable(story.link)),
        "language": language_tag(story.locale),
    }


def enclosures_of(story, request):
    """Return a story's picture as an Enclosure, in a list; empty when it has none, or its file is gone."""
    if story.picture is None:
        return []
    try:
        size = story.picture.file.size
    except OSError as error:
        logger.warning("feed: the picture of story %s cannot be read: %s", story.pk, error)
        return []
    kind = mimetypes.guess_type(story.picture.file.name)[0] or "application/octet-stream"
    return [Enclosure(full_url(request, story.picture.file.url), str(size), kind)]


def writable(text):
    """Return a text without the characters that feeds cannot hold."""
    return UNWRITABLE.sub("", text)
