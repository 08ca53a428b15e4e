"""Recognising documents that say what they said last time, without parsing them.

Upstream exports every hour and changes little but `secured`, which it makes up at random. So a digest of
the text without that line is kept with each story, and most documents cost a share of one look-up.
"""

from typing import NamedTuple

from articles.importing.bulk import look_up, set_column
from articles.models import Article, UpstreamDocument


class Known(NamedTuple):
    """The story whose text is known, and what upstream last said of it."""

    key: int
    identity: str
    published: str
    secured: str


def known_by(digests):
    """Return {text digest: Known} of those digests that belong to a story. Two queries.

    A story without a URL is known by its file's name, so the same text under another name is another story.
    """
    said = look_up(
        UpstreamDocument, "text_digest", set(digests), "text_digest", "article_id", "published", "secured", "url"
    )
    stories = dict(look_up(Article, "id", [key for _digest, key, *_rest in said], "id", "identity"))
    return {
        digest: Known(key, stories[key], published, secured)
        for digest, key, published, secured, url in said
        if url and key in stories
    }


def take_blobs(blobs):
    """Keep the new blobs, {key of the story: blob}, of documents that say nothing else that is new."""
    if blobs:
        set_column(UpstreamDocument, "secured", blobs)
