"""Where pictures come from, and the copies that we store: each URL once, and the same bytes once."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from articles.models.fields import WebURLField

# Hexadecimal digits of the SHA-256 of a file, and of that of a URL.
DIGEST_LENGTH, URL_DIGEST_LENGTH = 32, 32


class SourceState(models.TextChoices):
    """What became of the picture at a URL."""

    WAITING = "waiting", _("Not downloaded yet")
    STORED = "stored", _("Stored")
    # Worth another attempt, at `next_attempt_at`.
    FAILED = "failed", _("Download failed")
    # The same answer is expected next time.
    REFUSED = "refused", _("Not usable")
    BLOCKED = "blocked", _("Removed and blocked")
    NEVER = "never", _("Provider's pictures are not stored")


class BlockedPicture(models.Model):
    """A picture that the desk removed from all stories. It is not stored again until the desk allows it again."""

    title = models.CharField(_("picture"), max_length=1000, blank=True)
    # Empty for an upload.
    url = models.CharField(_("URL"), max_length=2048, blank=True)
    # On whose page it was blocked.
    article = models.ForeignKey(
        "articles.Article", models.SET_NULL, null=True, related_name="+", verbose_name=_("story")
    )
    blocked_at = models.DateTimeField(_("blocked"), auto_now_add=True)
    blocked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("by")
    )

    class Meta:
        ordering = ["-blocked_at", "-pk"]
        # `may_block_pictures` decides.
        default_permissions = ()
        verbose_name = _("blocked picture")
        verbose_name_plural = _("blocked pictures")

    def __str__(self) -> str:
        return self.title or self.url


class StoredPicture(models.Model):
    """A picture of which we keep a copy in several sizes; however many stories show it, it is stored once."""

    # The beginning of the SHA-256 of the bytes as received; the names of the files begin with it.
    digest = models.CharField(max_length=DIGEST_LENGTH, unique=True)
    # The name of the largest copy, from which pictures/renditions.py derives the names of all others.
    file = models.CharField(max_length=200)
    # The size as received, after its EXIF rotation; the copies may be smaller.
    width = models.PositiveIntegerField(_("width"))
    height = models.PositiveIntegerField(_("height"))
    bytes = models.PositiveIntegerField(_("bytes"))
    # Of the copy that feeds name; NULL if it was stored before this was recorded (`fetch_pictures` fills it in).
    shared_bytes = models.PositiveIntegerField(null=True, editable=False)
    media_type = models.CharField(_("media type"), max_length=100)
    # 64 bits as 16 hexadecimal digits: similar pictures differ in few of them.
    difference_hash = models.CharField(max_length=16)
    # The same picture in many stories of one outlet, such as its logo.
    is_site_picture = models.BooleanField(_("site picture"), default=False)
    # Its files are removed, and it is never stored again.
    is_blocked = models.BooleanField(_("blocked"), default=False)
    block = models.ForeignKey(
        BlockedPicture, models.SET_NULL, null=True, editable=False, related_name="pictures", db_index=False
    )
    created_at = models.DateTimeField(_("stored"), auto_now_add=True)

    class Meta:
        verbose_name = _("stored picture")
        verbose_name_plural = _("stored pictures")
        indexes = [
            models.Index(fields=["file"], name="stored_picture_by_file"),
            models.Index(fields=["difference_hash"], name="stored_picture_by_hash"),
            models.Index(fields=["id"], name="stored_site_pictures", condition=Q(is_site_picture=True)),
            models.Index(fields=["block"], name="pictures_of_block", condition=Q(block__isnull=False)),
        ]

    def __str__(self) -> str:
        return self.file


class PictureSourceQuerySet(models.QuerySet["PictureSource"]):
    def with_urls(self, urls: Iterable[str]) -> PictureSourceQuerySet:
        """Keep the sources of these URLs."""
        return self.filter(url_digest__in={digest_of_url(url) for url in urls})


class PictureSource(models.Model):
    """The absolute URL of a picture, and what became of downloading it."""

    State = SourceState

    # The index of a URL of 2,048 characters could be too large for PostgreSQL.
    url_digest = models.CharField(max_length=URL_DIGEST_LENGTH, unique=True, editable=False)
    url = WebURLField(verbose_name=_("URL"))
    state = models.CharField(_("state"), max_length=10, choices=SourceState.choices, default=SourceState.WAITING)
    # Why it failed or is refused: a code, such as "too_large", and a sentence for logs.
    reason = models.CharField(_("reason"), max_length=40, blank=True)
    reason_text = models.CharField(max_length=500, blank=True)
    attempts = models.PositiveIntegerField(_("attempts"), default=0)
    http_status = models.PositiveSmallIntegerField(null=True)
    etag = models.CharField(max_length=300, blank=True)
    last_modified = models.CharField(max_length=100, blank=True)
    last_attempt_at = models.DateTimeField(_("last attempt"), null=True)
    next_attempt_at = models.DateTimeField(_("next attempt"), null=True)
    stored = models.ForeignKey(StoredPicture, models.SET_NULL, null=True, related_name="sources")
    block = models.ForeignKey(
        BlockedPicture, models.SET_NULL, null=True, editable=False, related_name="sources", db_index=False
    )
    # The same URL in many stories of one outlet.
    is_site_picture = models.BooleanField(_("site picture"), default=False)

    objects = PictureSourceQuerySet.as_manager()

    class Meta:
        verbose_name = _("picture source")
        verbose_name_plural = _("picture sources")
        indexes = [
            models.Index(fields=["state", "next_attempt_at"], name="sources_by_next_attempt"),
            models.Index(fields=["id"], name="sources_of_site_pictures", condition=Q(is_site_picture=True)),
            models.Index(fields=["block"], name="sources_of_block", condition=Q(block__isnull=False)),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(state__in=SourceState.values), name="source_is_in_a_known_state"),
            models.CheckConstraint(
                condition=~Q(state=SourceState.STORED) | Q(stored__isnull=False), name="stored_source_has_a_picture"
            ),
        ]

    def __str__(self) -> str:
        return self.url


def digest_of_file(content: bytes) -> str:
    """Return the digest by which a StoredPicture is found."""
    return sha256(content).hexdigest()[:DIGEST_LENGTH]


def digest_of_url(url: str) -> str:
    """Return the digest by which a PictureSource is found."""
    return sha256(url.encode("utf-8", "surrogatepass")).hexdigest()[:URL_DIGEST_LENGTH]
