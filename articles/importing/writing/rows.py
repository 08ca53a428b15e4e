"""Prepare the rows of a parsed story, as far as possible without the database. Pure.

The processes that parse run this, so that the writer does not wait for it.
"""

import json
import pickle
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any, NamedTuple, Self

from django.db.models import Model

from articles import ranking
from articles.choices import State
from articles.db.bulk_rows import BOOLEAN_NUMBERS, RowLayout, as_utc_text, column_converter, json_text, time_text
from articles.documents.columns import Column, as_duration_text, as_heat, as_is, as_list, as_text
from articles.documents.desk_state import DeskState
from articles.documents.digests import digest_of
from articles.documents.mapping import (
    COVERAGE_COLUMNS,
    IMAGE_COLUMNS,
    STORY_COLUMNS,
    proposes_to_publish,
    provider_pair,
    related_by_key,
    topic_names,
)
from articles.documents.nodes import Values
from articles.documents.parse import STORY, Document
from articles.documents.problems import Problem
from articles.importing.publication import is_withheld
from articles.models import Article, Image, RelatedLink, UpstreamDocument, UpstreamSecret
from articles.models.image import COPY_COLUMNS
from articles.models.upstream import PATH_LIMIT
from articles.ranking import NOT_SCORED
from articles.site_days import day_of_site
from articles.slugs import slug_of
from articles.visibility import first_visible_of_import

# What these converters return for a missing value; they return other values unchanged.
DEFAULTS: dict[Callable[[Any], Any], object] = {as_text: "", as_is: None, as_heat: NOT_SCORED}
# The values of a row's columns, in the order of a RowLayout.
Row = tuple[Any, ...]
# (domain, name), by which upstream names a provider.
Pair = tuple[str, str]
# (pair of its provider, row, rows of its images); a tuple, because many of them are pickled.
CoverageRow = tuple[Pair | None, Row, list[Row]]


class ColumnConverter:
    """Converts a document's values to those of columns, by a table such as COVERAGE_COLUMNS."""

    def __init__(self, model: type[Model], columns: Mapping[str, Column]) -> None:
        converters = [column_converter(model, column, convert) for column, convert in columns.values()]
        self.keys = tuple(columns)
        self.defaults = tuple(DEFAULTS.get(convert) for convert in converters)
        # Most values need no conversion.
        self.converters = [(index, convert) for index, convert in enumerate(converters) if convert not in DEFAULTS]

    def convert(self, values: Mapping[str, Any]) -> list[Any]:
        """Return the columns' values for a mapping of a document, in the table's order."""
        row = [*map(values.get, self.keys, self.defaults)]
        for index, convert in self.converters:
            row[index] = convert(row[index])
        return row


def column_names(columns: Mapping[str, Column]) -> list[str]:
    return [column for column, _convert in columns.values()]


STORY_CONVERTER = ColumnConverter(Article, STORY_COLUMNS)
COVERAGE_CONVERTER = ColumnConverter(RelatedLink, COVERAGE_COLUMNS)
IMAGE_CONVERTER = ColumnConverter(Image, IMAGE_COLUMNS)
to_json = column_converter(Article, "publishers", as_is)
to_json_list = column_converter(Article, "authors", as_list)

# The columns that the writer adds come first, then those that are prepared here.
STORIES = RowLayout(
    Article,
    [
        *("id", "slug", "provider_id"),
        *column_names(STORY_COLUMNS),
        *("body", "duration_text", "authors", "publishers", "rating_count", "rating_average"),
        *("identity", "url_date", "state", "visible_from", "first_visible_at"),
        *("dated_at", "rank", "created_at", "updated_at"),
    ],
    ["state_owner", "visible_until", "proposed_publish_at", "pin", "kept_fields"],
)
UPSTREAM = RowLayout(
    UpstreamDocument,
    [
        "article_id",
        *("identity", "values", "unknown", "body", "source_name", "digest", "text_digest"),
        *("url", "published", "imported_at", "path"),
    ],
    ["changed_at", "former_proposal"],
)
SECRETS = RowLayout(UpstreamSecret, ["upstream_id", "text"])
LINKS = RowLayout(
    RelatedLink,
    ["id", "article_id", "provider_id", "identity", "position", *column_names(COVERAGE_COLUMNS)],
    ["is_hidden"],
)
# What a document does not contain of an image.
NOT_IN_DOCUMENTS = ("provider_id", *COPY_COLUMNS, "focal_x", "focal_y", "alt")
IMAGES = RowLayout(
    Image, ["article_id", "position", *column_names(IMAGE_COLUMNS)], ["related_link_id", *NOT_IN_DOCUMENTS]
)
COVERAGE_IMAGES = RowLayout(
    Image, ["related_link_id", "position", *column_names(IMAGE_COLUMNS)], ["article_id", *NOT_IN_DOCUMENTS]
)


