"""Digests of documents, by which those that say nothing new are told from the others. Pure."""

import hashlib
import re

# Changed when the schema reads a document otherwise than before, so that all are read again.
READING = b"2"
DIGITS = 32
SECURED_BEGINS = b'\nsecured: "'
SECURED = re.compile(rb'secured: "([A-Za-z0-9+/=;]*)"\r?\n')
FENCE_BEGINS = b"\n---"
CLOSING = re.compile(rb"---[ \t]*\r?$", re.MULTILINE)


def text_digest(content):
    """Return (32 hex digits of a document's bytes without the line of `secured`, that blob or None).

    Only a line of the front matter that holds nothing but a blob is left out; whatever else is called
    `secured` counts as text, and a change of it as a change.
    """
    found = line_of_secured(content)
    if found is None:
        digest, blob = hashlib.sha256(content), None
    else:
        digest, blob = hashlib.sha256(content[: found.start()]), found[1].decode("ascii")
        digest.update(content[found.end() :])
    digest.update(READING)
    return digest.hexdigest()[:DIGITS], blob


def line_of_secured(content):
    """Return the match of the last line of `secured` in the front matter, None if none is a blob alone."""
    # Sought by `find`, as a regular expression that tries every line takes ten times as long.
    end = content.find(FENCE_BEGINS, 3)
    while end >= 0 and not CLOSING.match(content, end + 1):
        end = content.find(FENCE_BEGINS, end + 1)
    at = content.rfind(SECURED_BEGINS, 0, end + 1) if end > 0 else -1
    return SECURED.match(content, at + 1) if at >= 0 else None


def trusted_digest(content, secured, found):
    """Return the digest by which a parsed document is known again; `secured` is the blob that parsing found.

    `found` is what `text_digest` says of the content.
    Where the line that looks like the blob is not the blob, but part of a longer text, it counts as text.
    """
    digest, blob = found
    if blob is None or blob == secured:
        return digest
    return hashlib.sha256(b"whole" + content + READING).hexdigest()[:DIGITS]
