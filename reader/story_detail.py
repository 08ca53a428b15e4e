"""A story with everything its page shows, in six compiled queries (the sixth is the navigation's)."""

from datetime import date, datetime
from typing import Any, NamedTuple

from django.db.models import BigIntegerField, BooleanField, CharField, DateField, Exists, OuterRef, SlugField
from django.utils import timezone

from articles.models import Article, ArticleTopic, Image, RelatedLink, UpstreamDocument
from articles.querysets import ArticleQuerySet
from articles.story_urls import reader_url
from newsroom.db.compiled_queries import CompiledQuery, Param
from newsroom.db.instances import Instances
from newsroom.pagination import NOW, POSITION
from providers.models import Provider
from providers.querysets import file_of_logo
from reader.cards import Picture
from reader.coverage import LINK_COLUMNS, CoverageLink, Outlet, group_by_provider
from reader.embeds import Embed, embed_of
from reader.navigation import Heading

STORY = Param("story", BigIntegerField())
# Columns that no story's page shows, of the story and of its provider.
UNUSED_COLUMNS = ("items", "actions", "publishers", "upstream_tags", "kept_fields", "proposed_publish_at")
UNUSED_PROVIDER_COLUMNS = ("logos_offered", "description")


class Neighbour(NamedTuple):
    """The next older or next newer story."""

    pk: int
    title: str
    locale: str
    url_date: date | None
    slug: str
    dated_at: datetime

    @property
    def url(self) -> str:
        return reader_url(self.url_date, self.slug)


class StoryDetail(NamedTuple):
    """A story with everything its page shows; `outlets` are the names of other providers that cover it."""

    story: Article
    topics: list[Heading]
    pictures: list[Picture]
    coverage: list[Outlet]
    outlets: list[str]
    embed: Embed | None
    older: Neighbour | None
    newer: Neighbour | None


def for_story_page(stories: ArticleQuerySet) -> ArticleQuerySet:
    """Load what a story's page shows of each story and its provider.

    `provider_logo` is the file of the provider's logo; `is_imported` says that the story came from a provider and was
    not written at the desk.
    """
    return (
        stories.select_related("provider")
        .defer(*UNUSED_COLUMNS, *(f"provider__{name}" for name in UNUSED_PROVIDER_COLUMNS))
        .annotate(
            provider_logo=file_of_logo(Provider, "provider"),
            is_imported=Exists(UpstreamDocument.objects.filter(article=OuterRef("pk"))),
        )
    )


def visible_story(**url: Any) -> ArticleQuerySet:
    return for_story_page(Article.objects.visible(NOW).filter(slug=Param("slug", SlugField()), **url))


# As `for_story_page` loads them.
STORIES = Instances(
    Article,
    without=UNUSED_COLUMNS,
    related={"provider": Instances(Provider, without=UNUSED_PROVIDER_COLUMNS)},
    annotations={"provider_logo": CharField(), "is_imported": BooleanField()},
)
DATED = CompiledQuery.of_instances(lambda: visible_story(url_date=Param("day", DateField())), STORIES)
UNDATED = CompiledQuery.of_instances(lambda: visible_story(url_date__isnull=True), STORIES)
TOPICS = CompiledQuery(
    lambda: ArticleTopic.objects.filter(content_object=STORY).order_by("pk"),
    ("tag", "tag__name", "tag__short_name", "tag__slug"),
    Heading,
)
LINKS = CompiledQuery(lambda: RelatedLink.objects.for_readers(NOW).filter(article=STORY), LINK_COLUMNS, CoverageLink)
PICTURES = CompiledQuery(lambda: Image.objects.filter(article=STORY).on_story_page(), Picture._fields, Picture)
NEIGHBOURS = CompiledQuery(lambda: Article.objects.visible(NOW).neighbours(POSITION), Neighbour._fields, Neighbour)


def story_at(day: date | None, slug: str) -> Article | None:
    """Return the visible story at a URL, without related objects, or None. One query."""
    now = timezone.now()
    stories = DATED.rows(now=now, day=day, slug=slug) if day else UNDATED.rows(now=now, slug=slug)
    return stories[0] if stories else None


def detail_of(story: Article) -> StoryDetail:
    """Return the StoryDetail of a story that was loaded `for_story_page`. Four queries."""
    links = LINKS.rows(story=story.pk, now=timezone.now())
    others = {link.provider_id: link.provider for link in links if link.provider_id not in (None, story.provider_id)}
    older, newer = neighbours_of(story)
    return StoryDetail(
        story=story,
        topics=TOPICS.rows(story=story.pk),
        pictures=without_repeated(PICTURES.rows(story=story.pk)),
        coverage=group_by_provider(links),
        outlets=list(others.values()),
        embed=embed_of(story),
        older=older,
        newer=newer,
    )


def without_repeated(pictures: list[Picture]) -> list[Picture]:
    """Keep the first of pictures that are the same file."""
    by_file: dict[str, Picture] = {}
    for picture in pictures:
        by_file.setdefault(picture.file, picture)
    return list(by_file.values())


def neighbours_of(story: Article) -> tuple[Neighbour | None, Neighbour | None]:
    """Return the next older and the next newer story in time, each None if there is none. One query."""
    position = (story.dated_at, story.pk)
    neighbours = NEIGHBOURS.rows(now=timezone.now(), time=story.dated_at, key=story.pk)
    by_is_newer = {(other.dated_at, other.pk) > position: other for other in neighbours}
    return by_is_newer.get(False), by_is_newer.get(True)
