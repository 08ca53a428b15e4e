"""A document as it was read from its source, before it is parsed."""

import os
import unicodedata
from dataclasses import dataclass

from articles.documents.problems import Problem


@dataclass(slots=True)
class RawDocument:
    """The bytes of a document, or the problem with which reading them failed; or a skipped file, not a document."""

    source: str
    content: bytes = b""
    problem: Problem | None = None
    is_skipped: bool = False

    def __post_init__(self) -> None:
        if self.source.isascii() and self.source.isprintable():
            return
        # A file name may be any bytes, but it is stored and shown as text.
        name = os.fsencode(self.source).decode("utf-8", "backslashreplace")
        # Some file systems decompose accented letters.
        name = unicodedata.normalize("NFC", name)
        self.source = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in name)
