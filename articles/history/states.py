"""The state of a story that its history records: every field that an editor or an import can change, as JSON.

This is not the state of the workflow, which is one of the columns that are not recorded here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from django.db.models import Prefetch

from articles.db.serialization import json_value, serialize_row
from articles.history.differences import ROW_FIELDS
from articles.models import Article, ArticleTopic, Image, RelatedLink

if TYPE_CHECKING:
    from django.db.models import Model

    from articles.history.differences import Row, State
    from providers.models import Provider

# Columns that identify the story, belong to the workflow, or are derived.
UNRECORDED = {
    *("id", "identity", "url_date", "state", "state_owner", "visible_from", "first_visible_at", "published"),
    *("dated_at", "rank", "created_at", "updated_at", "provider"),
}
COLUMNS = {field.name: field for field in Article._meta.concrete_fields if field.name not in UNRECORDED}
FIELDS = (*COLUMNS, "provider", "topics", *ROW_FIELDS)
ROW_MODELS = {"images": Image, "related": RelatedLink}
UNRECORDED_ROW_COLUMNS = {
    "images": ("id", "article_id", "related_link_id", "provider_id", "source_id", "stored_id"),
    "related": ("id", "article_id", "identity"),
}


def state_of(key: int) -> State:
    """Return the state (articles/history/differences.py) of the story with the primary key `key`.

    Four queries, five with related coverage.
    """
    pictures = Prefetch("images", Image.objects.order_by("position", "pk"))
    story = (
        Article.objects.select_related("provider")
        .prefetch_related(
            Prefetch("topic_links", ArticleTopic.objects.select_related("tag")),
            Prefetch("related_links", RelatedLink.objects.order_by("pk").prefetch_related(pictures)),
            Prefetch("images", Image.objects.order_by("pk")),
        )
        .get(pk=key)
    )
    return {
        **columns_of(story),
        "provider": provider_state(story.provider),
        "topics": [link.tag.name for link in story.topic_links.all()],
        "images": rows_by_key("images", story.images.all()),
        "related": related_by_key(story.related_links.all()),
    }


def columns_of(story: Article, names: Iterable[str] = COLUMNS) -> State:
    """Return {column: value} of a loaded story; `names` may include `provider`."""
    return {name: column_state(story, name) for name in names}


def column_state(story: Article, name: str) -> Any:
    if name == "provider":
        return provider_state(story.provider)
    return value_state(name, getattr(story, name))


def value_state(name: str, value: Any) -> Any:
    """Return the value of one of COLUMNS as in a state."""
    return json_value(COLUMNS[name].to_python(value))


def provider_state(provider: Provider | None) -> dict[str, Any] | None:
    """Return a provider's key and name; it may be renamed, merged or deleted before the history is read."""
    return {"id": provider.pk, "name": provider.name} if provider else None


def stored_pictures(link: RelatedLink) -> Iterable[Image]:
    """Return the Images of a RelatedLink; no query if they are prefetched."""
    return link.images.all()


def related_by_key(
    links: Iterable[RelatedLink], pictures: Callable[[RelatedLink], Iterable[Image]] = stored_pictures
) -> dict[str, Row]:
    """Return {key: row} of related coverage; each row also has its "pictures", for restoring it.

    `pictures` returns the Images of a RelatedLink in order, by default from the database.
    """
    rows = rows_by_key("related", links)
    for link in links:
        rows[str(link.pk)]["pictures"] = pictures_of(pictures(link))
    return rows


def related_from_rows(links: Iterable[Row], pictures: Iterable[Row]) -> dict[str, Row]:
    """Return what `related_by_key` does, from the serialized rows of links and their pictures with all columns."""
    omitted, of_pictures = UNRECORDED_ROW_COLUMNS["related"], (*UNRECORDED_ROW_COLUMNS["images"], "position")
    rows = {link["id"]: {name: value for name, value in link.items() if name not in omitted} for link in links}
    for row in rows.values():
        row["pictures"] = []
    for picture in sorted(pictures, key=lambda row: (row["position"], row["id"])):
        values = {name: value for name, value in picture.items() if name not in of_pictures}
        rows[picture["related_link_id"]]["pictures"].append(values)
    return {str(key): row for key, row in rows.items()}


def pictures_of(images: Iterable[Image]) -> list[Row]:
    """Return the value of "pictures" in a row of related coverage: its pictures in order, without their positions."""
    return [serialize_row(image, omit=(*UNRECORDED_ROW_COLUMNS["images"], "position")) for image in images]


def without_pictures(row: Mapping[str, Any]) -> Row:
    """Return a row of related coverage without "pictures"."""
    return {name: value for name, value in row.items() if name != "pictures"}


def rows_by_key(field: str, rows: Iterable[Model]) -> dict[str, Row]:
    return {str(row.pk): serialize_row(row, omit=UNRECORDED_ROW_COLUMNS[field]) for row in rows}
