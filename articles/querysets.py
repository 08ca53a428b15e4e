from functools import lru_cache

from django.core.exceptions import EmptyResultSet
from django.db import models, transaction
from django.db.models import Case, Count, Exists, F, OuterRef, Q, Subquery, When
from django.db.models.expressions import RawSQL
from django.db.models.functions import Cast, Coalesce, JSONObject, Lower
from django.db.models.lookups import LessThanOrEqual
from django.utils import timezone

from articles.cards import Card
from articles.upkeep.editions import turn
from newsroom.db.compiled_queries import CompiledQuery, Param
from newsroom.db.sql import sql_of
from newsroom.paging import after_place, before_place
from newsroom.query_hints import Unindexed
from providers.querysets import file_of_logo

# SQLite takes five hundred parts in one query; a topic of so many others is not one that readers look through.
MOST_ARMS = 100

# Up to this many matches are looked up by key and sorted; more are found by walking a list in its order.
FEW = 2000

# The columns of a Card, which has them in this order.
CARD_COLUMNS = (
    *("pk", "title", "excerpt", "kind", "locale", "published_at", "dated_at", "url_date", "slug"),
    *("provider__name", "logo", "picture_said", "outlets"),
)
# What rows of the desk's list show and sort by: making objects of all forty columns takes longer than reading them.
ROW_COLUMNS = (
    *(
        "title",
        "kind",
        "dated_at",
        "url_date",
        "slug",
        "state",
        "visible_from",
        "visible_until",
        "quality",
        "heat",
        "pin",
        "web_url",
        "original_url",
        "proposed_publish_at",
    ),
    "provider__name",
)
# What no page of a story shows.
NOT_ON_PAGES = ("items", "actions", "publishers", "upstream_tags", "kept_fields", "proposed_publish_at")
NOT_ON_PAGES_OF_PROVIDER = ("logos_offered", "description")
# What a topic's page shows of the topic and of those below it, and of the one above each.
TOPIC_COLUMNS = ("name", "short_name", "slug", "description")
PARENT_COLUMNS = ("name", "short_name", "slug")
# The order of topics: those with others below them, then by name.
TREES_FIRST = ("is_alone", "lower_name", "pk")
# The topic in a query that is compiled once for many topics.
ANY_TOPIC = Param("topic", models.BigIntegerField())


