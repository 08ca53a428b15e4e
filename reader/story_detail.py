"""A story with all that its page shows, in six statements made once (the sixth is the navigation's)."""

from datetime import date, datetime
from typing import NamedTuple

from django.db.models import DateField, Exists, OuterRef, SlugField
from django.utils import timezone

from articles.models import Article, ArticleTopic, Image, RelatedLink, UpstreamDocument
from articles.story_urls import reader_url
from newsroom.db.compiled_queries import CompiledQuery, Param
from newsroom.pagination import NOW, PLACE
from providers.models import Provider
from providers.querysets import file_of_logo
from reader.coverage import by_provider
from reader.embeds import player_of

STORY = Param("story")
# Columns that no story's page shows.
UNUSED_COLUMNS = (
    *("items", "actions", "publishers", "upstream_tags", "kept_fields", "proposed_publish_at"),
    *("provider__logos_offered", "provider__description"),
)
TOPIC_COLUMNS = ("content_object_id", "tag__name", "tag__short_name", "tag__slug")


class Neighbour(NamedTuple):
    """The story before or after one in time."""

    pk: int
    title: str
    locale: str
    url_date: date | None
    slug: str
    dated_at: datetime

    @property
    def url(self):
        return reader_url(self.url_date, self.slug)


def for_story_page(stories):
    """Load what a story's page shows of each story and its provider.

    `provider_logo` is the file of the provider's logo; `is_imported` says that the story came from a provider and was
    not written at the desk.
    """
    return (
        stories.select_related("provider")
        .defer(*UNUSED_COLUMNS)
        .annotate(
            provider_logo=file_of_logo(Provider, "provider"),
            is_imported=Exists(UpstreamDocument.objects.filter(article=OuterRef("pk"))),
        )
    )


def visible_story(**url):
    return for_story_page(Article.objects.visible(NOW).filter(slug=Param("slug", SlugField()), **url))


DATED = CompiledQuery(lambda: visible_story(url_date=Param("day", DateField())))
UNDATED = CompiledQuery(lambda: visible_story(url_date__isnull=True))
TOPICS = CompiledQuery(
    lambda: ArticleTopic.objects.filter(content_object=STORY).select_related("tag").only(*TOPIC_COLUMNS).order_by("pk")
)
LINKS = CompiledQuery(lambda: RelatedLink.objects.for_readers().filter(article=STORY))
PICTURES = CompiledQuery(lambda: Image.objects.filter(article=STORY).exclude(file="").order_by("position", "pk"))
NEIGHBOURS = CompiledQuery(
    lambda: Article.objects.visible(NOW).neighbours(PLACE).values_list(*Neighbour._fields),
    Neighbour,
)


def story_at(day, slug):
    """Return the published story at a URL, without what stands beside it, or None. One query."""
    now = timezone.now()
    found = DATED.objects(now=now, day=day, slug=slug) if day else UNDATED.objects(now=now, slug=slug)
    return found[0] if found else None


def page_of_story(story):
    """Return what the page of a story, loaded `for_story_page`, shows. Four queries."""
    loaded = story.__dict__.setdefault("_prefetched_objects_cache", {})
    # Lists do where only `all` is asked of what was loaded.
    loaded["topic_links"] = TOPICS.objects(story=story.pk)
    loaded["images"] = PICTURES.objects(story=story.pk)
    links = LINKS.objects(story=story.pk)
    providers = {link.provider_id for link in [story, *links] if link.provider_id}
    older, newer = neighbours_of(story)
    return {
        "story": story,
        "coverage": by_provider(links),
        "outlets": len(providers - {story.provider_id}),
        "player": player_of(story),
        "older": older,
        "newer": newer,
    }


def neighbours_of(story):
    """Return the next older and the next newer story in time, each None if there is none. One query."""
    place = (story.dated_at, story.pk)
    found = NEIGHBOURS.rows(now=timezone.now(), time=story.dated_at, key=story.pk)
    by_side = {(other.dated_at, other.pk) > place: other for other in found}
    return by_side.get(False), by_side.get(True)