class NewRows(NamedTuple):
    """The rows of a story if it is new, without their keys, and the names of its topics."""

    row: Row
    topics: list[str]
    images: list[Row]
    related: list[CoverageRow]

    def in_state(self, state: str) -> Self:
        """Return them in their own state or in one that readers cannot see."""
        row = list(self.row)
        if row[STATE] == state:
            return self
        row[STATE], row[VISIBLE_FROM], row[FIRST_VISIBLE_AT] = state, None, None
        return self._replace(row=tuple(row))


class PreparedStory(NamedTuple):
    """A parsed story, ready to be written: its rows if it is new, its values for a merge if it is known.

    `pair` names its provider. `state` is its state if it is new, `prepared_at` the time of the import as the importer's
    text.
    """

    source: str
    title: str
    url: str
    # The provider's time, as text that sorts by time; empty if there is none.
    published_at: str
    identity: str
    # The identity by which earlier releases knew it; "" if that is the same.
    former_identity: str
    # The path in the import's source; "" for standard input.
    path: str
    digest: str
    text_digest: str
    secured: str
    body: str
    values_json: str
    unknown_json: str
    problems: list[Problem]
    url_date: str | None
    state: str
    pair: Pair | None
    logos: list[Values]
    prepared_at: str
    # Empty, as the rows, if the story is probably known.
    prepared_slug: str = ""
    pickled_rows: bytes = b""
    # The desk's state, if the document is a newsroom's export.
    desk_state: DeskState | None = None

    @property
    def document_type(self) -> str:
        """The type of document, as of other parsed documents."""
        return STORY

    @property
    def values(self) -> Values:
        """The document's fields; a new dict with each call."""
        values: Values = json.loads(self.values_json)
        return values

    @property
    def unknown(self) -> Values:
        """The document's fields that are not in the format; a new dict with each call."""
        unknown: Values = json.loads(self.unknown_json)
        return unknown

    @property
    def slug(self) -> str:
        """Its slug if it is new and no other story of its day has that."""
        return self.prepared_slug or slug_of(self.title, fallback=f"story-{self.identity[:8]}")

    @property
    def rows(self) -> NewRows:
        """Its NewRows, a new tuple with each call; their `in_state` gives them its present state."""
        if not self.pickled_rows:
            return new_rows(self, self.values)
        rows: NewRows = pickle.loads(self.pickled_rows)  # noqa: S301 - written by our own processes
        return rows

    def in_inbox(self) -> "PreparedStory":
        """Return the same story in the inbox."""
        return self.in_state(State.INBOX)

    def in_review(self) -> "PreparedStory":
        """Return the same story in review."""
        return self.in_state(State.IN_REVIEW)

    def in_state(self, state: State) -> "PreparedStory":
        """Return the same story in a state that readers cannot see."""
        return self._replace(state=state.value)


# A valid document after parsing: a story with its rows, or the Document of a topic or organization.
ParsedDocument = PreparedStory | Document
# Indexes of columns in NewRows.row.
STATE, VISIBLE_FROM, FIRST_VISIBLE_AT, DATED_AT, RANK, UPDATED_AT = (
    STORIES.names.index(name) - 3
    for name in ("state", "visible_from", "first_visible_at", "dated_at", "rank", "updated_at")
)


