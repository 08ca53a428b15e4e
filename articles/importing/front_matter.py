"""Cutting a document's bytes into its YAML and its body."""

import codecs
import re
from dataclasses import dataclass

from articles.importing.problems import Problem, UnreadableDocument

FENCE = re.compile(r"^---[ \t]*\r?$", re.MULTILINE)
ANOTHER_DOCUMENT = re.compile(r"\s*---[ \t]*\r?\n[ \t]*[\w-]+[ \t]*:")
UTF16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
WHOLE_YAML = (".yaml", ".yml")


@dataclass
class FrontMatter:
    """The YAML of a document, the number of lines before it, and the body after it, with LF line ends."""

    yaml: str
    lines_before: int
    body: str


def split_document(content, source_name):
    """Return the FrontMatter of `content` (bytes).

    A document is a mapping between two `---` lines and an optional body; or, without such lines, YAML
    from end to end. Raises UnreadableDocument.
    """
    text = decode(content)
    if not text or text.isspace():
        raise UnreadableDocument(Problem("the document is empty"))
    opening = FENCE.match(text)
    if opening is None:
        return FrontMatter(text, 0, "")
    start = opening.end() + 1
    closing = next_fence(text, start)
    if closing is None:
        if source_name.lower().endswith(WHOLE_YAML):
            return FrontMatter(text[start:], 1, "")
        raise UnreadableDocument(Problem("the front matter is not closed: a second line of --- is missing", line=1))
    body = text[closing.end() + 1 :].replace("\r\n", "\n")
    if ANOTHER_DOCUMENT.match(body):
        line = text.count("\n", 0, closing.end()) + 2
        raise UnreadableDocument(Problem("a second document begins here: one file holds one document", line=line))
    return FrontMatter(text[start : closing.start()], 1, body if body.strip() else "")


def next_fence(text, start):
    """Return the match of the first line of --- from `start`, the beginning of a line, on; None if there is none."""
    at = start if text.startswith("---", start) else text.find("\n---", start) + 1
    while at > 0:
        fence = FENCE.match(text, at)
        if fence is not None:
            return fence
        at = text.find("\n---", at) + 1
    return None


def decode(content):
    """Return the text of UTF-8 `content`, without a byte order mark; raise UnreadableDocument with the place."""
    if content.startswith(UTF16_MARKS):
        raise UnreadableDocument(Problem("the document is UTF-16; documents are UTF-8"))
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = error.object[: error.start]
        line = before.count(b"\n") + 1
        column = error.start - (before.rfind(b"\n") + 1) + 1
        message = f"not valid UTF-8: byte 0x{error.object[error.start]:02X} at offset {error.start}"
        raise UnreadableDocument(Problem(message, line=line, column=column)) from None
