"""Nodes: the dicts, lists and text that YAML is read into before the schema types them."""

import re

# The key of a mapping that holds a scalar which JSON has no type for: {"$yaml": "as written"}.
RAW_SCALAR = "$yaml"
# A document's own key of such a name is stored with one more $, so that it is not mistaken for one of ours.
RESERVED = re.compile(r"\$+(yaml|as_written)")
NULL_WORDS = frozenset({"", "~", "null", "Null", "NULL"})


class Plain(str):
    """A scalar written without quotes that a schema, or YAML's rules, may read as something other than text."""

    __slots__ = ()


# The first characters of the scalars that YAML 1.1 may read as something other than text; the empty one is null.
NEVER_ONLY_TEXT = frozenset("0123456789+-.~=<nNyYtTfFoO")


def is_null(node):
    """Return whether a field is present without a value."""
    return isinstance(node, Plain) and node in NULL_WORDS


def is_empty(node):
    """Return whether a field holds no value, blank text, or a list or mapping of nothing else."""
    if isinstance(node, str):
        return not node or node.isspace() or is_null(node)
    return all(map(is_empty, node.values() if isinstance(node, dict) else node))


def is_plain_value(node):
    """Return whether a node is a value written without quotes."""
    return node.__class__ is Plain and node not in NULL_WORDS


def kind_of(node):
    """Return the word for what a node is."""
    return "mapping" if isinstance(node, dict) else "list" if isinstance(node, list) else "single value"


def stored_key(key):
    """Return the key under which a field that is not in the schema is stored."""
    return f"${key}" if RESERVED.fullmatch(key) else key


def written_key(key):
    """Return the key as the document has it, given the one it is stored under."""
    return key[1:] if key[:2] == "$$" and RESERVED.fullmatch(key) else key
