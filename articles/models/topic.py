from __future__ import annotations

from itertools import count
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models, router, transaction
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _
from taggit.models import ItemBase, TagBase

from articles.querysets import StoryPartQuerySet, TopicAliasQuerySet, TopicQuerySet
from newsroom.addresses import path_of
from providers.name_keys import NameKeyField

TOPIC_NAME_LIMIT = 100
# Shorter than the column, as some letters become several in a slug and duplicates get a number.
SLUG_LIMIT = 90


class Topic(TagBase):
    """A subject of stories: django-taggit's tag, in a tree."""

    parent = models.ForeignKey(
        "self", models.SET_NULL, null=True, blank=True, related_name="children", verbose_name=_("parent")
    )
    short_name = models.CharField(_("short name"), max_length=TOPIC_NAME_LIMIT, blank=True)
    description = models.TextField(_("description"), blank=True)
    keywords = models.JSONField(_("keywords"), default=list, blank=True)
    hashtags = models.JSONField(_("hashtags"), default=list, blank=True)
    # Upstream's last values by the format's keys, unknown ones included: the base of the next merge.
    upstream_values = models.JSONField(editable=False, default=dict)

    objects = TopicQuerySet.as_manager()

    class Meta:
        ordering = [Lower("name")]
        verbose_name = _("topic")
        verbose_name_plural = _("topics")
        constraints = [
            models.CheckConstraint(
                condition=Q(parent__isnull=True) | ~Q(parent=F("id")), name="topic_is_not_its_own_parent"
            ),
            models.CheckConstraint(condition=~Q(name=""), name="topic_has_a_name"),
        ]

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save, and keep the topic reachable by its former names (TopicAlias) and slugs (FormerTopicSlug)."""
        with transaction.atomic(using=kwargs.get("using") or router.db_for_write(Topic, instance=self)):
            is_new, update_fields = self._state.adding, kwargs.get("update_fields")
            may_change_slug = not is_new and (update_fields is None or "slug" in update_fields)
            former_slug = self.slug_in_database() if may_change_slug else ""
            super().save(*args, **kwargs)
            TopicAlias.objects.update_or_create(name=self.name, defaults={"topic": self})
            if is_new or former_slug not in ("", self.slug):
                FormerTopicSlug.objects.filter(slug=self.slug).delete()
            if former_slug not in ("", self.slug):
                FormerTopicSlug.objects.update_or_create(slug=former_slug, defaults={"topic": self})

    def slug_in_database(self) -> str:
        return Topic.objects.filter(pk=self.pk).values_list("slug", flat=True).first() or ""

    def get_absolute_url(self) -> str:
        return path_of("topic", self.slug)

    def slugify(self, tag: str, i: int | None = None) -> str:
        """Return a slug, with the number `i` if given; a name without letters and digits gets "topic-1", "topic-2" …"""
        plain = slugify(tag, allow_unicode=True)[:SLUG_LIMIT].strip("-_")
        if not plain:
            taken = set(Topic.objects.filter(slug__startswith="topic-").values_list("slug", flat=True))
            return next(slug for slug in (f"topic-{number}" for number in count(i or 1)) if slug not in taken)
        return plain if i is None else f"{plain}_{i}"

    @property
    def label(self) -> str:
        """The short name, else the name."""
        return self.short_name or self.name

    def clean(self) -> None:
        """Reject a parent that is this topic or a descendant of it."""
        ancestor: Topic | None = self.parent
        visited: set[int] = set()
        while ancestor is not None and ancestor.pk not in visited:
            if self.pk is not None and ancestor.pk == self.pk:
                raise ValidationError({"parent": _("A topic cannot be below itself.")})
            visited.add(ancestor.pk)
            ancestor = ancestor.parent


class TopicAlias(models.Model):
    """A name that upstream uses for a topic; it stays when an editor renames the topic, so imports still find it.

    Without a topic it is the name of a deleted one, which imports ignore.
    """

    topic = models.ForeignKey(
        Topic, models.SET_NULL, null=True, blank=True, related_name="aliases", verbose_name=_("topic")
    )
    name = models.CharField(_("name"), max_length=TOPIC_NAME_LIMIT, unique=True)
    key = NameKeyField()

    objects = TopicAliasQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        verbose_name = _("upstream name")
        verbose_name_plural = _("upstream names")
        indexes = [models.Index(fields=["key"], name="upstream_topic_by_key")]

    def __str__(self) -> str:
        return self.name


class FormerTopicSlug(models.Model):
    """A former slug of a topic that was renamed, merged or deleted.

    Its address redirects to the topic, for a deleted one to its parent, and without a topic to the list of topics.
    """

    topic = models.ForeignKey(
        Topic, models.SET_NULL, null=True, blank=True, related_name="former_slugs", verbose_name=_("topic")
    )
    slug = models.SlugField(_("slug"), max_length=100, unique=True, allow_unicode=True)

    class Meta:
        ordering = ["slug"]
        verbose_name = _("former address")
        verbose_name_plural = _("former addresses")
        constraints = [models.CheckConstraint(condition=~Q(slug=""), name="former_address_of_topic_has_a_slug")]

    def __str__(self) -> str:
        return self.slug


class ArticleTopic(ItemBase):
    """A topic of a story."""

    content_object = models.ForeignKey("articles.Article", models.CASCADE, related_name="topic_links")
    # It needs no index of its own, because the constraint below creates one.
    tag = models.ForeignKey(
        Topic, models.CASCADE, related_name="article_links", verbose_name=_("topic"), db_index=False
    )

    # Copies of the story's columns, maintained by triggers (articles/db/triggers/topic_order.py).
    dated_at = models.DateTimeField(null=True, editable=False)
    rank = models.FloatField(null=True, editable=False)
    published = models.BooleanField(default=False, editable=False)
    first_visible_at = models.DateTimeField(null=True, editable=False)

    objects = StoryPartQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        verbose_name = _("topic of a story")
        verbose_name_plural = _("topics of stories")
        constraints = [
            models.UniqueConstraint(fields=["tag", "content_object"], name="story_has_a_topic_once"),
        ]
        indexes = [
            models.Index(
                fields=["tag", "-dated_at", "-content_object"], name="latest_of_topic", condition=Q(published=True)
            ),
            models.Index(
                fields=["tag", "-rank", "-content_object"],
                name="hottest_of_topic",
                condition=Q(published=True, rank__isnull=False),
            ),
            models.Index(
                fields=["tag", "-first_visible_at", "-content_object"],
                name="newly_visible_of_topic",
                condition=Q(published=True, first_visible_at__isnull=False),
            ),
        ]
