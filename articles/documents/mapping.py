"""Between a document's values and a model's columns, by the tables in schema.py. Pure."""

import re
from functools import lru_cache
from html import unescape

from articles.canonical_urls import domain_of, identity_of
from articles.documents.as_written import AS_WRITTEN
from articles.documents.field_types import YEARS
from articles.documents.nodes import RAW_SCALAR
from articles.documents.schema import COVERAGE_FIELDS, IMAGE_FIELDS, STORY_FIELDS

YEAR = re.compile(r"\s*([0-9]{4,6})-")


def columns_by_key(fields):
    """Return {key: Column} of those `fields` of a table that fill a column."""
    return {key: field.column for key, field in fields.items() if field.column is not None}


def further_columns(fields):
    """Return [(path of keys, Column)] of the columns that fill from a part of a field, or besides its first column."""
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

# Reports name a column by its key in the format. The body is no field, and `provider` is a row of its own.
KEY_OF_COLUMN = {
    **{column.name: key for key, column in STORY_COLUMNS.items()},
    **{column.name: ".".join(path) for path, column in FURTHER_STORY_COLUMNS},
    "provider": "provider",
    "body": "body",
}
# Of a key with several columns, the first.
COLUMN_OF_KEY = {key: column for column, key in reversed(KEY_OF_COLUMN.items())}


def columns_of_key(key):
    """Return the names of the columns that the format's field `key` fills."""
    return [column for column, name in KEY_OF_COLUMN.items() if name == key]


def columns_of(values, table):
    """Return {column: value} of a mapping's values, every column of `table` ({key: Column}) present."""
    return {column: convert(values.get(key)) for key, (column, convert) in table.items()}


def story_columns(values, body):
    """Return {column: value} for an Article: all but state, provider, topics, pictures and related coverage."""
    columns = columns_of(values, STORY_COLUMNS)
    columns["body"] = body
    for path, (column, convert) in FURTHER_STORY_COLUMNS:
        columns[column] = convert(value_at(values, path))
    return columns


def value_at(values, path):
    """Return the value at a path of keys, None where a step is absent."""
    for key in path:
        values = (values or {}).get(key)
    return values


def unknown_fields(unknown):
    """Return those of a story's stored unknown fields that the format still does not know.

    A field that has become known since is read and written by its column.
    """
    return {key: value for key, value in unknown.items() if key not in STORY_FIELDS}


def proposes_to_publish(values):
    """Return whether upstream publishes a story; not if its date is later than any that can be stored.

    Such a date is left out with a warning, and a story without a date would be visible at once.
    """
    if not values.get("published") or "publishedDateTime" in values:
        return bool(values.get("published"))
    raw = (values.get(AS_WRITTEN, {}).get("publishedDateTime") or [""])[0]
    # A time without quotes is stored as {RAW_SCALAR: text}.
    year = YEAR.match(str(raw.get(RAW_SCALAR, "") if isinstance(raw, dict) else raw))
    return year is None or int(year[1]) <= YEARS[-1]


def provider_pair(values):
    """Return (domain, name) of the provider of a story or related item, or None when nothing names one.

    The domain defaults to that of the story's URL, the name to the domain.
    """
    provider = values.get("provider", {})
    url = values.get("webUrl") or values.get("originalUrl")
    domain = provider.get("domain") or (domain_of(url) if url else "")
    name = clean_name(provider.get("name", "")) or domain
    return (domain, name) if name else None


@lru_cache(maxsize=10_000)
def clean_name(name):
    """Return a name with its entities resolved and its white space collapsed."""
    return " ".join(unescape(name).split())


def images_by_key(images):
    """Return {URL: {column: value}} of a document's images with a URL; of several with the same URL, the first."""
    keyed = {}
    for image in images or []:
        if "url" in image:
            keyed.setdefault(image["url"], columns_of(image, IMAGE_COLUMNS))
    return keyed


def related_by_key(related):
    """Return {key: item} of a document's related items.

    The key is (identity of the URL, number of earlier items with that URL), because one URL can occur twice
    with two titles; an item without a URL has its title in place of the identity. Items without a title are left out.
    """
    titled = (item for item in related or [] if "title" in item)
    return numbered(titled, lambda item: related_identity(item) or item["title"])


def links_by_key(links):
    """Return {key: row} of a story's rows of related coverage, in order, by the keys of `related_by_key`."""
    return numbered(links, lambda link: link.identity or link.title)


def numbered(items, name_of):
    """Return {(name, number of earlier items of that name): item} of `items`, in order."""
    keyed = {}
    for item in items:
        name, number = name_of(item), 0
        while (name, number) in keyed:
            number += 1
        keyed[name, number] = item
    return keyed


def topic_names(names):
    """Return the names of topics, trimmed, each once, in order."""
    return list(dict.fromkeys(name.strip() for name in names or []))


def related_identity(values):
    """Return the identity of a related item's URL, or an empty string when it has no URL."""
    url = values.get("webUrl") or values.get("originalUrl")
    return identity_of(url) if url else ""


def without_secured(value):
    """Return a value of the format without any field `secured`, at any depth, so that people may see it.

    Raw values, which are kept for exports only, are left out as well.
    """
    if isinstance(value, dict):
        return {key: without_secured(below) for key, below in value.items() if key not in ("secured", AS_WRITTEN)}
    return [without_secured(below) for below in value] if isinstance(value, list) else value
