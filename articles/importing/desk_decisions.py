"""What the desk removed from a story and which fields it set, for later imports (DeskDecisions)."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from articles.choices import Origin
from articles.documents.mapping import KEY_OF_COLUMN, numbered, related_identity, story_columns
from articles.documents.nodes import Values
from articles.history.differences import ROW_FIELDS, Changes, Row
from articles.models import Article, DeskDecisions, Image, RelatedLink, UpstreamDocument
from articles.workflow import Actor

# The key of an item of related coverage, as articles.documents.mapping.related_by_key makes it.
RelatedKey = tuple[str, int]
# A removed item as it is stored: a topic's name, a picture's URL, or [URL or title, number] of coverage. The identity
# of coverage is derived from its URL when it is read, so that it may be derived differently later.
StoredItem = Any
RowChanges = Mapping[str, Sequence[Row | None]]


def decisions_of(key: int) -> DeskDecisions:
    """Return the DeskDecisions of the story with this key, unsaved and empty if it has none. One query."""
    return DeskDecisions.objects.filter(article=key).first() or DeskDecisions(article_id=key)


def removed_coverage(decisions: DeskDecisions) -> dict[RelatedKey, StoredItem]:
    """Return {key of `related_by_key`: what is stored} of the removed coverage."""
    return {related_key(item): item for item in decisions.removed.get("related", [])}


def first_keys(decisions: DeskDecisions) -> dict[str, Any]:
    """Return {"images" or "related": key} of what the desk put first."""
    first = dict(decisions.first)
    return first | {"related": related_key(first["related"])} if "related" in first else first


def related_key(item: StoredItem) -> RelatedKey:
    """Return the key of `related_by_key` of coverage as it is stored."""
    name, number = item
    is_url = name.startswith(("http://", "https://"))
    return related_identity({"webUrl": name}) if is_url else name, number


def stored_coverage(items: Mapping[RelatedKey, Values]) -> dict[RelatedKey, StoredItem]:
    """Return {key of `related_by_key`: what is stored if it is removed} of related items."""
    return {
        key: [item.get("webUrl") or item.get("originalUrl") or item["title"], key[1]] for key, item in items.items()
    }


def store(
    decisions: DeskDecisions,
    removed: Mapping[str, Iterable[StoredItem]],
    fields: Iterable[str] | None = None,
    first: Mapping[str, StoredItem] | None = None,
) -> bool:
    """Save DeskDecisions with new `removed` items and `first` items of some lists, and `fields`, if that changes them.

    `removed` are {"topics", "images" or "related": all that is removed}, `first` {"images" or "related": the item}.
    Return whether anything was saved.
    """
    before = decisions.content
    decisions.removed = decisions.removed | {key: list(items) for key, items in removed.items()}
    decisions.first = decisions.first | dict(first or {})
    if fields is not None:
        decisions.fields = sorted(fields)
    has_changed = decisions.content != before
    if has_changed:
        decisions.save(force_insert=decisions._state.adding)
    return has_changed


def forget_field(key: int, field: str) -> None:
    """Forget what the desk decided about a field of the format, so that it follows upstream again."""
    decisions = decisions_of(key)
    fields = [name for name in decisions.fields if name != field]
    before = decisions.content
    decisions.first = {name: item for name, item in decisions.first.items() if name != field}
    if decisions.content != before:
        decisions.save()
    store(decisions, {field: []} if field in decisions.removed else {}, fields)


def record_decisions(
    sender: type[Article], key: int, changes: Changes, actor: Actor, is_decision: bool, **kwargs: object
) -> None:
    """Record what a change by the desk means for later imports; receives `story_changed`."""
    if actor.origin is Origin.IMPORT or not is_decision:
        return
    fields = {KEY_OF_COLUMN[name] for name in changes if name in KEY_OF_COLUMN}
    fields |= {name for name in ("topics", *ROW_FIELDS) if name in changes}
    if not fields:
        return
    decisions = decisions_of(key)
    removed = {}
    if "topics" in changes:
        before, after = changes["topics"]
        removed["topics"] = after_change(decisions.removed.get("topics", []), before, after)
    if "images" in changes:
        removed["images"] = removed_images(decisions, changes["images"])
    if "related" in changes:
        removed["related"] = removed_links(decisions, changes["related"])
    first = {name: first_row(key, name, changes[name]) for name in ROW_FIELDS if name in changes}
    fields = {*decisions.fields, *fields} - equal_to_upstream(key, fields)
    store(decisions, removed, fields, {name: item for name, item in first.items() if item is not None})


def after_change(
    removed: Iterable[StoredItem], before: Iterable[StoredItem], after: Iterable[StoredItem]
) -> list[StoredItem]:
    """Return what is removed once the items `before` became `after`; an item that was added is not removed any more."""
    after = list(after)
    result: list[StoredItem] = []
    for item in (*removed, *before):
        if item not in after and item not in result:
            result.append(item)
    return result


def removed_images(decisions: DeskDecisions, rows: RowChanges) -> list[StoredItem]:
    """Return what is removed of `images` after the changes of its rows; a changed URL removes the former one."""
    before, after = (
        [row["url"] for row in side if row and row.get("url")] for side in zip(*rows.values(), strict=True)
    )
    return after_change(decisions.removed.get("images", []), before, after)


def removed_links(decisions: DeskDecisions, rows: RowChanges) -> list[StoredItem]:
    """Return what is removed of `related` after the changes of its rows."""
    links = {str(link.pk): link for link in RelatedLink.objects.filter(article=decisions.article_id)}
    present = [[name, number] for name, number in numbered(links.values(), name_of)]
    names = [name for name, _number in present]
    removed_items = []
    for key, (old, _new) in rows.items():
        former = former_name(old, links.get(key)) if old is not None else ""
        if former and (key not in links or former != name_of(links[key])):
            # The first number that no other piece of this name has.
            removed_items.append([former, names.count(former)])
            names.append(former)
    return after_change(decisions.removed.get("related", []), removed_items, present)


def first_row(key: int, field: str, rows: RowChanges) -> StoredItem | None:
    """Return the picture or coverage that the changes of a story's rows put first, None if they did not.

    A row that is first because the former first one was removed was not put there.
    """
    links, images = RelatedLink.objects.filter(article=key), Image.objects.filter(article=key)
    present: list[Image | RelatedLink] = [*images] if field == "images" else [*links]
    places: dict[int, int] = {row.pk: row.position for row in present}
    for row_key, (old, _new) in rows.items():
        if old is None:
            places.pop(int(row_key), None)
        elif "position" in old:
            places[int(row_key)] = old["position"]
    former_first = min(places, key=lambda row_key: (places[row_key], row_key), default=None)
    if former_first not in [row.pk for row in present[1:]]:
        return None
    row = present[0]
    return [name_of(row), 0] if isinstance(row, RelatedLink) else row.url


def name_of(link: RelatedLink) -> str:
    return link.link or link.title


def former_name(old: Row, link: RelatedLink | None) -> str:
    """Return the URL or title that a piece of coverage had; `old` has its former values, if `link` is None all."""
    values = (old.get(name, getattr(link, name, "")) for name in ("web_url", "original_url", "title"))
    return next(filter(None, values), "")


def equal_to_upstream(key: int, fields: Iterable[str]) -> set[str]:
    """Return those of `fields`, by their keys, that have upstream's value; topics, rows and provider are left out."""
    upstream = UpstreamDocument.objects.select_related("article").filter(article=key).first()
    if upstream is None:
        return set()
    columns = story_columns(upstream.values, upstream.body)
    differing = {KEY_OF_COLUMN[name] for name, value in columns.items() if getattr(upstream.article, name) != value}
    return {KEY_OF_COLUMN[name] for name in columns}.intersection(fields) - differing
