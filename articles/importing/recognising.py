"""Recognising documents that say what they said last time, without parsing them.

Upstream exports every hour and changes little but `secured`, which it makes up at random. So a digest of
the text without that blob is kept with each story, and most documents cost a share of one look-up.
"""

from articles.importing.bulk import look_up, set_columns
from articles.models import UpstreamDocument


def known_by(digests):
    """Return {text digest: (key of the story it belongs to, identity, time of publication, digest of the whole)}.

    Of those digests that belong to a story. One query, which its index answers.
    """
    wanted = ("text_digest", "article_id", "identity", "published", "whole_digest")
    return {text: tuple(said) for text, *said in look_up(UpstreamDocument, "text_digest", digests, *wanted)}


def take_blobs(blobs):
    """Keep new blobs, {key of the story: (blob, digest with it)}, of documents that say nothing else that is new."""
    if blobs:
        set_columns(UpstreamDocument, ["secured", "whole_digest"], blobs)
