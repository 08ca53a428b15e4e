"""Digests of documents, by which imports recognise unchanged documents. Pure."""

import hashlib
import json
import re
from typing import Any, NamedTuple

import orjson

from articles.documents.as_written import AS_WRITTEN, comparable
from articles.documents.nodes import Values

# Increase it when documents are read differently than before, so that imports read all of them again.
READING_VERSION = b"5"
DIGITS = 32
SECURED_BEGINS = b'\nsecured: "'
# Upstream writes `secured` directly before the end of the front matter, where such a line cannot be anything else.
SECURED_ENDS = re.compile(rb'"\r?\n---[ \t]*\r?$', re.MULTILINE)
BLOB = re.compile(rb"[A-Za-z0-9+/=;]*")
# It replaces the blob, so that its position counts.
PLACEHOLDER = b"\0"
# The prefix of digests that do not depend on the order of keys. Those of earlier releases have no prefix.
ORDERLESS = "v"


class Digests(NamedTuple):
    """The digest of a document without the content of `secured`, 32 hex digits, and that content, or None."""

    text: str
    secured: bytes | None

    @property
    def blob(self) -> str | None:
        """The content of `secured` as text if it is a blob, else None."""
        return str(self.secured, "ascii") if self.secured is not None and BLOB.fullmatch(self.secured) else None


def digests_of(content: bytes) -> Digests:
    """Return the Digests of a document's bytes."""
    return Digests(*text_and_secured(content))


def text_and_secured(content: bytes) -> tuple[str, bytes | None]:
    """Return the (text, secured) of Digests as a plain tuple, which is faster for thousands of documents.

    Only the quoted text of a `secured` in the last line before the closing --- is left out; any other field of that
    name counts as text.
    """
    # `rfind` from the end, as a regular expression that tries every line takes twenty times as long.
    begin = content.rfind(SECURED_BEGINS) + len(SECURED_BEGINS)
    end = content.find(b'"', begin) if begin >= len(SECURED_BEGINS) else -1
    if end < 0 or not SECURED_ENDS.match(content, end):
        digest = hashlib.sha256(content)
        digest.update(READING_VERSION)
        return digest.hexdigest()[:DIGITS], None
    digest = hashlib.sha256(content[:begin])
    digest.update(PLACEHOLDER + content[end:] + READING_VERSION)
    return digest.hexdigest()[:DIGITS], content[begin:end]


def trusted_digest(content: bytes, secured: str | list[Any] | Values, body: str, digests: Digests) -> str:
    """Return the text digest of a parsed document with this `secured` and `body`; `digests` are its content's Digests.

    If the line that looks like the blob is part of a longer text or of the body, return a digest of the whole content.
    """
    is_blob = digests.blob == secured and SECURED_BEGINS.decode() not in f"\n{body}"
    if digests.secured is None or is_blob:
        return digests.text
    return hashlib.sha256(b"whole" + content + READING_VERSION).hexdigest()[:DIGITS]


def digest_of(values: Values, unknown: Values, body: str) -> str:
    """Return a digest, 32 characters, that is equal for two documents with the same fields and body.

    The order of keys and the use of quotes make no difference. `values` and `unknown` are those of a Document.
    """
    values_json = sorted_json(values)
    if AS_WRITTEN in values_json:
        values_json = sorted_json(comparable(values))
    content = "\0".join((values_json, sorted_json(unknown), body))
    return ORDERLESS + hashlib.sha256(content.encode()).hexdigest()[: DIGITS - len(ORDERLESS)]


def is_orderless(digest: str) -> bool:
    """Return whether a stored digest is from this `digest_of`; those of earlier releases cannot be compared with it."""
    return digest.startswith(ORDERLESS)


def sorted_json(value: object) -> str:
    """Return a value as JSON with sorted keys. Raises TypeError for a value that JSON cannot represent.

    By design, orjson refuses integers of more than 64 bits, which documents may contain; the json module writes them.
    """
    try:
        return orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()
    except TypeError:
        return json.dumps(value, sort_keys=True)
