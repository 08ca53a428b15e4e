"""Conversions between a document's values and a model's columns, by the tables in schema.py. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from functools import lru_cache
from html import unescape
from typing import TYPE_CHECKING, Any, TypeVar

from articles.canonical_urls import domain_of, identity_of
from articles.documents.as_written import AS_WRITTEN
from articles.documents.field_types import YEARS
from articles.documents.nodes import RAW_SCALAR, Values
from articles.documents.schema import COVERAGE_FIELDS, IMAGE_FIELDS, STORY_FIELDS

if TYPE_CHECKING:
    from articles.documents.columns import Column
    from articles.documents.schema import Field
    from articles.models import RelatedLink

Item = TypeVar("Item")
YEAR = re.compile(r"\s*([0-9]{4,6})-")
NEVER_SHOWN = frozenset({"secured", AS_WRITTEN})


def columns_by_key(fields: Mapping[str, Field]) -> dict[str, Column]:
    """Return {key: Column} of those `fields` of a table that fill a column."""
    return {key: field.column for key, field in fields.items() if field.column is not None}


def further_columns(fields: Mapping[str, Field]) -> list[tuple[tuple[str, ...], Column]]:
    """Return [(path of keys, Column)] of the columns that fields fill besides their first one, or by a part."""
    return [
        pair
        for key, field in fields.items()
        for pair in (
            *(((key,), column) for column in field.further_columns),
            *(((key, part), column) for part, column in field.parts.items()),
        )
    ]


STORY_COLUMNS = columns_by_key(STORY_FIELDS)
FURTHER_STORY_COLUMNS = further_columns(STORY_FIELDS)
COVERAGE_COLUMNS = columns_by_key(COVERAGE_FIELDS)
IMAGE_COLUMNS = columns_by_key(IMAGE_FIELDS)

# {key: [(path of keys, Column)]} of all columns that a field of a story fills.
COLUMNS_BY_KEY: dict[str, list[tuple[tuple[str, ...], Column]]] = {
    key: [((key,), STORY_COLUMNS[key])] if key in STORY_COLUMNS else [] for key in STORY_FIELDS
}
for _path, _column in FURTHER_STORY_COLUMNS:
    COLUMNS_BY_KEY[_path[0]].append((_path, _column))

# Reports name a column by its key in the format. The body is not a field, and `provider` fills a row of Provider.
KEY_OF_COLUMN = {
    **{column.name: key for key, column in STORY_COLUMNS.items()},
    **{column.name: ".".join(path) for path, column in FURTHER_STORY_COLUMNS},
    "provider": "provider",
    "body": "body",
}
# For a key with several columns, the first.
COLUMN_OF_KEY = {key: column for column, key in reversed(KEY_OF_COLUMN.items())}


def columns_of_key(key: str) -> list[str]:
    """Return the names of the columns that the format's field `key` fills."""
    return [column for column, name in KEY_OF_COLUMN.items() if name == key]


def columns_of(values: Values, table: Mapping[str, Column]) -> dict[str, Any]:
    """Return {column: value} of a mapping's values, with every column of `table`, {key: Column}."""
    return {column: convert(values.get(key)) for key, (column, convert) in table.items()}


def story_columns(values: Values, body: str, keys: Collection[str] | None = None) -> dict[str, Any]:
    """Return {column: value} for an Article: all but state, provider, topics, pictures and related coverage.

    With `keys`, only the columns that these fields of the format fill; the body is the field `body`.
    """
    if keys is None:
        columns = columns_of(values, STORY_COLUMNS)
        columns["body"] = body
        for path, (column, convert) in FURTHER_STORY_COLUMNS:
            columns[column] = convert(value_at(values, path))
        return columns
    columns = {}
    for key in keys:
        for path, (column, convert) in COLUMNS_BY_KEY.get(key, ()):
            columns[column] = convert(value_at(values, path))
    if "body" in keys:
        columns["body"] = body
    return columns


def value_at(values: Values, path: Iterable[str]) -> Any:
    """Return the value at a path of keys, None if a step is absent."""
    value: Any = values
    for key in path:
        value = (value or {}).get(key)
    return value