class ArticleQuerySet(models.QuerySet):
    def published(self, now=None):
        """Keep what readers may see now. Every public page, feed, search and API call goes through it.

        Computed when a page is read, so that a schedule comes true without a worker.
        """
        now = now or timezone.now()
        # Nearly all published stories have appeared, so an index of their times would only be in the way.
        has_appeared = LessThanOrEqual(Unindexed("visible_from"), now)
        return self.filter(Q(visible_until__isnull=True) | Q(visible_until__gt=now), has_appeared, published=True)

    def for_front_page(self):
        """Order by rank; what is not scored never ranks."""
        return self.filter(rank__isnull=False).order_by("-rank", "-pk")

    def pinned(self):
        """Keep what the desk pinned to the front page, in that order; of two at one place the newest first."""
        # "At least 1" says no more than "is not null", but SQLite begins at it in the index of pins.
        return self.filter(pin__isnull=False, pin__gte=1).order_by("pin", "-dated_at", "-pk")

    def latest_first(self):
        """Order by time, newest first."""
        return self.order_by("-dated_at", "-pk")

    def newly_visible_first(self, now=None):
        """Order by when readers first saw them, newest first, as feeds and "Latest" do.

        It leaves out what an import published without a date (articles/visibility.py).
        """
        now = now or timezone.now()
        return self.filter(first_visible_at__isnull=False, first_visible_at__lte=now).order_by(
            "-first_visible_at", "-pk"
        )

    def dated(self):
        """Keep the stories whose provider gave a date: others are nobody's news."""
        return self.filter(published_at__isnull=False)

    def about(self, topics):
        """Keep the stories that are about at least one of `topics`, each once. Makes one query to choose the way."""
        links = self.model.topics.through.objects.filter(tag__in=topics).order_by()
        if has_few(links):
            return self.filter(pk__in=links.values("content_object_id"))
        return self.filter(Exists(links.filter(content_object=OuterRef("pk"))))

    def first_about(self, topics, limit, by="dated_at", before=None):
        """Return the first `limit` stories about at least one of `topics`, each once, by time or by rank.

        `topics` are keys or Params; `by` is "dated_at", "first_visible_at" or "rank", descending, and leaves
        out stories without it; `before` is a place (time, key) after which to begin. What it costs depends on `limit`
        and the number of topics, not on the number of stories
        (articles/upkeep/places.py).
        """
        if len(topics) == 1:
            return self.of_topic(topics[0], limit, by, before)
        if len(topics) > MOST_ARMS:
            earlier = before_place(before) if before else Q()
            return self.about(topics).filter(earlier, **{f"{by}__isnull": False}).order_by(f"-{by}", "-pk")[:limit]
        keys = union_of([self.of_topic(ANY_TOPIC, limit, by, before).values("pk")], topics)
        found = self.model.objects.filter(pk__in=keys) if topics else self.none()
        return found.order_by(f"-{by}", "-pk")[:limit]

    def of_topic(self, topic, limit, by="dated_at", before=None):
        """Return the first `limit` stories about one topic (by its key) itself, by the index of its places."""
        place = {"topic_links__tag": topic, "topic_links__published": True}
        if by != "dated_at":
            place[f"topic_links__{by}__isnull"] = False
        earlier = before_place(before, "topic_links__dated_at", "topic_links__content_object") if before else Q()
        return self.filter(earlier, **place).order_by(f"-topic_links__{by}", "-topic_links__content_object_id")[:limit]

    def with_card_data(self):
        """Load what a form for a row of the desk's list takes beside the story's columns."""
        return (
            self.select_related("provider")
            .annotate(outlets=other_outlets(self.model))
            .defer("body", "featured_content", "items", "actions")
            .prefetch_related("images", "provider__images")
        )

    def for_rows(self):
        """Load what a row of the desk's list shows of a story, and no more: its provider and its other outlets too."""
        return self.select_related("provider").annotate(outlets=other_outlets(self.model)).only(*ROW_COLUMNS)

    def with_card_columns(self):
        """Annotate what a Card holds beside the story's own columns: CARD_COLUMNS names all of them."""
        return self.annotate(
            outlets=other_outlets(self.model),
            logo=file_of_logo(related_model(self.model, "provider"), "provider"),
            picture_said=first_picture(self.model),
        )

    def card_query(self):
        """Return the CompiledQuery for the Cards of these stories."""
        return cards_query(lambda: self)

    def cards(self, *also):
        """Return the list of Cards of these stories. One query."""
        return [Card(*row) for row in self.with_card_columns().values_list(*CARD_COLUMNS, *also)]

    def neighbours(self, place):
        """Return the next older and the next newer story to a place (time, key) in time, in no order."""
        older = self.filter(before_place(place)).latest_first().values("pk")[:1]
        newer = self.filter(after_place(place)).order_by("dated_at", "pk").values("pk")[:1]
        return self.model.objects.filter(pk__in=union_of([older, newer]))

    def for_story_page(self):
        """Load what a story's page shows of the story itself and its provider, with the file of that one's logo.

        `is_imported` says whether it came from a provider, and was not written at the desk.
        """
        logo = file_of_logo(related_model(self.model, "provider"), "provider")
        upstream = related_model(self.model, "upstream").objects.filter(article=OuterRef("pk"))
        return (
            self.select_related("provider")
            .defer(*NOT_ON_PAGES, *(f"provider__{name}" for name in NOT_ON_PAGES_OF_PROVIDER))
            .annotate(provider_logo=logo, is_imported=Exists(upstream))
        )


def cards_query(make_stories):
    """Return the CompiledQuery for the Cards of the stories that `make_stories` returns a queryset of."""
    return CompiledQuery(lambda: make_stories().with_card_columns(), CARD_COLUMNS, Card)


def has_few(matches):
    """Return whether a queryset matches so few rows that they are best looked up by key. Counts no further."""
    return matches.values("pk")[: FEW + 1].count() <= FEW


def union_of(querysets, topics=(None,)):
    """Return the rows of all `querysets` as an expression, see union_sql."""
    return RawSQL(*union_sql(querysets, topics))  # noqa: S611


def union_sql(querysets, topics=(None,)):
    """Return (SQL, parameters) of the rows of all `querysets`; each may be sliced, which SQLite's own unions refuse.

    Each comes once for each of `topics`, keys or Params, in place of ANY_TOPIC.
    """
    parts, params = [], []
    for queryset in querysets:
        try:
            sql, own_params = sql_of(queryset)
        except EmptyResultSet:
            continue
        for topic in topics:
            parts.append(f"SELECT * FROM ({sql}) AS arm")  # noqa: S608
            here = topic.slot if isinstance(topic, Param) else topic
            params += [here if param == ANY_TOPIC.slot else param for param in own_params]
    return " UNION ALL ".join(parts) or "SELECT 0 WHERE 1 = 0", tuple(params)


