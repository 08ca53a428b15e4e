from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from taggit.managers import TaggableManager

from articles import ranking
from articles.canonical_urls import identity_of
from articles.choices import Owner, State
from articles.models.coverage import SCORE_LIMIT, Coverage, urls_are_web_addresses
from articles.models.topic import ArticleTopic
from articles.querysets import ArticleQuerySet
from articles.site_days import day_of_site
from articles.slugs import free_slug
from articles.story_urls import reader_url
from articles.visibility import address_is_known, first_visible

if TYPE_CHECKING:
    from articles.models.identity import FormerIdentity
    from articles.models.image import Image
    from articles.models.topic import Topic

DURATION_TEXT_LIMIT = 100

# The number of slots on the front page.
SLOT_COUNT = 15
# `first_visible_at` is derived when one of these is written.
STATE_FIELDS = ("state", "state_owner", "visible_from", "first_visible_at")


class Article(Coverage):  # type: ignore[django-manager-missing] # the base of ArticleTopic, of taggit, has no types
    """A story, with the desk's values. Upstream's values are in its UpstreamDocument."""

    # The story's identity and its URL.
    identity = models.CharField(max_length=32, editable=False)
    url_date = models.DateField(null=True, editable=False)
    # It needs no index of its own, because the unique constraints below create some.
    slug = models.SlugField(_("slug"), max_length=120, allow_unicode=True, blank=True, db_index=False)

    # Workflow and order.
    state = models.CharField(_("state"), max_length=20, choices=State.choices, default=State.INBOX, editable=False)
    state_owner = models.CharField(max_length=20, choices=Owner.choices, default=Owner.UPSTREAM, editable=False)
    visible_from = models.DateTimeField(_("visible from"), null=True, blank=True, editable=False)
    visible_until = models.DateTimeField(_("visible until"), null=True, blank=True)
    # When readers first saw it or will first see it (articles/visibility.py). `visible_from` decides what they see now.
    first_visible_at = models.DateTimeField(_("first visible"), null=True, editable=False)
    # Shown at the desk only, without effect until somebody schedules the story.
    proposed_publish_at = models.DateTimeField(_("proposed publication time"), null=True, blank=True, editable=False)
    # A column, because SQLite uses a partial index for a boolean column, but not for a comparison.
    published = models.GeneratedField(
        expression=Q(state=State.PUBLISHED),  # type: ignore[arg-type] # Django takes a Q, its stubs do not
        output_field=models.BooleanField(_("published")),
        db_persist=True,
    )
    heat = models.IntegerField(
        _("heat"),
        default=ranking.NOT_SCORED,
        validators=[MinValueValidator(ranking.NOT_SCORED), MaxValueValidator(SCORE_LIMIT)],
        help_text=_("Editorial weight. −1 keeps it off the front page."),
    )
    pin = models.PositiveSmallIntegerField(
        _("front-page slot"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(SLOT_COUNT)],
        help_text=_("1–15 pins the story to that slot until you clear it. Leave empty to rank by heat."),
    )

    # Content.
    body = models.TextField(_("body"), blank=True, help_text=_("HTML or Markdown."))
    featured_content = models.TextField(_("player"), blank=True, help_text=_("HTML of a video player."))
    category = models.CharField(_("category"), max_length=100, blank=True)
    locale = models.CharField(_("language"), max_length=20, blank=True)
    # It needs no index of its own, because indexes below begin with it.
    provider = models.ForeignKey(
        "providers.Provider",
        models.PROTECT,
        null=True,
        blank=True,
        db_index=False,
        related_name="articles",
        verbose_name=_("provider"),
    )
    authors = models.JSONField(_("authors"), default=list, blank=True)
    publishers = models.JSONField(_("publishers"), null=True, blank=True, editable=False)
    topics = TaggableManager(through=ArticleTopic, verbose_name=_("topics"), blank=True, help_text="")

    # Courses, downloads and collections.
    price = models.CharField(_("price"), max_length=100, blank=True)
    duration = models.DurationField(_("length"), null=True, blank=True)
    # NULL when empty: a NOT NULL column could not be added without rewriting the table.
    duration_text = models.CharField(  # noqa: DJ001
        _("length as written"),
        max_length=DURATION_TEXT_LIMIT,
        null=True,
        blank=True,
        help_text=_("Shown instead of the length when that is not a fixed time, such as one month."),
    )
    levels = models.JSONField(_("levels"), default=list, blank=True)
    rating_count = models.PositiveIntegerField(_("number of ratings"), null=True, blank=True)
    rating_average = models.FloatField(_("average rating"), null=True, blank=True)
    items = models.JSONField(_("items"), default=list, blank=True)
    actions = models.JSONField(_("actions"), default=list, blank=True)
    upstream_tags = models.JSONField(_("tags"), default=list, blank=True)
    is_removed = models.BooleanField(_("removed upstream"), default=False)

    # Keys of the document format whose values imports leave as they are.
    kept_fields = models.JSONField(_("always our version"), default=list, editable=False)

    # Derived on every write; lists sort by them.
    dated_at = models.DateTimeField(editable=False)
    rank = models.FloatField(null=True, editable=False)
    created_at = models.DateTimeField(_("received"), default=timezone.now, editable=False)
    updated_at = models.DateTimeField(_("last changed"), auto_now=True)

    # Set while its import is undone: deleting it then creates no Tombstone.
    skip_tombstone = False
    # What its tombstone gets, remembered while it is being deleted.
    deleted_identities: Sequence[FormerIdentity] = ()
    deleted_path: str | None = None
    deleted_values: dict[str, Any] = {}

    objects = ArticleQuerySet.as_manager()

    class Meta:
        ordering = ["-dated_at", "-pk"]
        verbose_name = _("story")
        verbose_name_plural = _("stories")
        permissions = [
            ("publish_article", "Can publish, reject and withdraw stories"),
            ("import_article", "Can import stories in bulk"),
            ("export_article", "Can export stories"),
        ]
        constraints = [
            # Not `unique=True` on the field, for which Django creates a second index on PostgreSQL, for LIKE.
            models.UniqueConstraint(fields=["identity"], name="story_is_there_once"),
            models.UniqueConstraint(
                fields=["url_date", "slug"],
                condition=Q(url_date__isnull=False),
                name="story_has_its_url_of_the_day_alone",
            ),
            models.UniqueConstraint(
                fields=["slug"], condition=Q(url_date__isnull=True), name="undated_story_has_its_url_alone"
            ),
            models.CheckConstraint(condition=~Q(title=""), name="story_has_a_headline"),
            models.CheckConstraint(condition=~Q(slug=""), name="story_has_a_slug"),
            models.CheckConstraint(condition=Q(state__in=State.values), name="story_is_in_a_known_state"),
            models.CheckConstraint(
                condition=~Q(state=State.PUBLISHED) | Q(visible_from__isnull=False),
                name="published_story_is_visible_from_a_time",
            ),
            models.CheckConstraint(
                condition=Q(visible_until__isnull=True)
                | Q(visible_from__isnull=True)
                | Q(visible_until__gt=F("visible_from")),
                name="story_is_visible_until_after_it_is_visible_from",
            ),
            models.CheckConstraint(
                condition=Q(heat__range=(ranking.NOT_SCORED, SCORE_LIMIT)), name="heat_is_within_bounds"
            ),
            models.CheckConstraint(
                condition=Q(pin__isnull=True) | Q(pin__range=(1, SLOT_COUNT)), name="pin_is_a_place_on_the_front_page"
            ),
            models.CheckConstraint(
                condition=Q(quality__isnull=True) | Q(quality__range=(0, SCORE_LIMIT)),
                name="quality_is_within_bounds",
            ),
            models.CheckConstraint(
                condition=Q(heat__gt=ranking.NOT_SCORED, rank__isnull=False)
                | Q(heat=ranking.NOT_SCORED, rank__isnull=True)
                | Q(published_at__isnull=True, rank__isnull=True),
                name="story_with_a_date_ranks_if_and_only_if_it_is_scored",
            ),
            *urls_are_web_addresses("story"),
        ]
        indexes = [
            models.Index(fields=["-rank", "-id"], name="front_page", condition=Q(published=True, rank__isnull=False)),
            models.Index(fields=["pin"], name="pinned", condition=Q(published=True, pin__isnull=False)),
            models.Index(fields=["-dated_at", "-id"], name="latest", condition=Q(published=True)),
            models.Index(
                fields=["provider", "-dated_at", "-id"], name="latest_of_provider", condition=Q(published=True)
            ),
            models.Index(fields=["kind", "-dated_at", "-id"], name="latest_of_kind", condition=Q(published=True)),
            # Feeds and "Latest".
            models.Index(
                fields=["-first_visible_at", "-id"],
                name="newly_visible",
                condition=Q(published=True, first_visible_at__isnull=False),
            ),
            models.Index(
                fields=["provider", "-first_visible_at", "-id"],
                name="newly_visible_of_provider",
                condition=Q(published=True, first_visible_at__isnull=False),
            ),
            # When the next story appears or disappears on schedule.
            models.Index(fields=["visible_from"], name="next_to_appear", condition=Q(published=True)),
            models.Index(
                fields=["visible_until"],
                name="next_to_disappear",
                condition=Q(published=True, visible_until__isnull=False),
            ),
            models.Index(fields=["-dated_at", "-id"], name="removed_upstream", condition=Q(is_removed=True)),
            models.Index(fields=["-dated_at", "-id"], name="desk_by_time"),
            models.Index(fields=["state", "-dated_at", "-id"], name="desk_by_state"),
            models.Index(fields=["kind", "-dated_at", "-id"], name="desk_by_kind"),
            # Without "-id", so that the planner does not prefer it to `latest_of_provider`.
            models.Index(fields=["provider", "-dated_at"], name="desk_by_provider"),
            models.Index(fields=["provider", "state", "-dated_at", "-id"], name="desk_by_provider_and_state"),
            models.Index(fields=["-heat", "-id"], name="desk_by_heat"),
            models.Index(fields=["state", "-heat", "-id"], name="desk_by_state_and_heat"),
            models.Index(fields=["-quality", "-id"], name="desk_by_quality"),
            models.Index(fields=["state", "-quality", "-id"], name="desk_by_state_and_quality"),
        ]

    def save(self, *args: Any, update_fields: Iterable[str] | None = None, **kwargs: Any) -> None:
        """Save with derived columns. A new story gets a URL, which later only an editor changes.

        The state of an existing story is written only if `update_fields` names it, as the workflow does: saving an
        instance that was loaded before the story was withdrawn must not publish it again.
        """
        self.derive()
        if self._state.adding or (update_fields is not None and not {*STATE_FIELDS}.isdisjoint(update_fields)):
            self.first_visible_at = first_visible(self, timezone.now())
        if update_fields is None and not self._state.adding:
            writable = {field.name for field in self._meta.concrete_fields if not field.generated}
            update_fields = writable - {"id", *STATE_FIELDS}
        elif update_fields is not None:
            if not {*STATE_FIELDS}.isdisjoint(update_fields):
                update_fields = {*update_fields, "first_visible_at"}
            update_fields = {*update_fields, "dated_at", "rank", "updated_at"}
        super().save(*args, update_fields=update_fields, **kwargs)

    def derive(self) -> None:
        """Set the derived columns: sorting time and rank always, identity and URL only if they are missing."""
        if not self.identity:
            self.identity = identity_of(self.link) if self.link else uuid.uuid4().hex
        if self._state.adding and self.published_at and not self.url_date:
            self.url_date = day_of_site(self.published_at)
        if not self.slug:
            self.slug = free_slug(self)
        for name, value in self.derived_columns().items():
            setattr(self, name, value)
        self.published = self.state == State.PUBLISHED

    def derived_columns(self) -> dict[str, Any]:
        """Return {column: value} of the columns by which lists sort, which follow from its date and heat."""
        return {
            "dated_at": self.published_at or self.created_at,
            "rank": ranking.rank(self.heat, self.published_at),
        }

    def get_absolute_url(self) -> str:
        """Return the story's URL on the reader site."""
        return reader_url(self.url_date, self.slug)

    @property
    def topics_in_order(self) -> list[Topic]:
        """The topics in the order in which they were added, which the tag manager does not preserve."""
        return [link.tag for link in self.topic_links.all()]

    @property
    def picture(self) -> Image | None:
        """The picture that leads, or None. No query if `images` are prefetched in their order."""
        pictures = [image for image in self.images.all() if image.file and image.lead_score]
        return max(pictures, key=attrgetter("lead_score"), default=None)

    @property
    def is_visible(self) -> bool:
        """Whether readers can see the story now, as `ArticleQuerySet.visible` decides for a list."""
        now = timezone.now()
        return (
            self.state == State.PUBLISHED
            and self.visible_from is not None
            and self.visible_from <= now
            and (self.visible_until is None or self.visible_until > now)
        )

    @property
    def was_visible(self) -> bool:
        """Whether readers can or could see the story, so that its address must keep working."""
        return address_is_known(self, timezone.now())

    @property
    def is_scheduled(self) -> bool:
        """Whether the story is published, but not visible yet."""
        return self.state == State.PUBLISHED and self.visible_from is not None and self.visible_from > timezone.now()

    @property
    def is_expired(self) -> bool:
        """Whether the story is published, but no longer visible."""
        return self.state == State.PUBLISHED and self.visible_until is not None and self.visible_until <= timezone.now()
