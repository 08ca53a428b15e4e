"""Queries for stories, related coverage and topics."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Self, TypeVar

from django.core.exceptions import EmptyResultSet
from django.db import models, transaction
from django.db.models import Case, Count, Exists, F, OuterRef, Q, Subquery, When
from django.db.models.expressions import RawSQL
from django.db.models.functions import Cast, Coalesce, JSONObject, Lower
from django.db.models.lookups import LessThanOrEqual
from django.utils import timezone

from articles.db.triggers.cache_version import renew_for_new_rows
from newsroom.db.compiled_queries import Param
from newsroom.db.sql import sql_of
from newsroom.pagination import Position, newer_than, older_than
from newsroom.query_hints import Unindexed
from providers.name_keys import name_key

if TYPE_CHECKING:
    from articles.models import Article, Image, RelatedLink, Topic, TopicAlias

# SQLite allows five hundred SELECTs in one statement; no topic that readers see has that many subtopics.
UNION_LIMIT = 100
# Up to this many matches are looked up by key and sorted; for more, a list is read in its order.
KEY_LOOKUP_LIMIT = 2000
# The order of topics: those with subtopics first, then by name.
TREES_FIRST = ("is_alone", "lower_name", "pk")
# Takes the place of the topic in a query that is compiled once for many topics.
ANY_TOPIC = Param("topic", models.BigIntegerField())
# The current time, or a Param for it in a query that is compiled once.
Now = datetime | Param
Row = TypeVar("Row", bound=models.Model)


class ArticleQuerySet(models.QuerySet["Article"]):
    def visible(self, now: Now | None = None) -> Self:
        """Keep the stories that readers can see now: the one predicate for every public page, feed, search and API.

        It compares with the current time, so a schedule takes effect without a worker.
        """
        now = now or timezone.now()
        # True of nearly all published stories, so an index of it would be slower than none.
        has_appeared = LessThanOrEqual(Unindexed("visible_from"), now)
        return self.filter(Q(visible_until__isnull=True) | Q(visible_until__gt=now), has_appeared, published=True)

    def identified_by(self, identity: str) -> Self:
        """Keep the story that has or had an identity."""
        former = related_model(self.model, "former_identities").objects.filter(identity=identity, article__isnull=False)
        return self.filter(Q(identity=identity) | Q(pk__in=former.values("article")))

    def for_front_page(self) -> Self:
        """Keep ranked stories, highest rank first; stories without a score have no rank."""
        return self.filter(rank__isnull=False).order_by("-rank", "-pk")

    def pinned(self) -> Self:
        """Keep the stories pinned to the front page, by slot; in the same slot the newest first."""
        # pin >= 1 implies not null, but only with it does SQLite start within the index of pins.
        return self.filter(pin__isnull=False, pin__gte=1).order_by("pin", "-dated_at", "-pk")

    def latest_first(self) -> Self:
        """Order by date, newest first."""
        return self.order_by("-dated_at", "-pk")

    def newly_visible_first(self, now: Now | None = None) -> Self:
        """Order by when they became visible to readers, newest first, as in feeds and "Latest".

        Stories that an import published without a date are left out (articles/visibility.py).
        """
        now = now or timezone.now()
        return self.filter(first_visible_at__isnull=False, first_visible_at__lte=now).order_by(
            "-first_visible_at", "-pk"
        )

    def dated(self) -> Self:
        """Keep the stories with a date from their provider; the others are not news."""
        return self.filter(published_at__isnull=False)

    def about(self, topics: Iterable[Any]) -> Self:
        """Keep the stories about at least one of `topics` (Topics or keys), each once.

        One query decides how to find them.
        """
        links = self.model.topics.through.objects.filter(tag__in=topics).order_by()
        if has_few(links):
            return self.filter(pk__in=links.values("content_object_id"))
        return self.filter(Exists(links.filter(content_object=OuterRef("pk"))))

    def first_about(
        self, topics: Sequence[int | Param], limit: int, by: str = "dated_at", before: Position | None = None
    ) -> "ArticleQuerySet":
        """Return the first `limit` stories about at least one of `topics`, each once, in descending order of `by`.

        `topics` are keys, or Params for them; `by` is "dated_at", "first_visible_at" or "rank", and stories without it
        are left out; `before` is the position (time, key) to begin after. The cost depends on `limit` and the number
        of topics, not on the number of stories (articles/db/triggers/topic_order.py).
        """
        if len(topics) == 1:
            return self.of_topic(topics[0], limit, by, before)
        if len(topics) > UNION_LIMIT:
            earlier = older_than(before) if before else Q()
            return self.about(topics).filter(earlier, **{f"{by}__isnull": False}).order_by(f"-{by}", "-pk")[:limit]
        keys = union_of([self.of_topic(ANY_TOPIC, limit, by, before).values("pk")], topics)
        stories = self.model.objects.filter(pk__in=keys) if topics else self.none()
        return stories.order_by(f"-{by}", "-pk")[:limit]

    def of_topic(self, topic: int | Param, limit: int, by: str = "dated_at", before: Position | None = None) -> Self:
        """Return the first `limit` stories about the topic with this key itself, from the topic order's index."""
        place = {"topic_links__tag": topic, "topic_links__published": True}
        if by != "dated_at":
            place[f"topic_links__{by}__isnull"] = False
        earlier = older_than(before, "topic_links__dated_at", "topic_links__content_object") if before else Q()
        return self.filter(earlier, **place).order_by(f"-topic_links__{by}", "-topic_links__content_object_id")[:limit]

    def with_outlets(self) -> Self:
        """Annotate `outlets`, the number of other outlets that cover the story."""
        return self.annotate(outlets=other_outlets(self.model))

    def with_upstream_heat(self) -> Self:
        """Annotate `upstream_heat`, the heat in the story's document at the last import; None without one."""
        return self.annotate(upstream_heat=F("upstream__values__heat"))

    def neighbours(self, position: Position) -> "ArticleQuerySet":
        """Return the next older and the next newer story of a position, in no particular order."""
        older = self.filter(older_than(position)).latest_first().values("pk")[:1]
        newer = self.filter(newer_than(position)).order_by("dated_at", "pk").values("pk")[:1]
        return self.model.objects.filter(pk__in=union_of([older, newer]))


