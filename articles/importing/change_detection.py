"""Recognising documents that say what they said last time, without parsing them.

Upstream exports every hour and changes little but `secured`, which it makes up at random. So a digest of
the text without that blob is kept with each story, and most documents cost a share of one look-up.
"""

from django.db import connection

from articles.db.bulk_rows import chunked, fetch_rows, in_values, set_column
from articles.documents.digests import digest_of, is_orderless
from articles.importing.results import Outcome
from articles.models import Article, UpstreamDocument, UpstreamSecret
from articles.story_urls import reader_url

KNOWN = """
    SELECT said.text_digest, said.article_id, said.identity, said.published, secret.text
    FROM articles_upstreamdocument said JOIN articles_upstreamsecret secret ON secret.upstream_id = said.article_id
    WHERE said.text_digest
"""
SAID = """
    SELECT story.identity, story.id, story.url_date, story.slug, said.digest, said.text_digest, secret.text
    FROM articles_article story JOIN articles_upstreamdocument said ON said.article_id = story.id
    JOIN articles_upstreamsecret secret ON secret.upstream_id = story.id
    WHERE story.identity
"""


def known_by(digests, newest=None):
    """Return {text digest: (key of the story it belongs to, identity, time of publication, its blob)}.

    Of those digests that belong to a story, with `newest` to one that is not later than the story of that key: one
    that came with the same run may still turn out not to count. One query; its index answers all but the blob.
    """
    found = fetch_rows(KNOWN + in_values(UpstreamDocument, "text_digest"), set(digests) - {""})
    return {text: tuple(known) for text, *known in found if newest is None or known[0] <= newest}


def take_blobs(blobs):
    """Keep the new blobs, {key of the story: blob}, of documents that say nothing else that is new."""
    set_column(UpstreamSecret, "text", blobs)


def unchanged_among(stories):
    """Return {identity: Outcome} of those Prepared stories that say what is known of them, in whatever form.

    Their new blobs and digests of the text are kept. They were parsed, as their text was not known when it was read:
    it is formatted otherwise, or another import has brought it in since. In a transaction only; at most
    three statements, and two more for stories that a former version imported.
    """
    if not stories:
        return {}
    lock = " FOR UPDATE OF said" if connection.features.has_select_for_update else ""
    found = fetch_rows(SAID + in_values(Article, "identity") + lock, [story.identity for story in stories])
    known = {identity: rest for identity, *rest in found}
    former = digests_of_former({rest[0]: rest[3] for rest in known.values()})
    outcomes, texts, blobs, digests = {}, {}, {}, {}
    for story in stories:
        key, day, slug, digest, text_digest, blob = known.get(story.identity, (None,) * 6)
        if key is None or former.get(key, digest) != story.digest:
            continue
        if key in former:
            digests[key] = story.digest
        outcomes[story.identity] = Outcome.unchanged(reader_url(day, slug), key)
        if text_digest != story.text_digest:
            texts[key] = story.text_digest
        if blob != story.secured:
            blobs[key] = story.secured
    take_blobs(blobs)
    set_column(UpstreamDocument, "text_digest", texts)
    set_column(UpstreamDocument, "digest", digests)
    return outcomes


def digests_of_former(digests):
    """Return {key: digest of its values} of those stories whose stored digest, in {key: digest}, is a former version's.

    Such digests depended on the order of keys, so the new one is made of the stored values.
    """
    former = [key for key, digest in digests.items() if not is_orderless(digest)]
    return {
        key: digest_of(values, unknown, body)
        for some in chunked(former)
        for key, values, unknown, body in UpstreamDocument.objects.filter(pk__in=some)
        .values_list("pk", "values", "unknown", "body")
        .iterator()
    }
