from django.core.exceptions import ValidationError
from django.db import models, router, transaction
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from newsroom.addresses import address_of
from providers.domains import display_domain, normalise_domain
from providers.querysets import ProviderQuerySet

NAME_LIMIT = 200
DOMAIN_LIMIT = 253


def validate_domain(domain):
    """Refuse what `normalise_domain` cannot make a domain of."""
    try:
        normalise_domain(domain)
    except ValueError as error:
        raise ValidationError(str(error)) from None


class DomainField(models.CharField):
    """A domain, normalised on its way into the model: lower case, IDNA, no `www.`; may be empty."""

    def __init__(self, **kwargs):
        super().__init__(**{"max_length": DOMAIN_LIMIT, "blank": True, "default": "", **kwargs})

    default_validators = [validate_domain]

    def to_python(self, value):
        value = super().to_python(value)
        try:
            return normalise_domain(value) if value else value
        except ValueError:
            return value

    def pre_save(self, model_instance, add):
        value = self.to_python(super().pre_save(model_instance, add))
        setattr(model_instance, self.attname, value)
        return value


class Provider(models.Model):
    """Who publishes stories. The pair (domain, name) tells providers apart; a domain alone does not."""

    name = models.CharField(_("name"), max_length=NAME_LIMIT)
    domain = DomainField(verbose_name=_("domain"), help_text=_("Lower case, without www."))
    slug = models.SlugField(_("slug"), max_length=220, unique=True, allow_unicode=True, blank=True)
    description = models.TextField(_("description"), blank=True)
    is_active = models.BooleanField(
        _("active"),
        default=True,
        help_text=_("Of one that is not active readers find no page, and no import publishes a story."),
    )
    # The URLs of all logos upstream ever gave, so that one the desk removed does not come back.
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

    def __str__(self):
        return self.name

    def save(self, *args, **kwargs):
        """Save, with a slug of its own; a new provider answers to its own pair at once, an old one to its old slugs."""
        with transaction.atomic(using=kwargs.get("using") or router.db_for_write(Provider, instance=self)):
            self.slug = self.slug or self.free_slug()
            is_new, written = self._state.adding, kwargs.get("update_fields")
            had = "" if is_new or (written is not None and "slug" not in written) else self.slug_in_database()
            super().save(*args, **kwargs)
            if is_new:
                ProviderAlias.objects.get_or_create(domain=self.domain, name=self.name, defaults={"provider": self})
            if is_new or had not in ("", self.slug):
                FormerSlug.objects.filter(slug=self.slug).delete()
            if had not in ("", self.slug):
                FormerSlug.objects.update_or_create(slug=had, defaults={"provider": self})

    def slug_in_database(self):
        return Provider.objects.filter(pk=self.pk).values_list("slug", flat=True).first() or ""

    def get_absolute_url(self):
        return address_of("provider", self.slug)

    @property
    def display_domain(self):
        """The domain as people write it."""
        return display_domain(self.domain)

    @property
    def logo(self):
        """The first logo of which we have a copy, or None; of the loaded ones, so a list costs no query."""
        return next((image for image in self.images.all() if image.file), None)

    def plain_slugs(self):
        """Return slugs in the order in which they are preferred: of the name, of name and domain."""
        name = slugify(self.name, allow_unicode=True)[:100].strip("-_")
        domain = slugify(self.domain.replace(".", "-"))[:100]
        return [slug for slug in (name, f"{name}-{domain}".strip("-")) if slug] or ["provider"]

    def free_slug(self):
        """Return a slug no other provider has or had: the first of the plain ones, else one numbered."""
        wanted = self.plain_slugs()
        others = (
            Provider.objects.filter(slug__startswith=wanted[0]).exclude(pk=self.pk),
            FormerSlug.objects.filter(slug__startswith=wanted[0]).exclude(provider=self.pk),
        )
        taken = {slug for rows in others for slug in rows.values_list("slug", flat=True)}
        wanted += [f"{wanted[-1]}-{number}" for number in range(2, len(taken) + 3)]
        return next(slug for slug in wanted if slug not in taken)


class ProviderAlias(models.Model):
    """A pair (domain, name) by which upstream names a provider.

    Kept when an editor renames or merges providers, so that the next import finds the right one.
    """

    provider = models.ForeignKey(Provider, models.CASCADE, related_name="aliases", verbose_name=_("provider"))
    domain = DomainField(verbose_name=_("domain"))
    name = models.CharField(_("name"), max_length=NAME_LIMIT)
    # What upstream last said of it, for each name: merged providers have several, and none undoes the other.
    upstream_values = models.JSONField(editable=False, default=dict)

    class Meta:
        ordering = ["domain", "name"]
        verbose_name = _("upstream name")
        verbose_name_plural = _("upstream names")
        constraints = [
            models.UniqueConstraint(fields=["domain", "name"], name="upstream_name_means_one_provider"),
        ]

    def __str__(self):
        return f"{self.name} ({self.domain})" if self.domain else self.name


class FormerSlug(models.Model):
    """A slug that a provider had before it was renamed or merged: the address leads to the present one."""

    provider = models.ForeignKey(Provider, models.CASCADE, related_name="former_slugs", verbose_name=_("provider"))
    slug = models.SlugField(_("slug"), max_length=220, unique=True, allow_unicode=True)

    class Meta:
        ordering = ["slug"]
        verbose_name = _("former address")
        verbose_name_plural = _("former addresses")
        constraints = [models.CheckConstraint(condition=~Q(slug=""), name="former_address_of_provider_has_a_slug")]

    def __str__(self):
        return self.slug
