from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.signals import post_delete, pre_delete
from django.dispatch import receiver
from django.utils.translation import gettext_lazy as _

from articles.models.identity import FormerIdentity, recognised_values
from articles.models.upstream import PATH_LIMIT

if TYPE_CHECKING:
    from articles.models.article import Article


class Tombstone(models.Model):
    """A deleted story, which imports do not create again until the tombstone is deleted.

    `path` and `values` are those of its UpstreamDocument, by which an import recognises its file under another URL;
    `values` has only the fields that this needs.
    """

    identity = models.CharField(max_length=32, unique=True, editable=False)
    title = models.CharField(_("headline"), max_length=1000)
    url = models.CharField(_("URL"), max_length=2048, blank=True)
    deleted_at = models.DateTimeField(_("deleted"), auto_now_add=True)
    deleted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("by")
    )
    path = models.CharField(max_length=PATH_LIMIT, null=True, editable=False)  # noqa: DJ001 - NULL as in UpstreamDocument
    values = models.JSONField(null=True, editable=False)

    class Meta:
        ordering = ["-deleted_at", "-pk"]
        verbose_name = _("deleted story")
        verbose_name_plural = _("deleted stories")
        indexes = [models.Index(fields=["path"], name="deleted_story_by_path", condition=Q(path__isnull=False))]

    def __str__(self) -> str:
        return self.title


@receiver(pre_delete, sender="articles.Article")
def remember_identities(sender: type[Article], instance: Article, **kwargs: object) -> None:
    """Remember what identifies a story before it is deleted together with its rows, for `create_tombstone`."""
    if instance.skip_tombstone:
        return
    upstream = getattr(instance, "upstream", None)
    instance.deleted_identities = list(instance.former_identities.all())
    instance.deleted_path = upstream.path if upstream else None
    instance.deleted_values = recognised_values(upstream.values if upstream else {})


@receiver(post_delete, sender="articles.Article")
def create_tombstone(sender: type[Article], instance: Article, **kwargs: object) -> None:
    """Create the tombstone of a deleted story, unless undoing its import deletes it."""
    if instance.skip_tombstone:
        return
    tombstone, _is_new = Tombstone.objects.get_or_create(
        identity=instance.identity,
        defaults={
            "title": instance.title,
            "url": instance.link,
            "path": instance.deleted_path,
            "values": instance.deleted_values,
        },
    )
    FormerIdentity.objects.bulk_create(
        [
            FormerIdentity(identity=former.identity, tombstone=tombstone, path=former.path, values=former.values)
            for former in instance.deleted_identities
        ],
        ignore_conflicts=True,
    )
