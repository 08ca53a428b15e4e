"""Digests of documents, by which those that say nothing new are told from the others. Pure."""

import hashlib
import json
import re
from typing import NamedTuple

import orjson

from articles.documents.as_written import AS_WRITTEN, comparable

# Changed when the schema reads a document otherwise than before, so that all are read again.
READING = b"4"
DIGITS = 32
SECURED_BEGINS = b'\nsecured: "'
# Directly before the end of the front matter, where upstream has it, nothing else can be meant by such a line.
SECURED_ENDS = re.compile(rb'"\r?\n---[ \t]*\r?$', re.MULTILINE)
BLOB = re.compile(rb"[A-Za-z0-9+/=;]*")
# In place of the line, so that it counts where it stood.
LEFT_OUT = b"\0"
# How digests of values begin that do not depend on the order of keys; those of former versions are all hex digits.
ORDERLESS = "v"


class Digests(NamedTuple):
    """32 hex digits of a document without what stands in `secured`, and what stands there, or None."""

    text: str
    secured: bytes | None

    @property
    def blob(self):
        """What stands in `secured` as text, if it is a blob and nothing else; else None."""
        return str(self.secured, "ascii") if self.secured is not None and BLOB.fullmatch(self.secured) else None


def digests_of(content):
    """Return the Digests of a document's bytes."""
    return Digests(*text_and_secured(content))


def text_and_secured(content):
    """Return what Digests are made of, for thousands of documents of which nobody asks more.

    Only what is quoted in a line of it directly before a line of --- is left out; whatever else is called `secured`
    counts as text, and a change of it as a change.
    """
    # Sought from the end by `rfind`, as a regular expression that tries every line takes twenty times as long.
    begin = content.rfind(SECURED_BEGINS) + len(SECURED_BEGINS)
    end = content.find(b'"', begin) if begin >= len(SECURED_BEGINS) else -1
    if end < 0 or not SECURED_ENDS.match(content, end):
        digest = hashlib.sha256(content)
        digest.update(READING)
        return digest.hexdigest()[:DIGITS], None
    digest = hashlib.sha256(content[:begin])
    digest.update(LEFT_OUT + content[end:] + READING)
    return digest.hexdigest()[:DIGITS], content[begin:end]


def trusted_digest(content, secured, body, found):
    """Return the digest by which a parsed document is known again; `secured` and `body` are what parsing found.

    `found` are the Digests of the content. Where the line that looks like the blob is not the blob, but part of a
    longer text or of the body, it counts as text.
    """
    is_the_blob = found.blob == secured and SECURED_BEGINS.decode() not in f"\n{body}"
    if found.secured is None or is_the_blob:
        return found.text
    return hashlib.sha256(b"whole" + content + READING).hexdigest()[:DIGITS]


def digest_of(values, unknown, body):
    """Return 32 characters that two documents share if they say the same, in whatever order and quoting.

    `values` and `unknown` are the fields of a Document; `secured` is in neither.
    """
    values_json = sorted_json(values)
    if AS_WRITTEN in values_json:
        values_json = sorted_json(comparable(values))
    content = "\0".join((values_json, sorted_json(unknown), body))
    return ORDERLESS + hashlib.sha256(content.encode()).hexdigest()[: DIGITS - len(ORDERLESS)]


def is_orderless(digest):
    """Whether a stored digest was made by `digest_of` as it is; others cannot be compared with those it returns."""
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
