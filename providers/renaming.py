"""Renaming and deactivating providers. An operation with the signature of its preview refuses later changes."""

from collections.abc import Collection

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from newsroom.signatures import lock_rows, signature_of
from providers.models import Provider, ProviderAlias

SIGNED_COLUMNS = ("pk", "name", "domain", "slug", "is_active")


def provider_signature(keys: Collection[int], *parameters: object) -> str:
    """Return the signature of providers by their keys, with their upstream names and an operation's parameters."""
    providers = Provider.objects.filter(pk__in=keys).order_by("pk").values_list(*SIGNED_COLUMNS)
    aliases = ProviderAlias.objects.filter(provider__in=keys).order_by("pk").values_list("pk", "provider_id")
    return signature_of(providers, aliases, parameters=parameters)


def lock_providers(keys: Collection[int], signature: str | None = None, *parameters: object) -> dict[int, Provider]:
    """Lock providers; return {key: Provider}. Raises StalePreview as `lock_rows` does."""
    return lock_rows(Provider.objects, keys, signature, lambda: provider_signature(keys, *parameters))


@transaction.atomic
def rename(provider: Provider, name: str, domain: str, slug: str, signature: str | None = None) -> list[str]:
    """Give a provider a name, domain and slug; return the names of the fields that changed.

    It keeps its upstream names, and its old address redirects to the new one. `signature` is that of the provider
    with the three new values. Raises StalePreview, and ValidationError by field if another provider has the name with
    the domain, or the slug.
    """
    row = lock_providers([provider.pk], signature, name, domain, slug)[provider.pk]
    values = {"name": name, "domain": domain, "slug": slug}
    changed = [field for field, value in values.items() if getattr(row, field) != value]
    for field in changed:
        setattr(row, field, values[field])
    refuse_duplicate(row)
    if changed:
        row.save(update_fields=[*changed, "updated_at"])
    return changed


def refuse_duplicate(provider: Provider) -> None:
    """Raise ValidationError, by field, if another provider has this one's name and domain, or its slug."""
    errors: dict[str, str] = {}
    others = Provider.objects.exclude(pk=provider.pk)
    same_provider = others.filter(domain=provider.domain, name=provider.name).first()
    if same_provider:
        errors["name"] = _("Another provider has this name and domain. Merge the two instead.")
    aliases = ProviderAlias.objects.filter(domain=provider.domain, name=provider.name).exclude(provider=provider.pk)
    alias = None if same_provider else aliases.select_related("provider").first()
    if alias:
        text = _("Upstream uses this name and domain for %(provider)s. Merge the two instead.")
        errors["name"] = text % {"provider": alias.provider}
    owner = others.filter(slug=provider.slug).first()
    if owner:
        errors["slug"] = _("%(provider)s uses this address. Choose another one.") % {"provider": owner}
    if errors:
        raise ValidationError(errors)


@transaction.atomic
def set_active(provider: Provider, is_active: bool, signature: str | None = None) -> bool:
    """Activate or deactivate a provider; return whether that changed it. Raises StalePreview."""
    row = lock_providers([provider.pk], signature, is_active)[provider.pk]
    if row.is_active == is_active:
        return False
    row.is_active = is_active
    row.save(update_fields=["is_active", "updated_at"])
    return True
