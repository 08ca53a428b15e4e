"""All rows of a story at one moment, restored when an import is undone."""

from collections.abc import Sequence
from typing import Any, NotRequired, TypedDict

from django.db.models import Model, Q, QuerySet

from articles.db.serialization import SerializedRow, deserialize_row
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
    """What an import changed of a story, as it was before: serialized rows.

    `article` has the key, the identity, the state and the changed columns, `upstream` the key and the changed columns
    of the UpstreamDocument, None if there was none. A list of rows is missing if the import did not change it. The
    snapshots of earlier releases have all rows with all columns.

    `secured` is left out, because the story keeps upstream's latest.
    """

    article: SerializedRow
    upstream: SerializedRow | None
    topics: NotRequired[list[SerializedRow]]
    images: NotRequired[list[SerializedRow]]
    related: NotRequired[list[SerializedRow]]
    related_images: NotRequired[list[SerializedRow]]
    conflicts: NotRequired[list[SerializedRow]]
    # The one row of DeskDecisions, or none.
    decisions: NotRequired[list[SerializedRow]]
    former_identities: NotRequired[list[SerializedRow]]


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
    references: Sequence[tuple[type[Provider | Topic], set[int | None]]] = (
        (Provider, {row.get("provider_id") for row in (snapshot["article"], *snapshot.get("related", ()))}),
        (Topic, {row["tag_id"] for row in snapshot.get("topics", ())}),
    )
    return all(model.objects.filter(pk__in=keys).count() == len(keys - {None}) for model, keys in references)


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
    for name, rows in rows_of(article).items():
        if name in snapshot:
            replace_rows(rows, snapshot[name])  # type: ignore[literal-required] # the names of NotRequired keys
    if "conflicts" in snapshot:
        # Among them those that the import closed.
        keys = [row["id"] for row in snapshot["conflicts"]]
        conflicts = Conflict.objects.filter(Q(settlement="") | Q(pk__in=keys), article=article)
        replace_rows(conflicts, snapshot["conflicts"])


def rows_of(article: Article) -> dict[str, QuerySet[Any]]:
    """Return {key of a Snapshot: queryset} of a story's rows, all but the conflicts, in the order of restoring."""
    return {
        "topics": ArticleTopic.objects.filter(content_object=article),
        "images": Image.objects.filter(article=article),
        "related": RelatedLink.objects.filter(article=article),
        "related_images": Image.objects.filter(related_link__article=article),
        "decisions": DeskDecisions.objects.filter(article=article),
        "former_identities": FormerIdentity.objects.filter(article=article),
    }


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
    for key in existing_keys & stored_rows.keys():
        restore_row(model, key, stored_rows[key])
    model._default_manager.bulk_create(
        model(**deserialize_row(model, row)) for key, row in stored_rows.items() if key not in existing_keys
    )
