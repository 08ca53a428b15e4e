"""The desk's own data: open stories, saved views, import preferences and bulk changes."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlencode

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from articles.choices import BulkAction, RowResult

if TYPE_CHECKING:
    from providers.models import Provider

# The interval in which an open page of a story sends a heartbeat; after three missed ones it counts as closed.
HEARTBEAT = timedelta(seconds=20)


class OpenStoryQuerySet(models.QuerySet["OpenStory"]):
    def current(self) -> OpenStoryQuerySet:
        """Keep the pages that are open now."""
        return self.filter(seen_at__gt=timezone.now() - 3 * HEARTBEAT)


class OpenStory(models.Model):
    """A story's page that a user has open."""

    article = models.ForeignKey("articles.Article", models.CASCADE, related_name="open_by")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    since = models.DateTimeField(default=timezone.now)
    seen_at = models.DateTimeField(default=timezone.now)

    objects = OpenStoryQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["article", "user"], name="person_has_a_story_open_once"),
        ]

    def __str__(self) -> str:
        return f"{self.user}: {self.article_id}"


class SavedViewQuerySet(models.QuerySet["SavedView"]):
    def replace_filter(self, names: Collection[str], before: int, after: int) -> None:
        """Replace the key `before` by `after` in the filters of views with one of these query parameter `names`."""
        for view in self.filter(query__contains=f"={before}"):
            pairs = [
                (name, str(after) if name in names and value == str(before) else value)
                for name, value in parse_qsl(view.query)
            ]
            view.query = urlencode(sorted(pairs))
            view.save(update_fields=["query"])


class SavedView(models.Model):
    """A named list of stories: its filters, search and order as a query string."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="saved_views")
    name = models.CharField(_("name"), max_length=60)
    query = models.CharField(max_length=2000)
    is_shared = models.BooleanField(_("shared with everyone"), default=False)

    objects = SavedViewQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["owner", "name"], name="view_has_its_name_alone"),
            models.CheckConstraint(condition=~Q(name=""), name="view_has_a_name"),
        ]

    def __str__(self) -> str:
        return self.name


def move_saved_views(sender: type[Provider], source: Provider, target: Provider, **kwargs: object) -> None:
    """Replace a merged provider by its target in the filters of saved views; receives `about_to_merge`."""
    SavedView.objects.replace_filter(("provider__id__exact",), source.pk, target.pk)


class ImportPreference(models.Model):
    """A user's last choice for publishing the new stories of an import."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, related_name="import_preference")
    # A value of importing.publication.PublishPolicy.
    publish = models.CharField(max_length=20)

    def __str__(self) -> str:
        return f"{self.user}: {self.publish}"


class BulkChange(models.Model):
    """One action on many stories: a preview first, then each story in turn."""

    class State(models.TextChoices):
        PREVIEW = "preview", _("Preview")
        QUEUED = "queued", _("Waiting to run")
        RUNNING = "running", _("Running")
        FINISHED = "finished", _("Finished")
        INTERRUPTED = "interrupted", _("Interrupted")

    action = models.CharField(_("action"), max_length=20, choices=BulkAction.choices)
    state = models.CharField(_("state"), max_length=20, choices=State.choices, default=State.PREVIEW)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("by")
    )
    # The action's options: a reason, a time, a number, a topic, a provider (articles/bulk_actions/actions.py).
    options = models.JSONField(default=dict)
    keys = models.JSONField(default=list)
    total = models.PositiveIntegerField(_("stories"))
    done = models.PositiveIntegerField(default=0)
    counts = models.JSONField(_("results"), default=dict)
    note = models.TextField(blank=True)
    created_at = models.DateTimeField(_("started"), auto_now_add=True)
    alive_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(_("finished"), null=True)

    class Meta:
        ordering = ["-pk"]
        verbose_name = _("bulk change")
        verbose_name_plural = _("bulk changes")
        indexes = [models.Index(fields=["state", "-id"], name="bulk_changes_by_state")]

    def __str__(self) -> str:
        return f"{self.get_action_display()}: {self.total}"

    @property
    def is_over(self) -> bool:
        """Whether it has ended: it is neither queued nor running."""
        return self.state not in (self.State.QUEUED, self.State.RUNNING)


class BulkChangeRow(models.Model):
    """The result of one story of a bulk change."""

    change = models.ForeignKey(BulkChange, models.CASCADE, related_name="rows")
    position = models.PositiveIntegerField()
    article = models.ForeignKey("articles.Article", models.SET_NULL, null=True, related_name="+")
    title = models.CharField(max_length=300)
    result = models.CharField(_("result"), max_length=20, choices=RowResult.choices)
    message = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["change", "position"], name="bulk_change_does_a_story_once"),
        ]
        indexes = [models.Index(fields=["change", "result", "position"], name="rows_by_result")]

    def __str__(self) -> str:
        return f"{self.title}: {self.result}"
