"""Values of fields that are not in the schema, stored as JSON, so that exports can write them again."""

import math
from typing import Any

from yaml import ScalarNode
from yaml.resolver import Resolver

from articles.documents.findings import Findings, Path
from articles.documents.nodes import RAW_SCALAR, Node, Plain, stored_key, written_key

RESOLVER = Resolver()
TRUE_WORDS = frozenset({"true", "yes", "on"})


class Anything:
    """The type of a field that is not in the schema: stored as it is, with the types of YAML 1.1.

    A scalar for which JSON has no type (a date, 007) is stored as {"$yaml": "as written"}.
    """

    read_quickly = None
    keeps_written_text = False

    def read(self, node: Node, path: Path, findings: Findings) -> Any:
        if isinstance(node, dict):
            return {stored_key(key): self.read(below, (path, key), findings) for key, below in node.items()}
        if isinstance(node, list):
            return [self.read(below, (path, index), findings) for index, below in enumerate(node)]
        if "\x00" in node:
            findings.warning(path, "control characters were removed")
            node = type(node)(node.replace("\x00", ""))
        return yaml_value(node) if isinstance(node, Plain) else node


ANYTHING = Anything()


def yaml_value(node: Plain) -> str | int | float | dict[str, str] | None:
    """Return the value of an unquoted scalar by YAML 1.1, or {RAW_SCALAR: text} if JSON would write it differently."""
    tag = tag_of(str(node)).rpartition(":")[2]
    if tag == "str":
        return str(node)
    if tag == "null":
        return None
    if tag == "bool":
        return node.lower() in TRUE_WORDS
    if tag in ("int", "float"):
        try:
            number = int(node) if tag == "int" else float(node)
        except ValueError:
            return {RAW_SCALAR: str(node)}
        if (isinstance(number, int) or math.isfinite(number)) and str(number) == node:
            return number
    return {RAW_SCALAR: str(node)}


def tag_of(text: str) -> str:
    """Return the tag of an unquoted scalar by YAML 1.1, such as "tag:yaml.org,2002:int"."""
    tag: str = RESOLVER.resolve(ScalarNode, text, (True, False))  # type: ignore[no-untyped-call] # not in its stubs
    return tag


def is_raw_scalar(value: object) -> bool:
    """Return whether a stored value is a scalar for which JSON has no type: {RAW_SCALAR: text}."""
    return isinstance(value, dict) and value.keys() == {RAW_SCALAR} and isinstance(value[RAW_SCALAR], str)


def node_of(value: Any) -> Node:
    """Return the node that `ANYTHING` reads as the stored `value`, for a field that was added to the schema since.

    Only the word of a boolean is lost: `yes` comes back as `true`.
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