def has_few(matches: models.QuerySet[Any], times: int = 1) -> bool:
    """Return whether a queryset has at most `times` KEY_LOOKUP_LIMIT rows; at most one more is counted."""
    limit = times * KEY_LOOKUP_LIMIT
    return matches.values("pk")[: limit + 1].count() <= limit


def union_of(querysets: Iterable[models.QuerySet[Any, Any]], topics: Iterable[int | Param | None] = (None,)) -> RawSQL:
    """Return an expression for the rows of all `querysets`, as in `union_sql`."""
    return RawSQL(*union_sql(querysets, topics))  # noqa: S611


def union_sql(
    querysets: Iterable[models.QuerySet[Any, Any]], topics: Iterable[int | Param | None] = (None,)
) -> tuple[str, tuple[Any, ...]]:
    """Return (SQL, parameters) for the rows of all `querysets`, which may be sliced; SQLite refuses that in `union()`.

    Each queryset is repeated for each of `topics`, keys or Params, which replace ANY_TOPIC in it.
    """
    parts: list[str] = []
    params: list[Any] = []
    for queryset in querysets:
        try:
            sql, sql_params = sql_of(queryset)
        except EmptyResultSet:
            continue
        for topic in topics:
            parts.append(f"SELECT * FROM ({sql}) AS arm")  # noqa: S608
            value = topic.slot if isinstance(topic, Param) else topic
            params += [value if param == ANY_TOPIC.slot else param for param in sql_params]
    return " UNION ALL ".join(parts) or "SELECT 0 WHERE 1 = 0", tuple(params)


def related_model(model: type[models.Model], name: str) -> Any:
    """Return the model of a reverse relation; models import this module, so it cannot import them."""
    return model._meta.get_field(name).related_model


@lru_cache
def other_outlets(article_model: type[models.Model]) -> Coalesce:
    """Return the expression that counts the other outlets that cover a story, without hidden coverage."""
    links = (
        related_model(article_model, "related_links")
        .objects.not_hidden()
        .filter(article=OuterRef("pk"), provider__isnull=False)
    )
    others = links.exclude(provider=OuterRef("provider")).order_by().values("article")
    return Coalesce(Subquery(others.annotate(n=Count("provider", distinct=True)).values("n")), 0)


@lru_cache
def first_picture(article_model: type[models.Model]) -> Subquery:
    """Return the expression of the picture that leads a story, as JSON or NULL."""
    images = related_model(article_model, "images").objects.filter(article=OuterRef("pk")).leading()
    names = ("file", "width", "height", "title", "alt", "focal_x", "focal_y")
    picture = Cast(JSONObject(**{name: name for name in names}), models.TextField())
    return Subquery(images.values(picture=picture)[:1])


class StoryPartQuerySet(models.QuerySet[Row]):
    """Rows that are written with stories; written alone, they renew the cache version (articles/db/triggers)."""

    def bulk_create(self, *args: Any, **kwargs: Any) -> list[Row]:
        with transaction.atomic(using=self.db):
            rows = super().bulk_create(*args, **kwargs)
            renew_for_new_rows(self.db)
        return rows


class ImageQuerySet(StoryPartQuerySet["Image"]):
    def leading(self) -> Self:
        """Keep the pictures that may lead a story, best first."""
        return self.exclude(file="").filter(lead_score__gt=0).order_by("-lead_score", "position", "pk")

    def on_story_page(self) -> Self:
        """Keep the pictures that a story's own page shows, best first: those that may lead, and the desk's uploads."""
        shown = Q(lead_score__gt=0) | Q(url="")
        return self.exclude(file="").filter(shown).order_by("-lead_score", "position", "pk")