def prepare(
    document: Document, now: str, follow_proposal: bool = True, *, is_probably_known: bool = False
) -> PreparedStory:
    """Return the PreparedStory of a valid Document.

    `now` is the time of the import as the importer's text; with `follow_proposal` a story that upstream publishes is
    published. What only a new story needs is left for later if the story `is_probably_known`.
    """
    values = document.values
    values_json, unknown_json = json_text(values), json_text(document.unknown)
    identity, pair, provider = document.identity, provider_pair(values), values.get("provider", {})
    url_date = url_date_of(document.published_at)
    # Without a URL a story is identified by its file name, so the same text in another file is another story.
    text_digest = document.text_digest if document.url else ""
    digest = digest_of(values, document.unknown, document.body)
    is_published = follow_proposal and proposes_to_publish(values) and not is_withheld(values)
    story = PreparedStory(
        source=document.source,
        title=document.title,
        url=document.url,
        published_at=document.published_at,
        identity=identity,
        former_identity=document.former_identity,
        path=document.path[-PATH_LIMIT:],
        digest=digest,
        text_digest=text_digest,
        secured=document.secured,
        body=document.body,
        values_json=values_json,
        unknown_json=unknown_json,
        problems=document.problems,
        url_date=url_date,
        state=(State.PUBLISHED if is_published else State.INBOX).value,
        pair=pair,
        logos=provider.get("images") or [],
        prepared_at=now,
        desk_state=document.desk_state,
    )
    if is_probably_known:
        return story
    rows = new_rows(story, values)
    return story._replace(prepared_slug=story.slug, pickled_rows=pickle.dumps(rows, protocol=pickle.HIGHEST_PROTOCOL))


def new_rows(story: PreparedStory, values: Values) -> NewRows:
    """Return the NewRows of a PreparedStory with these values."""
    return NewRows(
        row=story_row(story, values),
        topics=topic_names(values.get("topics")),
        images=image_rows(values.get("images")),
        related=[
            coverage_row(item, position, name if item.get("webUrl") or item.get("originalUrl") else "")
            for position, ((name, _nth), item) in enumerate(related_by_key(values.get("related")).items())
        ],
    )


def upstream_row(story: PreparedStory, row: Row) -> Row:
    """Return the row of a new story's UpstreamDocument; `row` is that of the story."""
    return (
        story.identity,
        story.values_json,
        story.unknown_json,
        story.body,
        story.source[-500:],
        story.digest,
        story.text_digest,
        story.url,
        story.published_at,
        row[UPDATED_AT],
        story.path or None,
    )


def topic_link_values(row: Row) -> Row:
    """Return the columns that a new story's row copies to its topic links.

    They are dated_at, rank, published and first_visible_at.
    """
    is_published = row[STATE] == State.PUBLISHED.value
    return row[DATED_AT], row[RANK], BOOLEAN_NUMBERS[is_published], row[FIRST_VISIBLE_AT]


def url_date_of(published_at: str) -> str | None:
    """Return the day in a new story's URL, in the site's time zone, as text; None without a date."""
    return str(day_of_site(datetime.fromisoformat(published_at))) if published_at else None


def story_row(story: PreparedStory, values: Values) -> Row:
    provider, ratings = values.get("provider", {}), values.get("ratings", {})
    published_at, heat, imported_at = values.get("publishedDateTime"), values.get("heat"), time_text(story.prepared_at)
    dated_at = published_at or story.prepared_at
    date = datetime.fromisoformat(published_at) if published_at else None
    is_published, imported = story.state == State.PUBLISHED.value, datetime.fromisoformat(story.prepared_at)
    first_visible_at = first_visible_of_import(date, imported) if is_published else None
    return (
        *STORY_CONVERTER.convert(values),
        story.body,
        as_duration_text(values.get("length")),
        to_json_list(provider.get("authors")),
        to_json(provider.get("publishers")),
        ratings.get("count"),
        ratings.get("average"),
        story.identity,
        story.url_date,
        story.state,
        time_text(dated_at) if is_published else None,
        time_text(as_utc_text(first_visible_at)),
        time_text(dated_at),
        None if heat is None else ranking.rank(heat, date),
        imported_at,
        imported_at,
    )


def coverage_row(item: Values, position: int, identity: str) -> CoverageRow:
    row = (identity, position, *COVERAGE_CONVERTER.convert(item))
    return provider_pair(item), row, image_rows(item.get("images"))


def image_rows(images: Iterable[Values] | None) -> list[Row]:
    """Return the rows of a document's images, without their owner; of two with the same URL the first counts."""
    by_url: dict[str, Values] = {}
    for image in images or ():
        if "url" in image:
            by_url.setdefault(image["url"], image)
    return [(position, *IMAGE_CONVERTER.convert(image)) for position, image in enumerate(by_url.values())]
