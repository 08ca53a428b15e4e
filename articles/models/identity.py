"""What else identifies a story: former identities and addresses, and stories that may be one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from articles.models.upstream import PATH_LIMIT

if TYPE_CHECKING:
    from articles.models.article import Article
    from articles.models.upstream import UpstreamDocument

# The keys of a document by which a file is recognised as the same story under another URL.
RECOGNISED_BY = ("title", "provider", "webUrl", "originalUrl", "publishedDateTime")

# The identities under which the files of duplicates are stored begin with it; no document has one of them.
DUPLICATE = "duplicate-"
# Undoing an import does not touch those.
NOT_OF_DUPLICATE = ~Q(identity__startswith=DUPLICATE)


def recognised_values(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return those of a document's values by which its file is recognised under another URL."""
    return {key: values[key] for key in RECOGNISED_BY if key in values}


class KnownFile(NamedTuple):
    """The path of a story's file and the values by which it is recognised; both None if it is not known."""

    path: str | None = None
    values: dict[str, Any] | None = None

    @classmethod
    def of(cls, upstream: UpstreamDocument | None) -> Self:
        """Return the file of an UpstreamDocument, or of a story without one."""
        if upstream is None or upstream.path is None:
            return cls()
        return cls(upstream.path, recognised_values(upstream.values))


class FormerIdentity(models.Model):
    """An identity that a story had before its current one; of a deleted story, every identity but the tombstone's.

    `path` and `values` are those of the document that had it, by which an import recognises the file under another URL;
    `values` has only the fields that this needs. NULL for standard input, and for identities of earlier releases.
    Rows whose identity begins with DUPLICATE only say which story the file of a duplicate belongs to.
    """

    identity = models.CharField(max_length=32, primary_key=True, editable=False)
    article = models.ForeignKey("articles.Article", models.CASCADE, null=True, related_name="former_identities")
    tombstone = models.ForeignKey("articles.Tombstone", models.CASCADE, null=True, related_name="former_identities")
    path = models.CharField(max_length=PATH_LIMIT, null=True, editable=False)  # noqa: DJ001 - NULL as in UpstreamDocument
    values = models.JSONField(null=True, editable=False)

    class Meta:
        verbose_name = _("former identity")
        verbose_name_plural = _("former identities")
        indexes = [models.Index(fields=["path"], name="former_identity_by_path", condition=Q(path__isnull=False))]
        constraints = [
            models.CheckConstraint(
                condition=Q(article__isnull=False, tombstone__isnull=True)
                | Q(article__isnull=True, tombstone__isnull=False),
                name="former_identity_belongs_to_a_story_or_a_deleted_one",
            ),
        ]

    def __str__(self) -> str:
        return self.identity

    @property
    def is_duplicate(self) -> bool:
        """Whether the document of its file did not count, because another file has the same URL."""
        return self.identity.startswith(DUPLICATE)

    @classmethod
    def remember(cls, identity: str, article: Article, file: KnownFile) -> None:
        """Give a story a former identity, with the file whose document had it."""
        defaults = {"article": article, "tombstone": None, **file._asdict()}
        cls.objects.update_or_create(identity=identity, defaults=defaults)


class FormerStoryAddress(models.Model):
    """The address of a story that was joined with another one, to which it redirects."""

    article = models.ForeignKey("articles.Article", models.CASCADE, related_name="former_addresses")
    url_date = models.DateField(null=True)
    slug = models.SlugField(max_length=120, allow_unicode=True, db_index=False)

    class Meta:
        verbose_name = _("former address")
        verbose_name_plural = _("former addresses")
        constraints = [
            models.UniqueConstraint(
                fields=["slug", "url_date"],
                condition=Q(url_date__isnull=False),
                name="former_address_of_a_day_leads_to_one_story",
            ),
            models.UniqueConstraint(
                fields=["slug"], condition=Q(url_date__isnull=True), name="former_undated_address_leads_to_one_story"
            ),
        ]

    def __str__(self) -> str:
        return self.slug


class PossibleDuplicateQuerySet(models.QuerySet["PossibleDuplicate"]):
    def open(self) -> PossibleDuplicateQuerySet:
        """Keep the pairs that nobody has dismissed."""
        return self.filter(dismissed_at__isnull=True)

    def of(self, article_id: int) -> PossibleDuplicateQuerySet:
        """Keep the pairs that include a story."""
        return self.filter(Q(first=article_id) | Q(second=article_id))


class PossibleDuplicate(models.Model):
    """Two stories that may be one: a file of the first had the URL of the second in a later import.

    A dismissed pair is not suggested again. `first` is the story with the lower key.
    """

    # The constraint below serves as its index.
    first = models.ForeignKey("articles.Article", models.CASCADE, related_name="+", db_index=False)
    second = models.ForeignKey("articles.Article", models.CASCADE, related_name="+")
    path = models.CharField(_("file"), max_length=500, blank=True)
    created_at = models.DateTimeField(_("since"), auto_now_add=True)
    dismissed_at = models.DateTimeField(_("dismissed"), null=True)
    dismissed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("by")
    )

    objects = PossibleDuplicateQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        verbose_name = _("possible duplicate")
        verbose_name_plural = _("possible duplicates")
        constraints = [
            models.UniqueConstraint(fields=["first", "second"], name="stories_are_a_possible_duplicate_once"),
            models.CheckConstraint(
                condition=Q(first__lt=F("second")), name="first_of_a_possible_duplicate_has_the_lower_key"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.first_id}, {self.second_id}"
