"""From a parsed story to the rows it will be, as far as that goes without asking the database. Pure.

It runs beside the writer, in processes of its own: what is done here is not waited for.
"""

import json
from datetime import datetime
from typing import NamedTuple

from articles import ranking
from articles.choices import State
from articles.db.bulk_rows import BOOLEAN_NUMBERS, RowLayout, as_utc_text, column_converter, json_text, time_text
from articles.documents.columns import as_duration_text, as_heat, as_is, as_list, as_text
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
from articles.documents.parse import STORY
from articles.models import Article, Image, RelatedLink, UpstreamDocument, UpstreamSecret
from articles.ranking import NOT_SCORED
from articles.site_days import day_of_site
from articles.slugs import slug_of
from articles.visibility import first_visible_of_import

# What these make of a value that is missing; one that is there they leave as it is.
WHEN_MISSING = {as_text: "", as_is: None, as_heat: NOT_SCORED}


class Table:
    """How a document's values become those of columns, by `COVERAGE_COLUMNS` or the like; most stay as they are."""

    def __init__(self, model, columns):
        stored = [column_converter(model, column, convert) for column, convert in columns.values()]
        self.keys = tuple(columns)
        self.missing = tuple(WHEN_MISSING.get(convert) for convert in stored)
        self.converted = [(place, convert) for place, convert in enumerate(stored) if convert not in WHEN_MISSING]

    def values(self, said):
        """Return the columns' values for a mapping of a document, in their order."""
        values = [*map(said.get, self.keys, self.missing)]
        for place, convert in self.converted:
            values[place] = convert(values[place])
        return values


def names_of(columns):
    return [column for column, _convert in columns.values()]


STORY_TABLE = Table(Article, STORY_COLUMNS)
COVERAGE_TABLE = Table(RelatedLink, COVERAGE_COLUMNS)
IMAGE_TABLE = Table(Image, IMAGE_COLUMNS)
AS_JSON = column_converter(Article, "publishers", as_is)
AS_JSON_LIST = column_converter(Article, "authors", as_list)

# What the writer adds stands first, what is known here behind it.
STORIES = RowLayout(
    Article,
    [
        *("id", "slug", "provider_id"),
        *names_of(STORY_COLUMNS),
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
        *("url", "published", "imported_at"),
    ],
    ["changed_at"],
)
SECRETS = RowLayout(UpstreamSecret, ["upstream_id", "text"])
LINKS = RowLayout(
    RelatedLink,
    ["id", "article_id", "provider_id", "identity", "position", *names_of(COVERAGE_COLUMNS)],
    ["is_hidden"],
)
IMAGES = RowLayout(
    Image, ["article_id", "position", *names_of(IMAGE_COLUMNS)], ["related_link_id", "provider_id", "file"]
)
IMAGES_OF_COVERAGE = RowLayout(
    Image, ["related_link_id", "position", *names_of(IMAGE_COLUMNS)], ["article_id", "provider_id", "file"]
)


class Prepared(NamedTuple):
    """A story's document on its way to the database; what is empty of it was not given.

    It carries the rows to write if the story is new, and its values for a merge if it is not. `related` are tuples,
    as there are many to be pickled: pair of its provider, row, and rows of its pictures.
    """

    source: str
    title: str
    url: str
    published: str
    identity: str
    digest: str
    text_digest: str
    secured: str
    body: str
    values_json: str
    unknown_json: str
    problems: list
    slug: str
    url_date: str | None
    row: tuple
    upstream_row: tuple
    pair: tuple | None
    topics: list
    images: list
    related: list
    logos: list

    sort = STORY

    @property
    def values(self):
        """The document's fields, anew with each call."""
        return json.loads(self.values_json)

    @property
    def unknown(self):
        return json.loads(self.unknown_json)

    @property
    def is_published(self):
        """Whether readers will see it, if it is new."""
        return self.row[STATE_AT] == State.PUBLISHED.value

    def in_inbox(self):
        """Return the same story as one that nobody has proposed to publish."""
        return self.in_state(State.INBOX)

    def in_review(self):
        """Return the same story as one that waits for somebody who may publish."""
        return self.in_state(State.IN_REVIEW)

    def in_state(self, state):
        """Return the same story in a state in which readers do not see it."""
        row = list(self.row)
        row[STATE_AT], row[VISIBLE_FROM_AT], row[FIRST_VISIBLE_AT] = state.value, None, None
        return self._replace(row=tuple(row))

    @property
    def state(self):
        """The state it gets if it is new."""
        return self.row[STATE_AT]

    @property
    def place(self):
        """Times, rank and whether it is published, as they stand beside each of its topics."""
        row = self.row
        return row[DATED_AT], row[RANK_AT], BOOLEAN_NUMBERS[self.is_published], row[FIRST_VISIBLE_AT]


