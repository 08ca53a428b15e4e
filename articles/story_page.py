"""A story with all that its page shows, in six compiled queries (the sixth is the navigation's)."""

from datetime import date, datetime
from typing import NamedTuple

from django.db.models import BigIntegerField, BooleanField, CharField, DateField, SlugField
from django.utils import timezone

from articles.cards import Picture
from articles.models import Article, ArticleTopic, Image, RelatedLink
from articles.navigation import Heading
from articles.players import Player, player_of
from articles.querysets import NOT_ON_PAGES, NOT_ON_PAGES_OF_PROVIDER
from articles.reader_urls import reader_url
from articles.related import LINK_COLUMNS, Link, Outlet, by_provider
from newsroom.db.compiled_queries import CompiledQuery, Param
from newsroom.db.instances import Instances
from newsroom.paging import NOW, PLACE
from providers.models import Provider

STORY = Param("story", BigIntegerField())


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


class StoryDetail(NamedTuple):
    """A story with all that its page shows; `outlets` is the number of other providers that cover it."""

    story: Article
    topics: list[Heading]
    pictures: list[Picture]
    coverage: list[Outlet]
    outlets: int
    player: Player | None
    older: Neighbour | None
    newer: Neighbour | None


def published_at(**url):
    return Article.objects.published(NOW).filter(slug=Param("slug", SlugField()), **url).for_story_page()


# As `for_story_page` loads them.
STORIES = Instances(
    Article,
    without=NOT_ON_PAGES,
    related={"provider": Instances(Provider, without=NOT_ON_PAGES_OF_PROVIDER)},
    annotations={"provider_logo": CharField(), "is_imported": BooleanField()},
)
DATED = CompiledQuery.of_instances(lambda: published_at(url_date=Param("day", DateField())), STORIES)
UNDATED = CompiledQuery.of_instances(lambda: published_at(url_date__isnull=True), STORIES)
TOPICS = CompiledQuery(
    lambda: ArticleTopic.objects.filter(content_object=STORY).order_by("pk"),
    ("tag", "tag__name", "tag__short_name", "tag__slug"),
    Heading,
)
LINKS = CompiledQuery(lambda: RelatedLink.objects.for_readers(NOW).filter(article=STORY), LINK_COLUMNS, Link)
PICTURES = CompiledQuery(
    lambda: Image.objects.filter(article=STORY).exclude(file="").order_by("position", "pk"), Picture._fields, Picture
)
NEIGHBOURS = CompiledQuery(lambda: Article.objects.published(NOW).neighbours(PLACE), Neighbour._fields, Neighbour)


def story_at(day, slug):
    """Return the published story at a URL, without what stands beside it, or None. One query."""
    now = timezone.now()
    stories = DATED.rows(now=now, day=day, slug=slug) if day else UNDATED.rows(now=now, slug=slug)
    return stories[0] if stories else None


def detail_of(story):
    """Return the StoryDetail of a story that was loaded `for_story_page`. Four queries."""
    links = LINKS.rows(story=story.pk, now=timezone.now())
    providers = {link.provider_id for link in [story, *links] if link.provider_id}
    older, newer = neighbours_of(story)
    return StoryDetail(
        story=story,
        topics=TOPICS.rows(story=story.pk),
        pictures=PICTURES.rows(story=story.pk),
        coverage=by_provider(links),
        outlets=len(providers - {story.provider_id}),
        player=player_of(story),
        older=older,
        newer=newer,
    )


def neighbours_of(story):
    """Return the next older and the next newer story in time, each None if there is none. One query."""
    place = (story.dated_at, story.pk)
    found = NEIGHBOURS.rows(now=timezone.now(), time=story.dated_at, key=story.pk)
    by_side = {(other.dated_at, other.pk) > place: other for other in found}
    return by_side.get(False), by_side.get(True)
