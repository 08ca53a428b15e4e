from django.db import transaction
from django.dispatch import Signal

from providers.models import Provider, ProviderAlias

# Sent before the stories of a provider become another's, with `source`, `target` and `actor`, a user or None.
about_to_merge = Signal()


@transaction.atomic
def merge_providers(target, sources, actor=None):
    """Make `target` answer for all `sources` and remove them; everything that named them names it.

    The upstream pairs of the sources become the target's, so the next import finds it by any of them.
    Returns a dict of what was moved, {model's label: number of rows}. Raises ValueError when the
    target is among the sources. `actor` is the user who asked for it, for the histories of the stories.
    """
    if target.pk in {source.pk for source in sources}:
        raise ValueError("A provider cannot be merged into itself.")
    # In order of primary key, so that two merges at once wait for each other and do not deadlock.
    locked = {
        provider.pk: provider
        for provider in Provider.objects.select_for_update()
        .filter(pk__in=[target.pk, *(source.pk for source in sources)])
        .order_by("pk")
    }
    moved = {}
    for source in sources:
        about_to_merge.send(Provider, source=source, target=target, actor=actor)
        for relation in Provider._meta.related_objects:
            rows = relation.related_model._base_manager.filter(**{relation.field.name: source.pk})
            moved[relation.related_model._meta.label] = moved.get(relation.related_model._meta.label, 0) + rows.update(
                **{relation.field.name: target}
            )
        kept = locked[target.pk]
        if not kept.description and source.description:
            kept.description = source.description
            kept.save(update_fields=["description", "updated_at"])
        ProviderAlias.objects.get_or_create(domain=source.domain, name=source.name, defaults={"provider": target})
        locked[source.pk].delete()
    return moved
