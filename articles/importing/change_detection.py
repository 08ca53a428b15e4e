"""Recognise documents that have not changed, without parsing them.

Upstream exports every hour and changes little but `secured`, which it generates randomly. So a digest of the
text without that blob is stored with each story, and for most documents one query for hundreds of them is enough.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from django.db import connection

from articles.db.bulk_rows import chunked, fetch_rows, in_values, set_column
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
STORIES_BY_IDENTITY = """
    SELECT story.identity, story.id, story.url_date, story.slug, upstream.digest, upstream.text_digest, secret.text
    FROM articles_article story JOIN articles_upstreamdocument upstream ON upstream.article_id = story.id
    JOIN articles_upstreamsecret secret ON secret.upstream_id = story.id
    WHERE story.identity
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


def find_known_stories(text_digests: Iterable[str], last_story: int | None = None) -> dict[str, KnownStory]:
    """Return {text digest: KnownStory} of those digests that a story has. One query.

    With `last_story`, only stories with a key up to that one are found: later ones were created by the same import,
    and may turn out not to count. An index answers all but `secured`.
    """
    rows = fetch_rows(STORIES_BY_TEXT_DIGEST + in_values(UpstreamDocument, "text_digest"), set(text_digests) - {""})
    return {digest: tuple(story) for digest, *story in rows if last_story is None or story[0] <= last_story}


def store_secrets(secrets: Mapping[int, str]) -> None:
    """Store the new blobs, {story key: blob}, of documents that are otherwise unchanged."""
    set_column(UpstreamSecret, "text", secrets)


def accept_unchanged(stories: Sequence[PreparedStory]) -> dict[str, Outcome]:
    """Return {identity: Outcome} of the PreparedStories whose values are those stored, and store their new blobs.

    They were parsed because their text is not known: it is formatted differently, or another import has written it
    since it was read. In a transaction only; at most three statements, and two more for stories that an earlier
    release imported.
    """
    if not stories:
        return {}
    lock = " FOR UPDATE OF upstream" if connection.features.has_select_for_update else ""
    rows = fetch_rows(
        STORIES_BY_IDENTITY + in_values(Article, "identity") + lock, [story.identity for story in stories]
    )
    stored_stories = {identity: StoredStory(*values) for identity, *values in rows}
    new_digests = recompute_old_digests({row.key: row.digest for row in stored_stories.values()})
    outcomes: dict[str, Outcome] = {}
    text_digests: dict[int, str] = {}
    secrets: dict[int, str] = {}
    digests: dict[int, str] = {}
    for story in stories:
        row = stored_stories.get(story.identity)
        if row is None or new_digests.get(row.key, row.digest) != story.digest:
            continue
        if row.key in new_digests:
            digests[row.key] = story.digest
        outcomes[story.identity] = Outcome.unchanged(reader_url(row.url_date, row.slug), row.key)
        if row.text_digest != story.text_digest:
            text_digests[row.key] = story.text_digest
        if row.secured != story.secured:
            secrets[row.key] = story.secured
    store_secrets(secrets)
    set_column(UpstreamDocument, "text_digest", text_digests)
    set_column(UpstreamDocument, "digest", digests)
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
