"""Recognising documents that say what they said last time, without parsing them.

Upstream exports every hour and changes little but `secured`, which it makes up at random. So a digest of
the text without that blob is kept with each story, and most documents cost a share of one look-up.
"""

from django.db import connection

from articles.importing.bulk import among, json_text, set_column
from articles.models import UpstreamDocument, UpstreamSecret

KNOWN = """
    SELECT said.text_digest, said.article_id, said.identity, said.published, secret.text
    FROM articles_upstreamdocument said JOIN articles_upstreamsecret secret ON secret.upstream_id = said.article_id
    WHERE said.text_digest
"""


def known_by(digests):
    """Return {text digest: (key of the story it belongs to, identity, time of publication, its blob)}.

    Of those digests that belong to a story. One query; its index answers all but the blob.
    """
    with connection.cursor() as cursor:
        cursor.execute(KNOWN + among(UpstreamDocument, "text_digest"), [json_text(list(set(digests) - {""}))])
        return {text: tuple(known) for text, *known in cursor.fetchall()}


def take_blobs(blobs):
    """Keep the new blobs, {key of the story: blob}, of documents that say nothing else that is new."""
    if blobs:
        set_column(UpstreamSecret, "text", blobs)
