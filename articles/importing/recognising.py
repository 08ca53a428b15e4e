"""Recognising documents that say what they said last time, without parsing them.

Upstream exports every hour and changes little but `secured`, which it makes up at random. So a digest of
the text without that line is kept with each story, and most documents cost a share of one look-up.
"""

from dataclasses import dataclass, field

from articles.importing.digests import text_digest
from articles.importing.parsing import STORY
from articles.models import UpstreamDocument


@dataclass
class Recognised:
    """A document of a story that says nothing new, but perhaps a new blob; stands in for its parsed Document."""

    source: str
    key: int
    identity: str
    title: str
    url: str
    published: str
    new_blob: str | None = field(repr=False)
    sort: str = STORY
    is_sound: bool = True
    problems: list = field(default_factory=list)

    def write(self):
        """Take the new blob, if there is one."""
        if self.new_blob is not None:
            UpstreamDocument.objects.filter(pk=self.key).update(secured=self.new_blob)


def recognise(raws):
    """Return {index: Recognised} of those RawDocuments in the list `raws` that say nothing new. One query.

    A story without a URL is known by its file's name, so the same text under another name is another story.
    """
    digests = {index: text_digest(raw.content) for index, raw in enumerate(raws) if not raw.problem}
    known = known_by(digest for digest, _blob in digests.values())
    return {
        index: recognised(raws[index].source, known[digest], blob)
        for index, (digest, blob) in digests.items()
        if digest in known
    }


def known_by(digests):
    upstream = (
        UpstreamDocument.objects.filter(text_digest__in=set(digests))
        .exclude(url="")
        .select_related("article")
        .only(
            "text_digest",
            "published",
            "secured",
            "article__identity",
            "article__title",
            "article__slug",
            "article__url_date",
        )
    )
    return {document.text_digest: document for document in upstream}


def recognised(source, upstream, blob):
    story = upstream.article
    new_blob = blob if blob is not None and blob != upstream.secured else None
    return Recognised(
        source, upstream.pk, story.identity, story.title, story.get_absolute_url(), upstream.published, new_blob
    )
