"""Feeds in RSS 2.0, Atom 1.0 and JSON Feed 1.1: of all stories, of a topic, of a provider, of a search."""

import json
import re
from typing import IO, Any, NamedTuple

from django.conf import settings
from django.db.models import Prefetch
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.encoding import iri_to_uri
from django.utils.feedgenerator import Atom1Feed, Enclosure, Rss201rev2Feed, SyndicationFeed, rfc3339_date
from django.utils.html import escape
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from articles.canonical_urls import language_tag, linkable_url
from articles.models import Article, ArticleTopic, Image, Topic
from articles.querysets import ArticleQuerySet
from articles.sanitising import plain_text, teaser
from newsroom.addresses import full_url
from providers.models import Provider
from reader.navigation import topic_for_readers_at
from reader.page_cache import shared_page
from reader.picture_markup import shared_picture
from reader.redirects import redirect_former_slugs
from reader.search_form import SearchForm
from reader.views.search import first_keys, read_search

LENGTH = 50
# RSS requires the size of an enclosure; its advisory board recommends this one if it is unknown.
UNKNOWN_LENGTH = "0"
COLUMNS = (
    *("title", "excerpt", "locale", "first_visible_at", "url_date", "slug", "provider__name"),
    *("web_url", "original_url", "revised_at", "updated_at"),
)
# Characters that XML 1.0 cannot contain; JSON readers fail on some of them.
UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")


class JSONFeed(SyndicationFeed):
    """JSON Feed, see https://www.jsonfeed.org/version/1.1/."""

    content_type = "application/feed+json; charset=utf-8"

    def write(self, outfile: IO[str] | HttpResponse, encoding: str) -> None:
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

    def item(self, item: dict[str, Any]) -> dict[str, Any]:
        enclosures = item["enclosures"]
        fields = {
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
            "attachments": [attachment(file) for file in enclosures] or None,
        }
        return {key: value for key, value in fields.items() if value is not None}


def attachment(file: Enclosure) -> dict[str, Any]:
    """Return an enclosure as JSON Feed has it: its size is left out if it is unknown."""
    size = {} if file.length == UNKNOWN_LENGTH else {"size_in_bytes": int(file.length)}
    return {"url": file.url, "mime_type": file.mime_type, **size}


class EscapedDescriptions(SyndicationFeed):
    """A feed whose descriptions are HTML to feed readers: ours are plain text, which is escaped."""

    def add_item(self, title: str, link: str, description: str, *args: Any, **fields: Any) -> None:
        super().add_item(title, link, escape(description), *args, **fields)


class AtomFeed(EscapedDescriptions, Atom1Feed):
    content_type = "application/atom+xml; charset=utf-8"

    def add_item_elements(self, handler: Any, item: dict[str, Any]) -> None:
        """Write an entry; its enclosures have their length if it is known, which Atom does not require."""
        super().add_item_elements(handler, {**item, "enclosures": []})
        for file in item["enclosures"]:
            length = {} if file.length == UNKNOWN_LENGTH else {"length": file.length}
            handler.addQuickElement(
                "link", "", {"rel": "enclosure", "href": file.url, "type": file.mime_type, **length}
            )


class RSSFeed(EscapedDescriptions, Rss201rev2Feed):
    content_type = "application/rss+xml; charset=utf-8"


Feed = JSONFeed | AtomFeed | RSSFeed
FORMATS: dict[str, type[Feed]] = {"rss.xml": RSSFeed, "atom.xml": AtomFeed, "feed.json": JSONFeed}


class Source(NamedTuple):
    """The content of a feed: title, description, the path of its page, and its stories as a queryset, newest first.

    `feed_path` is the path of the feed with its query, if it has one.
    """

    title: str
    description: str
    path: str
    stories: ArticleQuerySet
    feed_path: str = ""


@require_safe
@shared_page
def site_feed(request: HttpRequest, name: str) -> HttpResponse:
    """Serve the feed of all stories; `name` is one of FORMATS."""
    description = _("The latest stories from %(site)s.") % {"site": settings.SITE_NAME}
    stories = Article.objects.visible().newly_visible_first()[:LENGTH]
    return feed_response(request, name, Source(settings.SITE_NAME, description, reverse("front-page"), stories))


