from functools import lru_cache

from django.apps import apps
from django.core.exceptions import EmptyResultSet
from django.db import models
from django.db.models import Count, Exists, F, OuterRef, Prefetch, Q, Subquery
from django.db.models.expressions import RawSQL
from django.db.models.functions import Coalesce, Lower
from django.utils import timezone

from newsroom.paging import after_place, before_place

# What a row of related coverage shows, and by what our own story of the same is visible.
LINK_COLUMNS = (
    *("article_id", "title", "published_at", "web_url", "original_url", "quality", "position", "provider__name"),
    *(f"linked_article__{name}" for name in ("slug", "url_date", "state", "visible_from", "visible_until")),
)

# Stands for a topic in a query that is made once for many; no key of a topic is negative.
UNNAMED = -1_234_567_890
# SQLite takes five hundred parts in one statement; a topic of so many others is not one that readers look through.
MOST_ARMS = 100

# What cards show and lists sort by: making objects of all forty columns takes longer than reading them.
CARD_COLUMNS = (
    *("title", "excerpt", "kind", "locale", "published_at", "dated_at", "url_date", "slug"),
    *("provider__name", "provider__slug", "provider__is_active"),
)


class ArticleQuerySet(models.QuerySet):
    def published(self, now=None):
        """Keep what readers may see now. Every public page, feed, search and API call goes through it.

        Computed when a page is read, so that a schedule comes true without a worker.
        """
        now = now or timezone.now()
        return self.filter(
            Q(visible_until__isnull=True) | Q(visible_until__gt=now), published=True, visible_from__lte=now
        )

    def for_front_page(self):
        """Order by rank; what is not scored never ranks."""
        return self.filter(rank__isnull=False).order_by("-rank", "-pk")

    def pinned(self):
        """Keep what the desk pinned to the front page, in that order; of two at one place the newest first."""
        return self.filter(pin__isnull=False).order_by("pin", "-dated_at", "-pk")

    def latest_first(self):
        """Order by time, newest first."""
        return self.order_by("-dated_at", "-pk")

    def about(self, topics):
        """Keep the stories that are about at least one of `topics`, each once."""
        links = self.model.topics.through.objects.filter(tag__in=topics)
        return self.filter(pk__in=links.values("content_object_id"))

    def first_about(self, topics, limit, by="dated_at", before=None):
        """Return the first `limit` stories about at least one of `topics`, each once, by time or by rank.

        `by` is "dated_at" or "rank", descending; `before` a cursor (time, key) after which to begin. What it costs
        depends on `limit` and the number of topics, not on the number of stories (articles/upkeep/places.py).
        """
        if len(topics) == 1:
            return self.of_topic(topics[0].pk, limit, by, before)
        if len(topics) > MOST_ARMS:
            earlier = before_place(before) if before else Q()
            return self.about(topics).filter(earlier, **{f"{by}__isnull": False}).order_by(f"-{by}", "-pk")[:limit]
        keys = union_of([self.of_topic(UNNAMED, limit, by, before).values("pk")], [topic.pk for topic in topics])
        found = self.model.objects.filter(pk__in=keys) if topics else self.none()
        return found.order_by(f"-{by}", "-pk")[:limit]

    def of_topic(self, topic, limit, by="dated_at", before=None):
        """Return the first `limit` stories about one topic (by its key) itself, by the index of its places."""
        place = {"topic_links__tag": topic, "topic_links__published": True}
        if by == "rank":
            place["topic_links__rank__isnull"] = False
        earlier = before_place(before, "topic_links__dated_at", "topic_links__content_object") if before else Q()
        return self.filter(earlier, **place).order_by(f"-topic_links__{by}", "-topic_links__content_object")[:limit]

    def with_card_data(self):
        """Load what a card shows beside the story's own columns: provider with logos, pictures, other outlets."""
        return (
            self.select_related("provider")
            .annotate(outlets=other_outlets(self.model))
            .defer("body", "featured_content", "items", "actions")
            .prefetch_related("images", "provider__images")
        )

    def for_cards(self, also=()):
        """Load what a card shows, and the columns `also`; pictures `cards` loads with one query for all."""
        return self.select_related("provider").annotate(outlets=other_outlets(self.model)).only(*CARD_COLUMNS, *also)

    def cards(self, also=(), also_pictures_of=()):
        """Return the list of stories with all that their cards show, and the columns `also`. Two queries.

        The second loads the pictures of stories and their providers, and of the providers `also_pictures_of`.
        """
        stories = list(self.for_cards(also))
        load_pictures(stories, [*also_pictures_of, *(story.provider for story in stories if story.provider)])
        return stories

    def neighbours(self, story):
        """Return (the next older, the next newer) story by time, each None if there is none. One query."""
        place = (story.dated_at, story.pk)
        older = self.filter(before_place(place)).latest_first().values("pk")[:1]
        newer = self.filter(after_place(place)).order_by("dated_at", "pk").values("pk")[:1]
        both = self.model.objects.filter(pk__in=union_of([older, newer])).only(
            "title", "locale", "slug", "url_date", "dated_at"
        )
        found = {(other.dated_at, other.pk) > place: other for other in both}
        return found.get(False), found.get(True)

    def with_story_data(self):
        """Load what a story's page shows but its pictures: topics and related coverage included. Three queries."""
        links = related_model(self.model, "related_links").objects.for_readers()
        topics = (
            related_model(self.model, "topic_links")
            .objects.select_related("tag")
            .only("content_object_id", "tag__name", "tag__short_name", "tag__slug")
        )
        return self.select_related("provider").prefetch_related(
            Prefetch("topic_links", topics), Prefetch("related_links", links)
        )


