"""Recognise documents that have not changed, without parsing them.

Upstream exports every hour and changes little but `secured`, which it generates randomly. So a digest of the
text without that blob is stored with each story, and for most documents one query for hundreds of them is enough.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from django.db import connection

from articles.db.bulk_rows import chunked, fetch_rows, in_values
from articles.db.bulk_updates import set_column
from articles.documents.digests import digest_of, is_orderless
from articles.importing.results import Outcome
from articles.importing.writing.rows import PreparedStory
from articles.models import Article, UpstreamDocument, UpstreamSecret
from articles.story_urls import reader_url

STORIES_BY_TEXT_DIGEST = """
    SELECT upstream.text_digest, upstream.article_id, upstream.identity, upstream.published, secret.text
    FROM articles_upstreamdocument upstream
    JOIN articles_upstreamsecret secret ON secret.upstream_id = upstream.article_id
    WHERE upstream.text_digest
"""
KNOWN_PATHS = "SELECT DISTINCT path FROM articles_upstreamdocument WHERE path "
STORIES_BY_KEY = """
    SELECT story.id, story.url_date, story.slug, upstream.digest, upstream.text_digest, secret.text, upstream.path
    FROM articles_article story JOIN articles_upstreamdocument upstream ON upstream.article_id = story.id
    JOIN articles_upstreamsecret secret ON secret.upstream_id = story.id
    WHERE story.id
"""


# (story key, identity, published_at, secured)
KnownStory = tuple[int, str, str, str]


class StoredStory(NamedTuple):
    """The columns of a story that are compared with its document."""

    key: int
    url_date: str | None
    slug: str
    digest: str
    text_digest: str
    secured: str
    path: str | None


def find_known_stories(text_digests: Iterable[str], last_story: int | None = None) -> dict[str, KnownStory]:
    """Return {text digest: KnownStory} of those digests that a story has. One query.

    With `last_story`, only stories with a key up to that one are found: later ones were created by the same import,
    and may turn out not to count. An index answers all but `secured`.
    """
    rows = fetch_rows(STORIES_BY_TEXT_DIGEST + in_values(UpstreamDocument, "text_digest"), set(text_digests) - {""})
    return {digest: tuple(story) for digest, *story in rows if last_story is None or story[0] <= last_story}


def find_known_paths(paths: Iterable[str]) -> set[str]:
    """Return those of `paths` from which a story was imported. One query, none without paths."""
    file_paths = set(paths) - {""}
    if not file_paths:
        return set()
    return {path for (path,) in fetch_rows(KNOWN_PATHS + in_values(UpstreamDocument, "path"), file_paths)}


def store_secrets(secrets: Mapping[int, str]) -> None:
    """Store the new blobs, {story key: blob}, of documents that are otherwise unchanged."""
    set_column(UpstreamSecret, "text", secrets)


def accept_unchanged(stories: Sequence[tuple[int, PreparedStory]]) -> dict[str, Outcome]:
    """Return {identity: Outcome} of those whose values are stored already, and store their new blobs.

    `stories` are (key of the story, PreparedStory).

    They were parsed because their text is not known: it is formatted differently, or another import has written it
    since it was read. In a transaction only; at most three statements, and three more for stories that an earlier
    release imported.
    """
    if not stories:
        return {}
    lock = " FOR UPDATE OF upstream" if connection.features.has_select_for_update else ""
    rows = fetch_rows(STORIES_BY_KEY + in_values(Article, "id") + lock, [key for key, _story in stories])
    stored_stories = {values[0]: StoredStory(*values) for values in rows}
    new_digests = recompute_old_digests({row.key: row.digest for row in stored_stories.values()})
    outcomes: dict[str, Outcome] = {}
    text_digests: dict[int, str] = {}
    secrets: dict[int, str] = {}
    digests: dict[int, str] = {}
    paths: dict[int, str] = {}
    for key, story in stories:
        row = stored_stories.get(key)
        if row is None or new_digests.get(row.key, row.digest) != story.digest:
            continue
        if row.key in new_digests:
            digests[row.key] = story.digest
        outcomes[story.identity] = Outcome.unchanged(reader_url(row.url_date, row.slug), row.key)
        if row.text_digest != story.text_digest:
            text_digests[row.key] = story.text_digest
        if row.secured != story.secured:
            secrets[row.key] = story.secured
        if row.path is None and story.path:
            paths[row.key] = story.path
    store_secrets(secrets)
    set_column(UpstreamDocument, "text_digest", text_digests)
    set_column(UpstreamDocument, "digest", digests)
    set_column(UpstreamDocument, "path", paths)
    return outcomes


def recompute_old_digests(digests: Mapping[int, str]) -> dict[int, str]:
    """Return {key: digest of the stored values} for those of {key: stored digest} that an earlier release wrote.

    Those digests depended on the order of keys and cannot be compared with today's.
    """
    old_keys = [key for key, digest in digests.items() if not is_orderless(digest)]
    return {
        key: digest_of(values, unknown, body)
        for keys in chunked(old_keys)
        for key, values, unknown, body in UpstreamDocument.objects.filter(pk__in=keys)
        .values_list("pk", "values", "unknown", "body")
        .iterator()
    }
