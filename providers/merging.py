from django.db import transaction
from django.dispatch import Signal

from providers.models import FormerSlug, Provider, ProviderAlias
from providers.renaming import locked

# Sent before the stories of a provider become another's, with `source`, `target` and `actor`, a user or None.
about_to_merge = Signal()


@transaction.atomic
def merge_providers(target, sources, actor=None, seen=None):
    """Make `target` answer for all `sources` and remove them; everything that named them names it.

    The upstream pairs of the sources become the target's, so the next import finds it by any of them, and
    readers find it at any of their addresses. Returns a dict of what was moved, {model's label: number of rows}.
    `actor` is the user who asked for it, for the histories of the stories; `seen` the signature of all of them,
    with the target's key. Raises ValueError when the target is among the sources, ChangedMeanwhile when one of
    them is gone or not as it was seen.
    """
    if target.pk in {source.pk for source in sources}:
        raise ValueError("A provider cannot be merged into itself.")
    rows = locked([target.pk, *(source.pk for source in sources)], seen, target.pk)
    kept, moved = rows[target.pk], {}
    for source in sources:
        gone = rows[source.pk]
        about_to_merge.send(Provider, source=gone, target=kept, actor=actor)
        label = kept.images.model._meta.label
        moved[label] = moved.get(label, 0) + append_logos(kept, gone)
        for relation in Provider._meta.related_objects:
            found = relation.related_model._base_manager.filter(**{relation.field.name: gone.pk})
            label = relation.related_model._meta.label
            moved[label] = moved.get(label, 0) + found.update(**{relation.field.name: kept})
        kept.description = kept.description or gone.description
        # A logo that the desk removed from either stays away from both.
        kept.logos_offered = list(dict.fromkeys([*kept.logos_offered, *gone.logos_offered]))
        kept.save(update_fields=["description", "logos_offered", "updated_at"])
        ProviderAlias.objects.get_or_create(domain=gone.domain, name=gone.name, defaults={"provider": kept})
        gone.delete()
        FormerSlug.objects.update_or_create(slug=gone.slug, defaults={"provider": kept})
    return moved


def append_logos(target, source):
    """Move the logos of `source` behind those of `target`, every one at a position of its own; return their number.

    The first logo with a file is the one that is shown, so the target keeps its own.
    """
    own, added = ([*provider.images.order_by("position", "pk")] for provider in (target, source))
    for position, logo in enumerate([*own, *added]):
        logo.position, logo.provider = position, target
    target.images.model.objects.bulk_update([*own, *added], ["position", "provider"])
    return len(added)
