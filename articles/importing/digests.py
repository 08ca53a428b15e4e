"""Digests of documents, by which those that say nothing new are told from the others. Pure."""

import hashlib
import re

# Changed when the schema reads a document otherwise than before, so that all are read again.
READING = b"1"
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
    digest = hashlib.blake2b(READING, digest_size=16)
    if found is None:
        digest.update(content)
        return digest.hexdigest(), None
    digest.update(content[: found.start()])
    digest.update(content[found.end() :])
    return digest.hexdigest(), found[1].decode("ascii")


def line_of_secured(content):
    """Return the match of the line of `secured` in the front matter, None if there is none that is a blob alone."""
    # Sought by `find`, as a regular expression that tries every line takes ten times as long.
    at = content.find(SECURED_BEGINS)
    while at >= 0:
        found = SECURED.match(content, at + 1)
        if found is not None:
            closing = closing_fence(content)
            return found if closing is not None and at + 1 <= closing else None
        at = content.find(SECURED_BEGINS, at + 1)
    return None


def closing_fence(content):
    """Return where the line of --- that ends the front matter begins, None if there is none."""
    at = content.find(FENCE_BEGINS, 3)
    while at >= 0:
        if CLOSING.match(content, at + 1):
            return at + 1
        at = content.find(FENCE_BEGINS, at + 1)
    return None


def trusted_digest(content, secured):
    """Return the digest by which a parsed document is known again; `secured` is the blob that parsing found.

    Where the line that looks like the blob is not the blob, but part of a longer text, it counts as text.
    """
    digest, blob = text_digest(content)
    if blob is None or blob == secured:
        return digest
    return hashlib.blake2b(b"whole" + READING + content, digest_size=16).hexdigest()