def union_of(querysets, topics=(None,)):
    """Return the rows of all `querysets` as an expression; each may be sliced, which SQLite's own unions refuse.

    Each comes once for each of the keys `topics`, in place of the topic UNNAMED: making a query takes longer
    than running it.
    """
    statements, params = [], []
    for queryset in querysets:
        try:
            statement, given = queryset.query.sql_with_params()
        except EmptyResultSet:
            continue
        for topic in topics:
            statements.append(f"SELECT * FROM ({statement}) AS arm")  # noqa: S608
            params += [topic if param == UNNAMED else param for param in given]
    return RawSQL(" UNION ALL ".join(statements) or "SELECT 0 WHERE 1 = 0", params)  # noqa: S611


def load_pictures(stories, providers):
    """Give stories and providers their pictures of which we have a copy, as if each had been asked. One query."""
    Image = apps.get_model("articles", "Image")
    owned = {("article_id", story.pk): [] for story in stories} | {
        ("provider_id", provider.pk): [] for provider in providers
    }
    keys = {column: [key for name, key in owned if name == column] for column in ("article_id", "provider_id")}
    images = Image.objects.filter(Q(article__in=keys["article_id"]) | Q(provider__in=keys["provider_id"]))
    for image in images.exclude(file="").order_by("position", "pk"):
        owner = ("article_id", image.article_id) if image.article_id else ("provider_id", image.provider_id)
        owned[owner].append(image)
    for column, owners in (("article_id", stories), ("provider_id", providers)):
        for owner in owners:
            # A list does where only `all` is asked, and a queryset for each of fifty takes longer than the query.
            owner.__dict__.setdefault("_prefetched_objects_cache", {})["images"] = owned[column, owner.pk]


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


class RelatedLinkQuerySet(models.QuerySet):
    def shown(self):
        """Keep what the desk has not hidden."""
        return self.filter(is_hidden=False)

    def for_readers(self):
        """Keep what readers may see, best quality first, with its provider and our own story of it, if any."""
        return (
            self.shown()
            .select_related("provider", "linked_article")
            .only(*LINK_COLUMNS)
            .order_by(F("quality").desc(nulls_last=True), "position", "pk")
        )


class TopicQuerySet(models.QuerySet):
    def answering_to(self, name):
        """Return (the topic that upstream means by `name`, or None if it was deleted; whether it had to be made)."""
        alias = related_model(self.model, "aliases").objects.select_related("topic").filter(name=name).first()
        return (alias.topic, False) if alias else self.get_or_create(name=name)

    def slug_now_of(self, slug):
        """Return the slug of the topic that had another before, "" of a deleted one, None of none. One query."""
        former = related_model(self.model, "former_slugs").objects.select_related("topic").filter(slug=slug).first()
        return former and (former.topic.slug if former.topic else "")

    def for_readers(self):
        """Keep the topics of the tree, and others only if readers may see a story about them."""
        return self.filter(Q(parent__isnull=False) | self.has_children() | self.has_stories("tag"))

    def for_navigation(self, now=None):
        """Keep the topics that stand below no other and are about something, those with topics below first."""
        return (
            self.filter(self.has_stories("tag", now) | self.has_stories("tag__parent", now), parent__isnull=True)
            .annotate(is_tree=self.has_children())
            .order_by("-is_tree", Lower("name"))
        )

    def has_children(self):
        """Return the condition that a topic has others below it."""
        return Exists(self.model.objects.filter(parent=OuterRef("pk")))

    def has_stories(self, where, now=None):
        """Return the condition that readers may see a story about a topic ("tag") or one below it ("tag__parent")."""
        stories = related_model(self.model, "article_links")._meta.get_field("content_object").related_model
        # From the story, not from a list of all visible ones: the first that is found is enough.
        return Exists(stories.objects.published(now).filter(**{f"topic_links__{where}": OuterRef("pk")}))

    def with_those_below(self, slug):
        """Return the topic that has a slug, its parent and children loaded, or None. One query.

        Whether readers may see it is not asked: those of the tree they may, others if there is a story about them.
        """
        found = list(self.filter(Q(slug=slug) | Q(parent__slug=slug)).select_related("parent"))
        topic = next((topic for topic in found if topic.slug == slug), None)
        if topic is not None:
            below = [child for child in found if child is not topic and child.parent_id == topic.pk]
            topic._prefetched_objects_cache = {"children": below}
        return topic

    def with_children(self):
        """Load the topics below each. One query more."""
        return self.prefetch_related("children")
