"""Merging several providers into one of them."""

from collections.abc import Collection

from django.contrib.auth.models import User
from django.db import transaction
from django.dispatch import Signal

from providers.models import FormerSlug, Provider, ProviderAlias
from providers.renaming import lock_providers

# Sent before the stories of a provider move to another, with `source`, `target` and `actor`, a User or None.
about_to_merge = Signal()


@transaction.atomic
def merge_providers(
    target: Provider, sources: Collection[Provider], actor: User | None = None, signature: str | None = None
) -> dict[str, int]:
    """Merge `sources` into `target` and delete them; return the number of rows moved, {model's label: number}.

    All references to a source move to the target. The next import finds the target by the upstream names of the
    sources, and their addresses redirect to it. `actor` is the user for the histories of the stories; `signature` is
    that of all these providers with the target's key. Raises ValueError if the target is among the sources,
    StalePreview if a provider was deleted or changed.
    """
    if target.pk in {source.pk for source in sources}:
        raise ValueError("A provider cannot be merged into itself.")
    rows = lock_providers([target.pk, *(source.pk for source in sources)], signature, target.pk)
    kept_provider = rows[target.pk]
    rows_moved: dict[str, int] = {}
    for source in sources:
        row = rows[source.pk]
        about_to_merge.send(Provider, source=row, target=kept_provider, actor=actor)
        label = kept_provider.images.model._meta.label
        rows_moved[label] = rows_moved.get(label, 0) + append_logos(kept_provider, row)
        for relation in Provider._meta.related_objects:
            references = relation.related_model._base_manager.filter(**{relation.field.name: row.pk})
            label = relation.related_model._meta.label
            rows_moved[label] = rows_moved.get(label, 0) + references.update(**{relation.field.name: kept_provider})
        kept_provider.description = kept_provider.description or row.description
        # An import must not bring back a logo that the desk has removed from either.
        kept_provider.logos_offered = list(dict.fromkeys([*kept_provider.logos_offered, *row.logos_offered]))
        kept_provider.save(update_fields=["description", "logos_offered", "updated_at"])
        ProviderAlias.objects.get_or_create(domain=row.domain, name=row.name, defaults={"provider": kept_provider})
        row.delete()
        FormerSlug.objects.update_or_create(slug=row.slug, defaults={"provider": kept_provider})
    return rows_moved


def append_logos(target: Provider, source: Provider) -> int:
    """Move the logos of `source` after those of `target`, each at its own position; return their number.

    The best logo with a file is shown, of equal ones the first; those that are appended are rated no better than the
    target's best, so its logo does not change.
    """
    logos, appended = ([*provider.images.order_by("position", "pk")] for provider in (target, source))
    for position, logo in enumerate([*logos, *appended]):
        logo.position, logo.provider = position, target
    best = max((logo.lead_score for logo in logos if logo.file), default=None)
    if best is not None:
        for logo in appended:
            logo.lead_score = min(logo.lead_score, best)
    target.images.model.objects.bulk_update([*logos, *appended], ["position", "provider", "lead_score"])
    return len(appended)
