"""All rows of a story at one moment, restored when an import is undone."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any, NotRequired, TypedDict

from django.db.models import F, Model, Q, QuerySet

from articles.db.pending_rows import PendingRows
from articles.db.serialization import SerializedRow, deserialize_row, serialize_row
from articles.history.differences import Changes, State, difference
from articles.history.picture_copies import with_present_copy, without_copy
from articles.history.states import COLUMNS, FIELDS, column_state, provider_state, related_by_key, rows_by_key
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
from articles.models.identity import NOT_OF_DUPLICATE
from providers.models import Provider

FIXED_ONCE_VISIBLE = ("first_visible_at", "slug", "url_date")
# The rows of a story by their keys.
RowsByKey = dict[Any, Model]
# {key of a story: its rows}.
RowsOfStories = dict[int, list[Any]]


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


def snapshot_of(article: Article, upstream: UpstreamDocument | None) -> Snapshot:
    """Return a Snapshot of all rows of a story, for a change that may concern any of them."""
    snapshot: Snapshot = {
        "article": serialize_row(article),
        "upstream": serialize_row(upstream) if upstream else None,
    }
    for name, rows in stored_rows({}).items():
        lists = {name: [serialize_row(row) for row in rows.filter(story=article.pk).order_by("pk")]}
        snapshot.update(lists)  # type: ignore[typeddict-item] # the names of its lists
    return snapshot


def restorable(snapshots: Mapping[int, Snapshot]) -> set[int]:
    """Return the keys of those {key of a story: Snapshot} that can be restored. A few queries for all of them.

    Their providers and topics may have been merged or deleted, and another story may have got one of their identities.
    """
    identities = {key: identities_in(snapshot) for key, snapshot in snapshots.items()}
    all_identities = {identity for names in identities.values() for identity in names}
    owners: defaultdict[str, set[int | None]] = defaultdict(set)
    for identity, key in Article.objects.filter(identity__in=all_identities).values_list("identity", "pk"):
        owners[identity].add(key)
    for identity, key in FormerIdentity.objects.filter(pk__in=all_identities).values_list("pk", "article"):
        owners[identity].add(key)
    providers = {key: providers_in(snapshot) for key, snapshot in snapshots.items()}
    topics: dict[int, set[int]] = {
        key: {row["tag_id"] for row in rows_in(snapshot, "topics")} for key, snapshot in snapshots.items()
    }
    known_providers, known_topics = existing(Provider, providers.values()), existing(Topic, topics.values())
    return {
        key
        for key in snapshots
        if all(owners[identity] <= {key} for identity in identities[key])
        and providers[key] <= known_providers
        and topics[key] <= known_topics
    }


def identities_in(snapshot: Snapshot) -> set[str]:
    """Return the identities that a story has after its Snapshot is restored."""
    return {snapshot["article"]["identity"], *(row["identity"] for row in rows_in(snapshot, "former_identities"))}


def providers_in(snapshot: Snapshot) -> set[int]:
    """Return the keys of the providers in a Snapshot."""
    rows = [snapshot["article"], *rows_in(snapshot, "related")]
    keys = (row.get("provider_id") for row in rows)
    return {key for key in keys if key is not None}


def rows_in(snapshot: Snapshot, name: str) -> list[SerializedRow]:
    """Return the list `name` of a Snapshot, empty if it is missing."""
    rows: list[SerializedRow] = snapshot.get(name, [])  # type: ignore[assignment] # `name` is one of a list's keys
    return rows


def existing(model: type[Model], keys: Iterable[set[Any]]) -> set[int]:
    """Return those of the keys that rows of `model` have. No query without keys."""
    all_keys = {key for group in keys for key in group}
    return set(model._default_manager.filter(pk__in=all_keys).values_list("pk", flat=True)) if all_keys else set()


def restore_snapshots(articles: Mapping[int, Article], snapshots: Mapping[int, Snapshot]) -> dict[int, Changes]:
    """Restore the rows of stories; return {key: changes as the history records them}.

    `articles` are {key: Article}, locked and current; they get their former values. Once readers could see a story, its
    address and the time they first could are not changed back. A few statements for each list that the import changed.
    """
    pending = PendingRows()
    before: dict[int, State] = {key: {} for key in articles}
    after: dict[int, State] = {key: {} for key in articles}
    for key, article in articles.items():
        row = snapshots[key]["article"]
        if article.was_visible:
            row = {name: value for name, value in row.items() if name not in FIXED_ONCE_VISIBLE}
        before[key], after[key] = restore_columns(article, row, pending)
    restore_documents(snapshots, pending)
    restore_lists(snapshots, before, after, pending)
    pending.write()
    return {
        key: difference({name: state[name] for name in FIELDS if name in state}, after[key])
        for key, state in before.items()
    }


def restore_columns(article: Article, row: SerializedRow, pending: PendingRows) -> tuple[State, State]:
    """Restore the columns of a story; return the changed ones as in the history, (before, after)."""
    values = deserialize_row(Article, row)
    values.pop("id")
    names = [name for name in COLUMNS if name in values and getattr(article, name) != values[name]]
    changes_provider = values.get("provider_id", article.provider_id) != article.provider_id
    before = {name: column_state(article, name) for name in names}
    if changes_provider:
        before["provider"] = provider_state(article.provider)
    pending.update(article, values)
    after = {name: column_state(article, name) for name in names}
    if changes_provider:
        after["provider"] = provider_state(article.provider)
    return before, after


def restore_documents(snapshots: Mapping[int, Snapshot], pending: PendingRows) -> None:
    """Restore the UpstreamDocuments of stories."""
    documents = UpstreamDocument.objects.in_bulk(snapshots)
    for key, snapshot in snapshots.items():
        document, row = documents.get(key), snapshot["upstream"]
        if document is not None and row is None:
            pending.delete(document)
        elif document is not None and row is not None:
            values = deserialize_row(UpstreamDocument, row)
            values.pop("article_id")
            pending.write_columns(document, values)


def restore_lists(
    snapshots: Mapping[int, Snapshot], before: Mapping[int, State], after: Mapping[int, State], pending: PendingRows
) -> None:
    """Restore the lists of stories, and add those that the history records to `before` and `after`."""
    rows_before: dict[str, RowsOfStories] = {}
    rows_after: dict[str, RowsOfStories] = {}
    for name, rows in stored_rows(snapshots).items():
        keys = [key for key, snapshot in snapshots.items() if name in snapshot]
        if not keys:
            continue
        stored: defaultdict[int, RowsByKey] = defaultdict(dict)
        for row in rows.filter(story__in=keys):
            stored[row.story][row.pk] = row
        rows_before[name] = {key: list(stored[key].values()) for key in keys}
        # Serialized before the rows are changed.
        add_to_history(name, rows_before, before)
        rows_after[name] = {
            key: replace_rows(rows.model, stored[key], rows_in(snapshots[key], name), pending) for key in keys
        }
        add_to_history(name, rows_after, after)


def add_to_history(name: str, rows: Mapping[str, RowsOfStories], states: Mapping[int, State]) -> None:
    """Add the list `name` of `rows`, {name: {key of a story: its rows}}, to `states`, if the history records it."""
    if name == "topics":
        keys = {link.tag_id for links in rows[name].values() for link in links}
        names = dict(Topic.objects.filter(pk__in=keys).values_list("pk", "name"))
        for key, links in rows[name].items():
            states[key][name] = [names[link.tag_id] for link in sorted(links, key=lambda link: link.pk)]
    elif name == "images":
        for key, images in rows[name].items():
            states[key][name] = rows_by_key(name, images)
    elif name == "related":
        pictures: defaultdict[int, list[Image]] = defaultdict(list)
        for images in rows.get("related_images", {}).values():
            for image in sorted(images, key=lambda image: (image.position, image.pk)):
                pictures[image.related_link_id].append(image)
        for key, links in rows[name].items():
            states[key][name] = related_by_key(links, lambda link: pictures[link.pk])


def stored_rows(snapshots: Mapping[int, Snapshot]) -> dict[str, QuerySet[Any]]:
    """Return {name of a list: queryset of its rows with the key of their `story`}, in the order of restoring."""
    # Among the conflicts those that the import closed.
    closed = [row["id"] for snapshot in snapshots.values() for row in rows_in(snapshot, "conflicts")]
    of_story = {"story": F("article_id")}
    return {
        "topics": ArticleTopic.objects.annotate(story=F("content_object_id")).select_related("tag").order_by("pk"),
        # Before the coverage, whose state in the history has its pictures.
        "related_images": Image.objects.annotate(story=F("related_link__article_id")).order_by("position", "pk"),
        "related": RelatedLink.objects.annotate(**of_story).order_by("pk"),
        "images": Image.objects.annotate(**of_story).order_by("pk"),
        "conflicts": Conflict.objects.annotate(**of_story).filter(Q(settlement="") | Q(pk__in=closed)),
        "decisions": DeskDecisions.objects.annotate(**of_story),
        "former_identities": FormerIdentity.objects.filter(NOT_OF_DUPLICATE).annotate(**of_story),
    }


def replace_rows(
    model: type[Model], stored: RowsByKey, target: Iterable[SerializedRow], pending: PendingRows
) -> list[Model]:
    """Make the `stored` rows equal to serialized ones, and return these; deleted ones get their former keys again."""
    name, rows = model._meta.pk.attname, []
    target_keys = set()
    for serialized in target:
        key = serialized[name]
        target_keys.add(key)
        row = stored.get(key)
        if row is None:
            row = model(**deserialize_row(model, with_present_copy(serialized) if model is Image else serialized))
            pending.insert(row)
        else:
            values = deserialize_row(model, without_copy(serialized) if model is Image else serialized)
            values.pop(name)
            pending.update(row, values)
        rows.append(row)
    for key, row in stored.items():
        if key not in target_keys:
            pending.delete(row)
    return rows
