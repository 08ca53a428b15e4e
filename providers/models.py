"""Providers, their names upstream, and their former addresses."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import models, router, transaction
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from newsroom.addresses import path_of
from providers.domains import display_domain, normalise_domain
from providers.name_keys import NameKeyField, name_key
from providers.querysets import ProviderQuerySet

if TYPE_CHECKING:
    from articles.models import Image

NAME_LIMIT = 200
DOMAIN_LIMIT = 253


def validate_domain(domain: str) -> None:
    """Raise ValidationError for text that `normalise_domain` refuses."""
    try:
        normalise_domain(domain)
    except ValueError as error:
        raise ValidationError(str(error)) from None


class DomainField(models.CharField):
    """A domain, normalised before it is saved: lower case, IDNA, no `www.`; may be empty."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"max_length": DOMAIN_LIMIT, "blank": True, "default": "", **kwargs})

    default_validators = [validate_domain]

    def to_python(self, value: Any) -> Any:
        value = super().to_python(value)
        try:
            return normalise_domain(value) if value else value
        except ValueError:
            return value

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        value = self.to_python(super().pre_save(model_instance, add))
        setattr(model_instance, self.attname, value)
        return value


class PicturePolicy(models.TextChoices):
    """Whether copies of a provider's pictures are stored."""

    STORE = "store", _("Store pictures")
    NEVER = "never", _("Never store pictures")