STATE_AT, VISIBLE_FROM_AT, FIRST_VISIBLE_AT, DATED_AT, RANK_AT, UPDATED_AT = (
    STORIES.names.index(name) - 3
    for name in ("state", "visible_from", "first_visible_at", "dated_at", "rank", "updated_at")
)


DIGEST_AT = UPSTREAM.names.index("digest") - 1


def prepare(document, now, follow_proposal=True):
    """Return the Prepared of a sound story's Document.

    `now` is the time at which it came in, as the importer has times; with `follow_proposal` a story that
    upstream would publish is published.
    """
    values = document.values
    values_json, unknown_json = json_text(values), json_text(document.unknown)
    identity, pair, provider = document.identity, provider_pair(values), values.get("provider", {})
    url_date = url_date_of(document.published_at)
    # Without a URL a story is known by its file's name, so the same text under another name is another story.
    text_digest = document.text_digest if document.url else ""
    upstream_row = (
        identity,
        values_json,
        unknown_json,
        document.body,
        document.source[-500:],
        digest_of(values, document.unknown, document.body),
        text_digest,
        document.url,
        document.published_at,
        time_text(now),
    )
    return Prepared(
        source=document.source,
        title=document.title,
        url=document.url,
        published=document.published_at,
        identity=identity,
        digest=upstream_row[DIGEST_AT],
        text_digest=text_digest,
        secured=document.secured,
        body=document.body,
        values_json=values_json,
        unknown_json=unknown_json,
        problems=document.problems,
        slug=slug_of(document.title, fallback=f"story-{identity[:8]}"),
        url_date=url_date,
        row=story_row(values, document.body, identity, url_date, now, follow_proposal),
        upstream_row=upstream_row,
        pair=pair,
        topics=topic_names(values.get("topics")),
        images=image_rows(values.get("images")),
        related=[
            coverage_of(item, position, name if item.get("webUrl") or item.get("originalUrl") else "")
            for position, ((name, _nth), item) in enumerate(related_by_key(values.get("related")).items())
        ],
        logos=provider.get("images") or [],
    )


def url_date_of(published):
    """Return the day of the site in a new story's address, as text; None for one without a date."""
    return str(day_of_site(datetime.fromisoformat(published))) if published else None


def story_row(values, body, identity, url_date, now, follow_proposal):
    provider, ratings = values.get("provider", {}), values.get("ratings", {})
    published, heat, came_in = values.get("publishedDateTime"), values.get("heat"), time_text(now)
    dated = published or now
    date = datetime.fromisoformat(published) if published else None
    is_published = follow_proposal and proposes_to_publish(values)
    first = first_visible_of_import(date, datetime.fromisoformat(now)) if is_published else None
    return (
        *STORY_TABLE.values(values),
        body,
        as_duration_text(values.get("length")),
        AS_JSON_LIST(provider.get("authors")),
        AS_JSON(provider.get("publishers")),
        ratings.get("count"),
        ratings.get("average"),
        identity,
        url_date,
        State.PUBLISHED.value if is_published else State.INBOX.value,
        time_text(dated) if is_published else None,
        time_text(as_utc_text(first)),
        time_text(dated),
        None if heat is None else ranking.rank(heat, date),
        came_in,
        came_in,
    )


def coverage_of(item, position, identity):
    row = (identity, position, *COVERAGE_TABLE.values(item))
    return provider_pair(item), row, image_rows(item.get("images"))


def image_rows(images):
    """Return the rows of a document's images, without their owner; of two with one URL the first counts."""
    first = {}
    for image in images or ():
        if "url" in image:
            first.setdefault(image["url"], image)
    return [(position, *IMAGE_TABLE.values(image)) for position, image in enumerate(first.values())]
