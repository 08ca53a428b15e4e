"""Recognising documents that say what they said last time, without parsing them.

Upstream exports every hour and changes little but `secured`, which it makes up at random. So a digest of
the text without that line is kept with each story, and most documents cost a share of one look-up.
"""

from typing import NamedTuple

from articles.importing.bulk import in_pieces, set_column
from articles.models import UpstreamDocument


class Known(NamedTuple):
    """The story whose text is known, and what upstream last said of it."""

    key: int
    identity: str
    published: str
    secured: str


def known_by(digests):
    """Return {text digest: Known} of those digests that belong to a story. One query for 2,000.

    A story without a URL is known by its file's name, so the same text under another name is another story.
    """
    known = {}
    for some in in_pieces(set(digests)):
        found = (
            UpstreamDocument.objects.filter(text_digest__in=some)
            .exclude(url="")
            .values_list("text_digest", "pk", "article__identity", "published", "secured")
        )
        known |= {digest: Known(*rest) for digest, *rest in found.iterator()}
    return known


def take_blobs(blobs):
    """Keep the new blobs, {key of the story: blob}, of documents that say nothing else that is new."""
    if blobs:
        set_column(UpstreamDocument, "secured", blobs)