class Provider(models.Model):
    """A publisher of stories, identified by domain and name together; several may share a domain."""

    name = models.CharField(_("name"), max_length=NAME_LIMIT)
    domain = DomainField(verbose_name=_("domain"), help_text=_("Lower case, without www."))
    slug = models.SlugField(_("slug"), max_length=220, unique=True, allow_unicode=True, blank=True)
    description = models.TextField(_("description"), blank=True)
    is_active = models.BooleanField(
        _("active"),
        default=True,
        help_text=_("Inactive providers have no public page, and imports don't publish their stories."),
    )
    picture_policy = models.CharField(
        _("rights to pictures"),
        max_length=10,
        choices=PicturePolicy.choices,
        default=PicturePolicy.STORE,
        db_default="store",
        help_text=_("Without the rights to them, this provider's pictures are never downloaded."),
    )
    # The URLs of all logos that upstream ever sent, so that imports do not add one again that the desk has removed.
    logos_offered = models.JSONField(editable=False, default=list)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    updated_at = models.DateTimeField(_("last changed"), auto_now=True)

    objects = ProviderQuerySet.as_manager()

    class Meta:
        ordering = [Lower("name"), "domain"]
        verbose_name = _("provider")
        verbose_name_plural = _("providers")
        constraints = [
            models.UniqueConstraint(fields=["domain", "name"], name="provider_is_told_apart_by_domain_and_name"),
            models.CheckConstraint(condition=~Q(name=""), name="provider_has_a_name"),
        ]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save, with a free slug; a new provider gets a ProviderAlias, and a slug that is replaced a FormerSlug."""
        with transaction.atomic(using=kwargs.get("using") or router.db_for_write(Provider, instance=self)):
            self.slug = self.slug or self.free_slug()
            is_new, update_fields = self._state.adding, kwargs.get("update_fields")
            writes_slug = not is_new and (update_fields is None or "slug" in update_fields)
            old_slug = self.slug_in_database() if writes_slug else ""
            super().save(*args, **kwargs)
            if is_new:
                ProviderAlias.objects.get_or_create(domain=self.domain, name=self.name, defaults={"provider": self})
            if is_new or old_slug not in ("", self.slug):
                FormerSlug.objects.filter(slug=self.slug).delete()
            if old_slug not in ("", self.slug):
                FormerSlug.objects.update_or_create(slug=old_slug, defaults={"provider": self})

    def slug_in_database(self) -> str:
        """Return the saved slug, "" if there is none. One query."""
        return Provider.objects.filter(pk=self.pk).values_list("slug", flat=True).first() or ""

    def get_absolute_url(self) -> str:
        return path_of("provider", self.slug)

    @cached_property
    def alias_keys(self) -> frozenset[tuple[str, str]]:
        """The (domain, name key) of every alias. No query if `aliases` are prefetched."""
        return frozenset((alias.domain, name_key(alias.name)) for alias in self.aliases.all())

    @property
    def display_domain(self) -> str:
        """The domain in the form that people read."""
        return display_domain(self.domain)

    @property
    def logo(self) -> Image | None:
        """The best logo with a stored file, or None. No query if `images` are prefetched in their order."""
        return max((image for image in self.images.all() if image.file), key=attrgetter("lead_score"), default=None)

    def plain_slugs(self) -> list[str]:
        """Return slugs without numbers in order of preference: of the name, of name and domain."""
        name = slugify(self.name, allow_unicode=True)[:100].strip("-_")
        domain = slugify(self.domain.replace(".", "-"))[:100]
        return [slug for slug in (name, f"{name}-{domain}".strip("-")) if slug] or ["provider"]

    def free_slug(self) -> str:
        """Return a slug that no other provider has or had: the first free one of `plain_slugs`, else a numbered one."""
        candidates = self.plain_slugs()
        others = (
            Provider.objects.filter(slug__startswith=candidates[0]).exclude(pk=self.pk),
            FormerSlug.objects.filter(slug__startswith=candidates[0]).exclude(provider=self.pk),
        )
        taken = {slug for rows in others for slug in rows.values_list("slug", flat=True)}
        candidates += [f"{candidates[-1]}-{number}" for number in range(2, len(taken) + 3)]
        return next(slug for slug in candidates if slug not in taken)


class ProviderAliasQuerySet(models.QuerySet["ProviderAlias"]):
    def meaning(self, pairs: Iterable[tuple[str, str]]) -> dict[tuple[str, str], ProviderAlias]:
        """Return {pair: alias} of those pairs (domain, name) that are upstream names of a provider. One query.

        A name in another spelling means the same, unless it is an upstream name itself.
        """
        pairs = list(pairs)
        names = {name for _domain, name in pairs}
        rows = self.filter(Q(name__in=names) | Q(key__in=set(map(name_key, names)))).order_by("-pk")
        aliases = list(rows.select_related("provider"))
        by_key = {(alias.domain, name_key(alias.name)): alias for alias in aliases}
        by_name = {(alias.domain, alias.name): alias for alias in aliases}
        meanings = {pair: by_name.get(pair) or by_key.get((pair[0], name_key(pair[1]))) for pair in pairs}
        return {pair: alias for pair, alias in meanings.items() if alias is not None}


class ProviderAlias(models.Model):
    """A domain and name that upstream uses for a provider.

    It stays when an editor renames or merges providers, so that the next import finds the right one.
    """

    objects = ProviderAliasQuerySet.as_manager()

    provider = models.ForeignKey(Provider, models.CASCADE, related_name="aliases", verbose_name=_("provider"))
    domain = DomainField(verbose_name=_("domain"))
    name = models.CharField(_("name"), max_length=NAME_LIMIT)
    key = NameKeyField()
    # Upstream's last values under this name. A merged provider has several names, whose values are compared separately.
    upstream_values = models.JSONField(editable=False, default=dict)

    class Meta:
        ordering = ["domain", "name"]
        verbose_name = _("upstream name")
        verbose_name_plural = _("upstream names")
        constraints = [
            models.UniqueConstraint(fields=["domain", "name"], name="upstream_name_means_one_provider"),
        ]
        indexes = [models.Index(fields=["key"], name="upstream_provider_by_key")]

    def __str__(self) -> str:
        return f"{self.name} ({self.domain})" if self.domain else self.name


class FormerSlug(models.Model):
    """A slug that a provider had before it was renamed or merged; its address redirects to the current one."""

    provider = models.ForeignKey(Provider, models.CASCADE, related_name="former_slugs", verbose_name=_("provider"))
    slug = models.SlugField(_("slug"), max_length=220, unique=True, allow_unicode=True)

    class Meta:
        ordering = ["slug"]
        verbose_name = _("former address")
        verbose_name_plural = _("former addresses")
        constraints = [models.CheckConstraint(condition=~Q(slug=""), name="former_address_of_provider_has_a_slug")]

    def __str__(self) -> str:
        return self.slug
