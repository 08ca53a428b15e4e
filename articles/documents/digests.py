"""Digests of documents, by which unchanged ones are recognised. Pure."""

import hashlib
import json
import re
from typing import NamedTuple

import orjson

from articles.documents.as_written import AS_WRITTEN, comparable

# To be counted up when documents are read differently than before, so that all of them are read again.
READING = b"4"
DIGITS = 32
SECURED_BEGINS = b'\nsecured: "'
# Directly before the end of the front matter, where upstream writes it, such a line cannot be anything else.
SECURED_ENDS = re.compile(rb'"\r?\n---[ \t]*\r?$', re.MULTILINE)
BLOB = re.compile(rb"[A-Za-z0-9+/=;]*")
# In place of the blob, so that its position counts.
PLACEHOLDER = b"\0"
# The prefix of digests that do not depend on the order of keys; digests by earlier releases are hex digits only.
ORDERLESS = "v"


class Digests(NamedTuple):
    """32 hex digits of a document without the content of `secured`, and that content, or None."""

    text: str
    secured: bytes | None

    @property
    def blob(self):
        """The content of `secured` as text if it is a blob, else None."""
        return str(self.secured, "ascii") if self.secured is not None and BLOB.fullmatch(self.secured) else None


def digests_of(content):
    """Return the Digests of a document's bytes."""
    return Digests(*text_and_secured(content))


def text_and_secured(content):
    """Return the (text, secured) of Digests, for thousands of documents for which the object would only cost time.

    Only the quoted text of `secured` in the last line before the closing --- is left out; any other field of that
    name counts as text.
    """
    # By `rfind` from the end: a regular expression that tries every line takes twenty times as long.
    begin = content.rfind(SECURED_BEGINS) + len(SECURED_BEGINS)
    end = content.find(b'"', begin) if begin >= len(SECURED_BEGINS) else -1
    if end < 0 or not SECURED_ENDS.match(content, end):
        digest = hashlib.sha256(content)
        digest.update(READING)
        return digest.hexdigest()[:DIGITS], None
    digest = hashlib.sha256(content[:begin])
    digest.update(PLACEHOLDER + content[end:] + READING)
    return digest.hexdigest()[:DIGITS], content[begin:end]


def trusted_digest(content, secured, body, digests):
    """Return the text digest of a parsed document with this `secured` and `body`; `digests` are its content's Digests.

    If the line that looks like the blob is part of a longer text or of the body, the digest is of the whole content.
    """
    is_the_blob = digests.blob == secured and SECURED_BEGINS.decode() not in f"\n{body}"
    if digests.secured is None or is_the_blob:
        return digests.text
    return hashlib.sha256(b"whole" + content + READING).hexdigest()[:DIGITS]


def digest_of(values, unknown, body):
    """Return 32 characters that are equal for two documents with the same fields and body.

    The order of keys and the quotes make no difference. `values` and `unknown` are those of a Document.
    """
    values_json = sorted_json(values)
    if AS_WRITTEN in values_json:
        values_json = sorted_json(comparable(values))
    content = "\0".join((values_json, sorted_json(unknown), body))
    return ORDERLESS + hashlib.sha256(content.encode()).hexdigest()[: DIGITS - len(ORDERLESS)]


def is_orderless(digest):
    """Return whether a stored digest is by the present `digest_of`; one by an earlier release cannot be compared."""
    return digest.startswith(ORDERLESS)


def sorted_json(value):
    """Return a value as JSON with sorted keys.

    By design orjson does not write whole numbers of more than 64 bits, which documents may hold; the standard library
    does, and raises TypeError itself for all that is no JSON.
    """
    try:
        return orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()
    except TypeError:
        return json.dumps(value, sort_keys=True)
