"""Digests of documents, by which those that say nothing new are told from the others. Pure."""

import hashlib
import re

# Changed when the schema reads a document otherwise than before, so that all are read again.
READING = b"1"
SECURED = re.compile(rb'^secured: "([A-Za-z0-9+/=;]*)"\r?\n', re.MULTILINE)
CLOSING = re.compile(rb"^---[ \t]*\r?$", re.MULTILINE)


def text_digest(content):
    """Return (32 hex digits of a document's bytes without the line of `secured`, that blob or None).

    Only a line of the front matter that holds nothing but a blob is left out; whatever else is called
    `secured` counts as text, and a change of it as a change.
    """
    found = SECURED.search(content)
    if found is not None:
        closing = CLOSING.search(content, 4)
        if closing is None or found.start() > closing.start():
            found = None
    digest = hashlib.blake2b(READING, digest_size=16)
    if found is None:
        digest.update(content)
        return digest.hexdigest(), None
    digest.update(content[: found.start()])
    digest.update(content[found.end() :])
    return digest.hexdigest(), found[1].decode("ascii")


def trusted_digest(content, secured):
    """Return the digest by which a parsed document is known again; `secured` is the blob that parsing found.

    Where the line that looks like the blob is not the blob, but part of a longer text, it counts as text.
    """
    digest, blob = text_digest(content)
    if blob is None or blob == secured:
        return digest
    return hashlib.blake2b(b"whole" + READING + content, digest_size=16).hexdigest()
