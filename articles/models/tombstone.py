from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models.signals import post_delete
from django.dispatch import receiver
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from articles.models.article import Article


class Tombstone(models.Model):
    """A deleted story, which imports do not create again until the tombstone is deleted."""

    identity = models.CharField(max_length=32, unique=True, editable=False)
    title = models.CharField(_("headline"), max_length=1000)
    url = models.CharField(_("URL"), max_length=2048, blank=True)
    deleted_at = models.DateTimeField(_("deleted"), auto_now_add=True)
    deleted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("by")
    )

    class Meta:
        ordering = ["-deleted_at", "-pk"]
        verbose_name = _("deleted story")
        verbose_name_plural = _("deleted stories")

    def __str__(self) -> str:
        return self.title


@receiver(post_delete, sender="articles.Article")
def create_tombstone(sender: type[Article], instance: Article, **kwargs: object) -> None:
    """Create the tombstone of a deleted story, unless undoing its import deletes it."""
    if getattr(instance, "skip_tombstone", False):
        return
    Tombstone.objects.get_or_create(
        identity=instance.identity, defaults={"title": instance.title, "url": instance.link}
    )
