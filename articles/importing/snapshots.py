"""All rows of a story at one moment, restored when an import is undone."""

from collections.abc import Sequence
from typing import Any, NotRequired, TypedDict

from django.db.models import Model, Q, QuerySet

from articles.db.serialization import SerializedRow, deserialize_row, serialize_row
from articles.history.picture_copies import with_present_copy, without_copy
from articles.models import (
    Article,
    ArticleTopic,
    Conflict,
    DeskDecisions,
    FormerIdentity,
    Image,
    RelatedLink,
    Topic,
    UpstreamDocument,
)
from providers.models import Provider

FIXED_ONCE_VISIBLE = ("first_visible_at", "slug", "url_date")


class Snapshot(TypedDict):
    """The serialized rows of a story, `upstream` None for a story without UpstreamDocument.

    Snapshots of older releases have no `decisions`, the one row of DeskDecisions or none.
    """

    article: SerializedRow
    upstream: SerializedRow | None
    topics: list[SerializedRow]
    images: list[SerializedRow]
    related: list[SerializedRow]
    related_images: list[SerializedRow]
    conflicts: list[SerializedRow]
    # These are missing in snapshots of earlier releases.
    decisions: NotRequired[list[SerializedRow]]
    former_identities: NotRequired[list[SerializedRow]]


def snapshot_of(article: Article, upstream: UpstreamDocument | None) -> Snapshot:
    """Return a snapshot of a story; `upstream` is its UpstreamDocument or None.

    `secured` is left out, because the story keeps upstream's latest.
    """
    links = list(RelatedLink.objects.filter(article=article).order_by("pk"))
    return {
        "article": serialize_row(article),
        "upstream": serialize_row(upstream) if upstream else None,
        "topics": [serialize_row(link) for link in ArticleTopic.objects.filter(content_object=article).order_by("pk")],
        "images": [serialize_row(image) for image in Image.objects.filter(article=article).order_by("pk")],
        "related": [serialize_row(link) for link in links],
        "related_images": [
            serialize_row(image) for image in Image.objects.filter(related_link__in=links).order_by("pk")
        ],
        "conflicts": [serialize_row(conflict) for conflict in Conflict.objects.filter(article=article, settlement="")],
        "decisions": [serialize_row(decisions) for decisions in DeskDecisions.objects.filter(article=article)],
        "former_identities": [serialize_row(row) for row in FormerIdentity.objects.filter(article=article)],
    }


def can_restore(snapshot: Snapshot) -> bool:
    """Whether a snapshot can be restored.

    Its providers and topics may have been merged or deleted, and another story may have got one of its identities.
    """
    key, identity = snapshot["article"]["id"], snapshot["article"]["identity"]
    former_identities = [row["identity"] for row in snapshot.get("former_identities", ())]
    if (
        Article.objects.filter(identity=identity).exclude(pk=key).exists()
        or FormerIdentity.objects.filter(pk__in=former_identities).exclude(article=key).exists()
    ):
        return False
    references: Sequence[tuple[type[Provider | Topic], set[int]]] = (
        (Provider, {row["provider_id"] for row in (snapshot["article"], *snapshot["related"])} - {None}),
        (Topic, {row["tag_id"] for row in snapshot["topics"]}),
    )
    return all(model.objects.filter(pk__in=keys).count() == len(keys) for model, keys in references)


def restore_snapshot(article: Article, snapshot: Snapshot) -> None:
    """Restore a story's rows. In a transaction, with the story's row locked.

    Once readers could see the story, its address and the time they first could are not changed back.
    """
    row = snapshot["article"]
    if article.was_visible:
        row = {name: value for name, value in row.items() if name not in FIXED_ONCE_VISIBLE}
    restore_row(Article, article.pk, row)
    if snapshot["upstream"] is None:
        UpstreamDocument.objects.filter(article=article).delete()
    else:
        restore_row(UpstreamDocument, article.pk, snapshot["upstream"])
    replace_rows(ArticleTopic.objects.filter(content_object=article), snapshot["topics"])
    replace_rows(Image.objects.filter(article=article), snapshot["images"])
    replace_rows(RelatedLink.objects.filter(article=article), snapshot["related"])
    replace_rows(Image.objects.filter(related_link__article=article), snapshot["related_images"])
    # Among them those that the import closed.
    conflict_keys = [row["id"] for row in snapshot["conflicts"]]
    conflicts = Conflict.objects.filter(Q(settlement="") | Q(pk__in=conflict_keys), article=article)
    replace_rows(conflicts, snapshot["conflicts"])
    if "decisions" in snapshot:
        replace_rows(DeskDecisions.objects.filter(article=article), snapshot["decisions"])
    if "former_identities" in snapshot:
        replace_rows(FormerIdentity.objects.filter(article=article), snapshot["former_identities"])


def restore_row(model: type[Model], key: int, row: SerializedRow) -> None:
    values = deserialize_row(model, row)
    values.pop(model._meta.pk.attname)
    model._default_manager.filter(pk=key).update(**values)


def replace_rows(rows: QuerySet[Any], snapshot: Sequence[SerializedRow]) -> None:
    """Make the queryset `rows` equal to serialized rows; deleted ones are created again with their keys."""
    model = rows.model
    stored_rows = {row[model._meta.pk.attname]: row for row in snapshot}
    rows.exclude(pk__in=stored_rows).delete()
    existing_keys = set(rows.values_list("pk", flat=True))
    is_image = model is Image
    for key in existing_keys & stored_rows.keys():
        restore_row(model, key, without_copy(stored_rows[key]) if is_image else stored_rows[key])
    new_rows = [row for key, row in stored_rows.items() if key not in existing_keys]
    model._default_manager.bulk_create(
        model(**deserialize_row(model, with_present_copy(row) if is_image else row)) for row in new_rows
    )
