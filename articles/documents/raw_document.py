import os
import unicodedata
from dataclasses import dataclass

from articles.documents.problems import Problem


@dataclass(slots=True)
class RawDocument:
    """The bytes of one document, or the problem that kept them from being read; or a file that is none and skipped."""

    source: str
    content: bytes = b""
    problem: Problem | None = None
    is_skipped: bool = False

    def __post_init__(self):
        if self.source.isascii() and self.source.isprintable():
            return
        # A file's name may hold anything; what is kept and shown of it is text.
        name = os.fsencode(self.source).decode("utf-8", "backslashreplace")
        # Some systems take letters with marks apart.
        name = unicodedata.normalize("NFC", name)
        self.source = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in name)