@require_safe
@redirect_former_slugs(Topic.objects.current_slug_for)
@shared_page
def topic_feed(request: HttpRequest, slug: str, name: str) -> HttpResponse:
    """Serve the feed of a topic and its subtopics."""
    branch = topic_for_readers_at(slug)
    if branch is None:
        raise Http404("There is no such topic.")
    topic = branch.topic
    keys = [topic.pk, *(subtopic.pk for subtopic in branch.subtopics)]
    stories = Article.objects.visible().first_about(keys, LENGTH, by="first_visible_at")
    return feed_response(
        request, name, Source(titled(topic.name), topic.description, topic.get_absolute_url(), stories)
    )


@require_safe
@redirect_former_slugs(Provider.objects.current_slug_for)
@shared_page
def provider_feed(request: HttpRequest, slug: str, name: str) -> HttpResponse:
    """Serve the feed of a provider."""
    provider = get_object_or_404(Provider.objects.active(), slug=slug)
    stories = Article.objects.visible().filter(provider=provider).newly_visible_first()[:LENGTH]
    source = Source(titled(provider.name), provider.description, provider.get_absolute_url(), stories)
    return feed_response(request, name, source)


@require_safe
@shared_page
def search_feed(request: HttpRequest, name: str) -> HttpResponse:
    """Serve the feed of a search, newest first, with the parameters of the search page; 400 if one is invalid."""
    feed_class_of(name)
    form, query, matches = read_search(request.GET)
    if form.errors:
        return wrong_parameters(form)
    keys = first_keys(matches.newly_visible_first(), query, LENGTH) if matches is not None else []
    path, feed_path = f"{reverse('search')}?{request.GET.urlencode()}", request.get_full_path()
    title = titled(query.text or _("Search"))
    return feed_response(request, name, Source(title, "", path, Article.objects.filter(pk__in=keys), feed_path))


def wrong_parameters(form: SearchForm) -> HttpResponse:
    """Return the 400 of a feed whose parameters the SearchForm refused, one line for each."""
    lines = [f"{name}: {' '.join(map(str, errors))}\n" for name, errors in form.errors.items()]
    return HttpResponse("".join(lines), status=400, content_type="text/plain; charset=utf-8")


def titled(name: str) -> str:
    return f"{plain_text(name)} · {settings.SITE_NAME}"


def feed_response(request: HttpRequest, name: str, source: Source) -> HttpResponse:
    """Return the feed of `source` in the format of the file name `name`, one of FORMATS. Three queries."""
    feed_class = feed_class_of(name)
    stories = sorted(
        source.stories.select_related("provider")
        .only(*COLUMNS)
        .prefetch_related(
            Prefetch("topic_links", ArticleTopic.objects.select_related("tag")),
            Prefetch("images", Image.objects.leading().select_related("stored")),
        ),
        key=lambda story: (story.first_visible_at, story.pk),
        reverse=True,
    )
    feed = feed_class(
        title=writable(source.title),
        link=full_url(request, source.path),
        description=writable(plain_text(source.description) or source.title),
        language=get_language(),
        # Atom requires an author for stories without one.
        author_name=settings.SITE_NAME,
        feed_url=full_url(request, source.feed_path or request.path),
    )
    for story in stories:
        feed.add_item(**item_of(story, request))
    response = HttpResponse(content_type=feed.content_type)
    feed.write(response, "utf-8")
    return response


def feed_class_of(name: str) -> type[Feed]:
    """Return the feed class of a file name; raise Http404 if there is none."""
    if name not in FORMATS:
        raise Http404("There is no such feed.")
    return FORMATS[name]


def item_of(story: Article, request: HttpRequest) -> dict[str, Any]:
    """Return the arguments of `add_item` for a story, with full URLs and plain texts."""
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
        "external_url": iri_to_uri(linkable_url(story.link)),
        "language": language_tag(story.locale),
    }


def enclosures_of(story: Article, request: HttpRequest) -> list[Enclosure]:
    """Return a list with a story's picture as an Enclosure, empty if it has none. No file is looked at."""
    if story.picture is None:
        return []
    picture, stored = shared_picture(str(story.picture.file.name)), story.picture.stored
    length = str(stored.shared_bytes) if stored and stored.shared_bytes else UNKNOWN_LENGTH
    return [Enclosure(full_url(request, picture.url), length, picture.media_type)]


def writable(text: str) -> str:
    """Return a text without the characters that feeds cannot contain."""
    return UNWRITABLE.sub("", text)