def related_model(model, name):
    """Return the model behind a reverse relation, which this module cannot import, as it is made of these querysets."""
    return model._meta.get_field(name).related_model


@lru_cache
def other_outlets(article_model):
    """Return the expression that counts the other outlets covering a story."""
    links = (
        related_model(article_model, "related_links")
        .objects.shown()
        .filter(article=OuterRef("pk"), provider__isnull=False)
    )
    others = links.exclude(provider=OuterRef("provider")).order_by().values("article")
    return Coalesce(Subquery(others.annotate(n=Count("provider", distinct=True)).values("n")), 0)


@lru_cache
def first_picture(article_model):
    """Return the expression of the first picture of a story that we have a copy of, as JSON or NULL."""
    images = related_model(article_model, "images").objects.filter(article=OuterRef("pk")).exclude(file="")
    said = Cast(JSONObject(file="file", width="width", height="height", title="title"), models.TextField())
    return Subquery(images.order_by("position", "pk").values(said=said)[:1])


class WithStoriesQuerySet(models.QuerySet):
    """Of what comes with stories, be it written in bulk by itself (articles/upkeep/editions.py)."""

    def bulk_create(self, *args, **kwargs):
        with transaction.atomic(using=self.db):
            made = super().bulk_create(*args, **kwargs)
            turn(self.db)
        return made


class RelatedLinkQuerySet(WithStoriesQuerySet):
    def shown(self):
        """Keep what the desk has not hidden."""
        return self.filter(is_hidden=False)

    def for_readers(self, now=None):
        """Keep what readers may see, best quality first; `own_story` is the one that readers see."""
        stories = related_model(self.model, "article").objects.published(now)
        return self.shown().with_own_story(stories).order_by(F("quality").desc(nulls_last=True), "position", "pk")

    def with_own_story(self, stories=None):
        """Annotate `own_story`, our story of the same piece: JSON, {"url_date", "slug", "title"}, or NULL.

        It is one of `stories`, if given.
        """
        if stories is None:
            stories = related_model(self.model, "article").objects.all()
        own = stories.filter(identity=OuterRef("identity")).order_by()
        as_json = Cast(JSONObject(url_date="url_date", slug="slug", title="title"), models.TextField())
        return self.annotate(own_story=Subquery(own.values(as_json=as_json)[:1]))


class TopicQuerySet(models.QuerySet):
    def answering_to(self, name):
        """Return (the topic that upstream means by `name`, or None if it was deleted; whether it had to be made)."""
        alias = related_model(self.model, "aliases").objects.select_related("topic").filter(name=name).first()
        return (alias.topic, False) if alias else self.get_or_create(name=name)

    def slug_now_of(self, slug):
        """Return the slug of the topic that had another before, "" of a deleted one, None of none. One query."""
        former = related_model(self.model, "former_slugs").objects.select_related("topic").filter(slug=slug).first()
        return former and (former.topic.slug if former.topic else "")

    def for_readers(self, now=None):
        """Keep the topics of the tree, and others only if readers may see a story about them."""
        return self.filter(Q(parent__isnull=False) | self.has_children() | self.has_stories("tag", now))

    def for_navigation(self, now=None):
        """Keep the topics that stand below no other and are about something, ordered by TREES_FIRST."""
        return (
            self.filter(self.has_stories("tag", now) | self.has_stories("tag__parent", now), parent__isnull=True)
            # A number, as `NOT EXISTS (...) > x` is read as NOT of the rest.
            .annotate(is_alone=Case(When(self.has_children(), then=0), default=1), lower_name=Lower("name"))
            .order_by(*TREES_FIRST)
        )

    def has_children(self):
        """Return the condition that a topic has others below it."""
        return Exists(self.model.objects.filter(parent=OuterRef("pk")))

    def has_stories(self, where, now=None):
        """Return the condition that readers may see a story about a topic ("tag") or one below it ("tag__parent")."""
        stories = related_model(self.model, "article_links")._meta.get_field("content_object").related_model
        # From the story, not from a list of all visible ones: the first that is found is enough.
        about = {f"topic_links__{where}": OuterRef("pk"), "topic_links__published": True}
        return Exists(stories.objects.published(now).filter(**about))

    def with_those_below(self, slug):
        """Keep the topic that has a slug, and those below it, their parents loaded."""
        columns = (*TOPIC_COLUMNS, *(f"parent__{name}" for name in PARENT_COLUMNS))
        return self.filter(Q(slug=slug) | Q(parent__slug=slug)).select_related("parent").only(*columns)

    def with_children(self):
        """Load the topics below each. One query more."""
        return self.prefetch_related("children")