class RelatedLinkQuerySet(StoryPartQuerySet["RelatedLink"]):
    def not_hidden(self) -> Self:
        """Keep the coverage that the desk has not hidden."""
        return self.filter(is_hidden=False)

    def for_readers(self, now: Now | None = None) -> Self:
        """Keep what readers can see, best quality first; `own_story` is a story that they can see, too."""
        stories = related_model(self.model, "article").objects.visible(now)
        return self.not_hidden().with_own_story(stories).order_by(F("quality").desc(nulls_last=True), "position", "pk")

    def with_own_story(self, stories: ArticleQuerySet | None = None) -> Self:
        """Annotate `own_story`, our story of the same piece: JSON, {"url_date", "slug", "title"}, or NULL.

        Only `stories` are considered, if given.
        """
        if stories is None:
            stories = related_model(self.model, "article").objects.all()
        story_json = Cast(JSONObject(url_date="url_date", slug="slug", title="title"), models.TextField())
        by_identity, by_former_identity = (
            Subquery(stories.filter(**{name: OuterRef("identity")}).order_by().values(story=story_json)[:1])
            for name in ("identity", "former_identities__identity")
        )
        return self.annotate(own_story=Coalesce(by_identity, by_former_identity))


class TopicAliasQuerySet(models.QuerySet["TopicAlias"]):
    def meaning(self, names: Iterable[str]) -> "dict[str, TopicAlias]":
        """Return {name: alias} of those names that are upstream names of topics, deleted ones included. One query.

        A name in another spelling means the same, unless it is an upstream name itself.
        """
        names = list(names)
        rows = self.filter(Q(name__in=names) | Q(key__in=set(map(name_key, names))))
        aliases = list(rows.select_related("topic").order_by(F("topic").desc(nulls_first=True)))
        # The last one counts: that of the oldest topic, before those of deleted ones.
        by_key = {name_key(alias.name): alias for alias in aliases}
        by_name = {alias.name: alias for alias in aliases}
        meanings = {name: by_name.get(name) or by_key.get(name_key(name)) for name in names}
        return {name: alias for name, alias in meanings.items() if alias is not None}


class TopicQuerySet(models.QuerySet["Topic"]):
    def get_or_create_by_upstream_name(self, name: str) -> "tuple[Topic | None, bool]":
        """Return (the topic that upstream calls `name`, created if need be, None if deleted; whether it is new)."""
        alias = related_model(self.model, "aliases").objects.meaning([name]).get(name)
        return (alias.topic, False) if alias else self.get_or_create(name=name)

    def current_slug_for(self, slug: str) -> str | None:
        """Return the current slug of a topic's former slug, "" if the topic was deleted, None if no topic had it."""
        former = related_model(self.model, "former_slugs").objects.select_related("topic").filter(slug=slug).first()
        if former is None:
            return None
        return former.topic.slug if former.topic else ""

    def for_readers(self, now: Now | None = None) -> Self:
        """Keep the topics with a parent or subtopics, and others only if readers can see a story about them."""
        return self.filter(Q(parent__isnull=False) | self.has_children() | self.has_stories("tag", now))

    def for_navigation(self, now: Now | None = None) -> Self:
        """Keep topics without a parent, if readers can see stories of them or their subtopics; order by TREES_FIRST."""
        return (
            self.filter(self.has_stories("tag", now) | self.has_stories("tag__parent", now), parent__isnull=True)
            # A number, because SQL reads `NOT EXISTS (...) > x` as NOT (EXISTS (...) > x).
            .annotate(is_alone=Case(When(self.has_children(), then=0), default=1), lower_name=Lower("name"))
            .order_by(*TREES_FIRST)
        )

    def has_children(self) -> Exists:
        """Return the condition that a topic has subtopics."""
        return Exists(self.model.objects.filter(parent=OuterRef("pk")))

    def has_stories(self, where: str, now: Now | None = None) -> Exists:
        """Return the condition that readers can see a story about a topic ("tag") or a subtopic ("tag__parent")."""
        stories = related_model(self.model, "article_links")._meta.get_field("content_object").related_model
        # Starts at the stories of the topic, and ends with the first visible one.
        about = {f"topic_links__{where}": OuterRef("pk"), "topic_links__published": True}
        return Exists(stories.objects.visible(now).filter(**about))

    def with_subtopics(self, slug: str | Param) -> Self:
        """Keep the topic with this slug and its subtopics."""
        return self.filter(Q(slug=slug) | Q(parent__slug=slug))

    def with_children(self) -> Self:
        """Load the subtopics of each topic. One more query."""
        return self.prefetch_related("children")
