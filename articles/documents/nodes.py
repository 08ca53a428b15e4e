"""Nodes: the dicts, lists and strings that YAML is read into before the schema types them."""

import re
from typing import Any, TypeAlias

Node: TypeAlias = "str | list[Node] | dict[str, Node]"
# A mapping's typed and JSON-able values by the format's keys. Their types differ from key to key (schema.py).
Values: TypeAlias = dict[str, Any]

# The key of a mapping with a scalar for which JSON has no type: {"$yaml": "as written"}.
RAW_SCALAR = "$yaml"
# A document's own key of that form is stored with one more $, so that it is not mistaken for one of ours.
RESERVED = re.compile(r"\$+(yaml|as_written)")
NULL_WORDS = frozenset({"", "~", "null", "Null", "NULL"})


class Plain(str):
    """A scalar without quotes, which the schema or YAML's rules may read as something other than text."""

    __slots__ = ()


# The first characters of the scalars that YAML 1.1 may read as something other than text; the empty one is null.
AMBIGUOUS_INITIALS = frozenset("0123456789+-.~=<nNyYtTfFoO")


def is_null(node: Node) -> bool:
    """Return whether a node is a null, as of a field without a value."""
    return isinstance(node, Plain) and node in NULL_WORDS


def is_empty(node: Node) -> bool:
    """Return whether a node is null, blank text, or a list or mapping of nothing else."""
    if isinstance(node, str):
        return not node or node.isspace() or is_null(node)
    return all(map(is_empty, node.values() if isinstance(node, dict) else node))


def is_plain_value(node: Node) -> bool:
    """Return whether a node is a scalar without quotes, but not null."""
    return node.__class__ is Plain and node not in NULL_WORDS


def kind_of(node: Node) -> str:
    """Return the word for a node's kind in messages."""
    return "mapping" if isinstance(node, dict) else "list" if isinstance(node, list) else "single value"


def stored_key(key: str) -> str:
    """Return the key under which a field that is not in the schema is stored."""
    return f"${key}" if RESERVED.fullmatch(key) else key


def written_key(key: str) -> str:
    """Return a document's key, given the key under which it is stored."""
    return key[1:] if key[:2] == "$$" and RESERVED.fullmatch(key) else key
