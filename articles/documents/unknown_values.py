"""Values of fields that are not in the schema: stored as JSON, so that an export can write them again."""

import math

from yaml import ScalarNode
from yaml.resolver import Resolver

from articles.documents.nodes import RAW_SCALAR, Plain, stored_key, written_key

RESOLVER = Resolver()
TRUE_WORDS = frozenset({"true", "yes", "on"})


class Anything:
    """The type of a field that is not in the schema: kept, and typed by YAML 1.1.

    A scalar that JSON has no type for (a date, 007) is stored as {"$yaml": "as written"}.
    """

    read_quickly = None
    is_kept_as_written = False

    def read(self, node, path, findings):
        if isinstance(node, dict):
            return {stored_key(key): self.read(below, (path, key), findings) for key, below in node.items()}
        if isinstance(node, list):
            return [self.read(below, (path, index), findings) for index, below in enumerate(node)]
        if "\x00" in node:
            findings.warning(path, "control characters were removed")
            node = type(node)(node.replace("\x00", ""))
        return yaml_value(node) if isinstance(node, Plain) else node


ANYTHING = Anything()


def yaml_value(node):
    """Return the value YAML 1.1 gives to an unquoted scalar, if JSON has it and writes it the same way."""
    tag = RESOLVER.resolve(ScalarNode, str(node), (True, False)).rpartition(":")[2]
    if tag == "str":
        return str(node)
    if tag == "null":
        return None
    if tag == "bool":
        return node.lower() in TRUE_WORDS
    if tag in ("int", "float"):
        try:
            number = (int if tag == "int" else float)(node)
        except ValueError:
            return {RAW_SCALAR: str(node)}
        if (isinstance(number, int) or math.isfinite(number)) and str(number) == node:
            return number
    return {RAW_SCALAR: str(node)}


def is_raw_scalar(value):
    """Return whether a stored value is a scalar that JSON has no type for, kept as it was written."""
    return isinstance(value, dict) and value.keys() == {RAW_SCALAR} and isinstance(value[RAW_SCALAR], str)


def node_of(value):
    """Return the node that `ANYTHING` reads as the stored `value`, for a field that has become known since.

    Only the word for a truth value is lost: `yes` comes back as `true`.
    """
    if is_raw_scalar(value):
        return Plain(value[RAW_SCALAR])
    if isinstance(value, dict):
        return {written_key(key): node_of(below) for key, below in value.items()}
    if isinstance(value, list):
        return [node_of(below) for below in value]
    if isinstance(value, str):
        return value
    return Plain("" if value is None else str(value).lower() if isinstance(value, bool) else str(value))
