"""Recognising documents that say what they said last time, without parsing them.

Upstream exports every hour and changes little but `secured`, which it makes up at random. So a digest of
the text without that blob is kept with each story, and most documents cost a share of one look-up.
"""

from articles.importing.bulk import look_up, set_column
from articles.models import UpstreamDocument, UpstreamSecret


def known_by(digests):
    """Return {text digest: (key of the story it belongs to, identity, time of publication, its blob)}.

    Of those digests that belong to a story. Two queries, the first of which its index answers.
    """
    wanted = ("text_digest", "article_id", "identity", "published")
    said = look_up(UpstreamDocument, "text_digest", set(digests) - {""}, *wanted)
    blobs = dict(look_up(UpstreamSecret, "upstream_id", [key for _text, key, *_rest in said], "upstream_id", "text"))
    return {text: (key, identity, published, blobs[key]) for text, key, identity, published in said if key in blobs}


def take_blobs(blobs):
    """Keep the new blobs, {key of the story: blob}, of documents that say nothing else that is new."""
    if blobs:
        set_column(UpstreamSecret, "text", blobs)
