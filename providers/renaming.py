"""Renaming and deactivating providers. An act is told what whoever asked for it has seen, and refuses what changed."""

import hashlib
import json

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from providers.models import Provider, ProviderAlias

# What a person looks at before they say yes.
SEEN = ("pk", "name", "domain", "slug", "is_active")


class ChangedMeanwhile(Exception):
    """Somebody else changed what an act is about since it was looked at."""

    def __init__(self):
        super().__init__(_("Somebody else changed this in the meantime. Look at it again; nothing was done."))


def signature(keys, *also):
    """Return a digest of how the providers that have these keys stand, with their upstream names, and of `also`.

    `also` is what was asked for, as text: with another wish, what was shown is not what would be done.
    """
    rows = Provider.objects.filter(pk__in=keys).order_by("pk").values_list(*SEEN)
    aliases = ProviderAlias.objects.filter(provider__in=keys).order_by("pk").values_list("pk", "provider_id")
    said = json.dumps([list(rows), list(aliases), [str(one) for one in also]])
    return hashlib.blake2b(said.encode(), digest_size=16).hexdigest()


def locked(keys, seen=None, *also):
    """Lock providers, in order of their keys, so that two people at once wait for each other; return {key: Provider}.

    Raises ChangedMeanwhile when `seen`, a signature, is not the present one, and for a provider that is gone.
    """
    rows = {row.pk: row for row in Provider.objects.select_for_update().filter(pk__in=keys).order_by("pk")}
    if rows.keys() != set(keys) or (seen is not None and seen != signature(keys, *also)):
        raise ChangedMeanwhile
    return rows


@transaction.atomic
def rename(provider, name, domain, slug, seen=None):
    """Give a provider a name, domain and slug; return the fields that changed.

    It goes on answering to its upstream names, and its old address leads to the new one. `seen` is the signature
    of the provider with the three. Raises ChangedMeanwhile; ValidationError by field when another provider has them.
    """
    row = locked([provider.pk], seen, name, domain, slug)[provider.pk]
    wanted = {"name": name, "domain": domain, "slug": slug}
    changed = [field for field, value in wanted.items() if getattr(row, field) != value]
    for field in changed:
        setattr(row, field, wanted[field])
    refuse_taken(row)
    if changed:
        row.save(update_fields=[*changed, "updated_at"])
    return changed


def refuse_taken(provider):
    """Raise ValidationError, by field, when another provider has the name of this one with its domain, or its slug."""
    errors, others = {}, Provider.objects.exclude(pk=provider.pk)
    twin = others.filter(domain=provider.domain, name=provider.name).first()
    if twin:
        errors["name"] = _("There is a provider of this name and domain. Merge the two instead.")
    meant = ProviderAlias.objects.filter(domain=provider.domain, name=provider.name).exclude(provider=provider.pk)
    if not twin and meant.exists():
        told = {"provider": meant.select_related("provider")[0].provider}
        errors["name"] = _("Upstream means %(provider)s by this name and domain. Merge the two instead.") % told
    taken = others.filter(slug=provider.slug).first()
    if taken:
        errors["slug"] = _("This is the address of %(provider)s.") % {"provider": taken}
    if errors:
        raise ValidationError(errors)


@transaction.atomic
def set_active(provider, is_active, seen=None):
    """Say whether a provider is active; return whether that changed it. Raises ChangedMeanwhile."""
    row = locked([provider.pk], seen, is_active)[provider.pk]
    if row.is_active == is_active:
        return False
    row.is_active = is_active
    row.save(update_fields=["is_active", "updated_at"])
    return True
