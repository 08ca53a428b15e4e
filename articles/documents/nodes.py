"""What YAML is read into before it is typed: dicts, lists, text, and text that may mean something else."""

import re

# The key of a mapping that stands for a scalar which JSON has no type for: {"$yaml": "as written"}.
UNWRITTEN = "$yaml"
# A document's own key of such a name gets one more $, so that it is not taken for a value kept as it was written.
RESERVED = re.compile(r"\$+(yaml|as_written)")


class Plain(str):
    """A scalar written without quotes that a schema, or YAML's rules, may read as other than text."""

    __slots__ = ()


# What a scalar begins with that YAML 1.1 may read as other than text; the empty one is null.
NEVER_ONLY_TEXT = frozenset("0123456789+-.~=<nNyYtTfFoO")


def stored_key(key):
    """Return the key under which a field that Newsroom does not know is stored."""
    return f"${key}" if RESERVED.fullmatch(key) else key


def written_key(key):
    """Return the key as it was written of which `stored_key` made `key`."""
    return key[1:] if key[:2] == "$$" and RESERVED.fullmatch(key) else key
