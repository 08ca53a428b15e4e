"""Between the document's keys and the models' columns: values of a document in, values of columns out. Pure."""

import re
from datetime import datetime
from functools import lru_cache
from html import unescape

from articles.canonical_urls import domain_of, identity_of
from articles.choices import Kind
from articles.documents.as_written import AS_WRITTEN
from articles.documents.durations import duration_of
from articles.documents.field_types import YEARS
from articles.documents.nodes import RAW_SCALAR
from articles.ranking import NOT_SCORED

YEAR = re.compile(r"\s*([0-9]{4,6})-")
KINDS = frozenset(Kind.values)


def as_text(value):
    return value or ""


def as_list(value):
    return value or []


def as_is(value):
    return value


def as_time(value):
    return datetime.fromisoformat(value) if value else None


def as_duration(value):
    return duration_of(value) if value else None


def as_duration_text(value):
    """Return a length that has no fixed duration, such as P1M, as written; None for any other."""
    return value if value and duration_of(value) is None else None


def as_kind(value):
    """Return a kind the desk knows; what it does not know yet is an article, and kept as upstream said."""
    return value if value in KINDS else Kind.ARTICLE.value


def as_heat(value):
    return NOT_SCORED if value is None else value


COVERAGE_COLUMNS = {
    "title": ("title", as_text),
    "excerpt": ("excerpt", as_text),
    "publishedDateTime": ("published_at", as_time),
    "updatedDateTime": ("revised_at", as_time),
    "webUrl": ("web_url", as_text),
    "originalUrl": ("original_url", as_text),
    "ampWebUrl": ("amp_url", as_text),
    "cdnAmpWebUrl": ("cdn_amp_url", as_text),
    "type": ("kind", as_kind),
    "quality": ("quality", as_is),
}

STORY_COLUMNS = {
    **COVERAGE_COLUMNS,
    "category": ("category", as_text),
    "heat": ("heat", as_heat),
    "featuredContent": ("featured_content", as_text),
    "price": ("price", as_text),
    "length": ("duration", as_duration),
    "levels": ("levels", as_list),
    "items": ("items", as_list),
    "actions": ("actions", as_list),
    "removed": ("is_removed", bool),
    "locale": ("locale", as_text),
    "tags": ("upstream_tags", as_list),
}

IMAGE_COLUMNS = {
    "url": ("url", as_text),
    "width": ("width", as_is),
    "height": ("height", as_is),
    "isCached": ("is_cached", bool),
    "title": ("title", as_text),
    "attribution": ("attribution", as_text),
}


def proposes_to_publish(values):
    """Return whether upstream publishes a story; not if its date is later than any that can be kept.

    Such a date is left out with a warning, and a story without a date would be visible at once.
    """
    if not values.get("published") or "publishedDateTime" in values:
        return bool(values.get("published"))
    raw = (values.get(AS_WRITTEN, {}).get("publishedDateTime") or [""])[0]
    # A time without quotes is kept as {RAW_SCALAR: text}.
    year = YEAR.match(str(raw.get(RAW_SCALAR, "") if isinstance(raw, dict) else raw))
    return year is None or int(year[1]) <= YEARS[-1]


def columns_of(values, table):
    """Return {column: value} of a mapping's values, every column of `table` present."""
    return {column: convert(values.get(key)) for key, (column, convert) in table.items()}


def story_columns(values, body):
    """Return {column: value} for an Article: all but state, provider, topics, pictures and related coverage."""
    columns = columns_of(values, STORY_COLUMNS)
    provider = values.get("provider", {})
    ratings = values.get("ratings", {})
    columns["body"] = body
    columns["duration_text"] = as_duration_text(values.get("length"))
    columns["authors"] = as_list(provider.get("authors"))
    columns["publishers"] = provider.get("publishers")
    columns["rating_count"] = ratings.get("count")
    columns["rating_average"] = ratings.get("average")
    return columns


# The report speaks of fields as upstream does.
KEY_OF_COLUMN = {column: key for key, (column, _convert) in STORY_COLUMNS.items()} | {
    "duration_text": "length",
    "authors": "provider.authors",
    "publishers": "provider.publishers",
    "rating_count": "ratings.count",
    "rating_average": "ratings.average",
    "provider": "provider",
    "body": "body",
}
COLUMN_OF_KEY = {key: column for column, key in KEY_OF_COLUMN.items()} | {"length": "duration"}


def columns_of_key(key):
    """Return the columns that the format's field `key` fills."""
    return [column for column, name in KEY_OF_COLUMN.items() if name == key]


def provider_pair(values):
    """Return (domain, name) of the provider of a story or related item, or None when nothing names one.

    Without a domain, that of the story's URL is taken; without a name, the domain.
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
    """Return {URL: {column: value}} of a document's images that have a URL; of two with one URL the first counts."""
    keyed = {}
    for image in images or []:
        if "url" in image:
            keyed.setdefault(image["url"], columns_of(image, IMAGE_COLUMNS))
    return keyed


def related_by_key(related):
    """Return {key: item} of a document's related items.

    The key is (identity of the URL, how many items with that URL came before), as one URL can stand
    twice under two titles; without a URL the title takes its place. Items with neither are left out.
    """
    return keyed_in_turn(
        (item for item in related or [] if "title" in item), lambda item: related_identity(item) or item["title"]
    )


def links_by_key(links):
    """Return {key: row} of a story's rows of related coverage, in order, by the keys of `related_by_key`."""
    return keyed_in_turn(links, lambda link: link.identity or link.title)


def keyed_in_turn(items, name_of):
    """Return {(name, how many of that name came before): item} of `items`, in order."""
    keyed = {}
    for item in items:
        name, before = name_of(item), 0
        while (name, before) in keyed:
            before += 1
        keyed[name, before] = item
    return keyed


def topic_names(names):
    """Return the names of topics, trimmed, each once, in order."""
    return list(dict.fromkeys(name.strip() for name in names or []))


def related_identity(values):
    """Return the identity of the story that a related item is, or an empty string when it has no URL."""
    url = values.get("webUrl") or values.get("originalUrl")
    return identity_of(url) if url else ""


def without_secured(value):
    """Return a value of the format without what is called `secured` in it, at any depth: for people to see.

    What is kept only to be exported as it was written is left out as well.
    """
    if isinstance(value, dict):
        return {key: without_secured(below) for key, below in value.items() if key not in ("secured", AS_WRITTEN)}
    return [without_secured(below) for below in value] if isinstance(value, list) else value