def unknown_fields(unknown: Values) -> Values:
    """Return those of a story's stored unknown fields that are still not in the schema.

    A field that was added to the schema since is read and written by its column.
    """
    return {key: value for key, value in unknown.items() if key not in STORY_FIELDS}


def proposes_to_publish(values: Values) -> bool:
    """Return whether upstream publishes a story; never if its date is too late to be stored.

    Such a date is left out with a warning, and the story, then without a date, would be visible at once.
    """
    if not values.get("published") or "publishedDateTime" in values:
        return bool(values.get("published"))
    raw = (values.get(AS_WRITTEN, {}).get("publishedDateTime") or [""])[0]
    # A time without quotes is stored as {RAW_SCALAR: text}.
    year = YEAR.match(str(raw.get(RAW_SCALAR, "") if isinstance(raw, dict) else raw))
    return year is None or int(year[1]) <= YEARS[-1]


def provider_pair(values: Values) -> tuple[str, str] | None:
    """Return (domain, name) of the provider of a story or related item, or None if no field names one.

    The domain defaults to that of the story's URL, the name to the domain.
    """
    provider = values.get("provider", {})
    url = values.get("webUrl") or values.get("originalUrl")
    domain = provider.get("domain") or (domain_of(url) if url else "")
    name = clean_name(provider.get("name", "")) or domain
    return (domain, name) if name else None


@lru_cache(maxsize=10_000)
def clean_name(name: str) -> str:
    """Return a name with its entities resolved and its white space collapsed."""
    return " ".join(unescape(name).split())


def images_by_key(images: Iterable[Values] | None) -> dict[str, dict[str, Any]]:
    """Return {URL: {column: value}} of a document's images with a URL; the first of several with the same URL."""
    keyed: dict[str, dict[str, Any]] = {}
    for image in images or []:
        if "url" in image:
            keyed.setdefault(image["url"], columns_of(image, IMAGE_COLUMNS))
    return keyed


def related_by_key(related: Iterable[Values] | None) -> dict[tuple[str, int], Values]:
    """Return {key: item} of a document's related items that have a title.

    The key is (identity of the URL, number of earlier items with that URL), because a URL can occur twice, with two
    titles. An item without a URL has its title in place of the identity.
    """
    titled = (item for item in related or [] if "title" in item)
    return numbered(titled, lambda item: related_identity(item) or item["title"])


def links_by_key(links: Iterable[RelatedLink]) -> dict[tuple[str, int], RelatedLink]:
    """Return {key: row} of a story's rows of related coverage, in order, by the keys of `related_by_key`."""
    return numbered(links, lambda link: link.identity or link.title)


def numbered(items: Iterable[Item], name_of: Callable[[Item], str]) -> dict[tuple[str, int], Item]:
    """Return {(name, number of earlier items of that name): item}, in the order of `items`."""
    keyed: dict[tuple[str, int], Item] = {}
    for item in items:
        name, number = name_of(item), 0
        while (name, number) in keyed:
            number += 1
        keyed[name, number] = item
    return keyed


def topic_names(names: Iterable[str] | None) -> list[str]:
    """Return the names of topics, trimmed, without duplicates, in order."""
    return list(dict.fromkeys(name.strip() for name in names or []))


def related_identity(values: Values) -> str:
    """Return the identity of a related item's URL, or an empty string when it has no URL."""
    url = values.get("webUrl") or values.get("originalUrl")
    return identity_of(url) if url else ""


def without_secured(value: Any) -> Any:
    """Return a value of the format without the fields `secured` at any depth, so that it may be shown.

    Raw values, which are for exports only, are left out as well.
    """
    # Most values are text, for which a call takes longer than the check.
    if isinstance(value, dict):
        return {
            key: without_secured(below) if isinstance(below, dict | list) else below
            for key, below in value.items()
            if key not in NEVER_SHOWN
        }
    if isinstance(value, list):
        return [without_secured(below) if isinstance(below, dict | list) else below for below in value]
    return value
