"""Raw values of documents, stored where Newsroom reads a value differently, so that exports write it as it was.

A mapping's values contain them under the key AS_WRITTEN: {field: [the raw value]}, or {field: []} for a field that is
not in the document but was filled in. A document's own key of that name is stored with one more `$` (nodes.py).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from articles.documents.nodes import RAW_SCALAR, Node, Plain, Values, stored_key
from articles.documents.unknown_values import yaml_value

if TYPE_CHECKING:
    from articles.documents.composite_types import Mapping

AS_WRITTEN = "$as_written"


def keep_raw(values: Values, key: str, *raw: object) -> None:
    """Store the raw value of the field `key` of a mapping; without `raw`, that the document does not have the field."""
    values.setdefault(AS_WRITTEN, {})[key] = list(raw)


def forget_raw(values: Values, key: str) -> None:
    """Drop the raw value of the field `key`, which the desk has changed, from a copy, as the dict may be shared."""
    if key in values.get(AS_WRITTEN, ()):
        values[AS_WRITTEN] = {name: raw for name, raw in values[AS_WRITTEN].items() if name != key}


def forget_raw_secured(values: Values) -> None:
    """Drop the raw value of `secured`, which is stored in a separate table and never shown."""
    written = values.get(AS_WRITTEN, {})
    written.pop("secured", None)
    if AS_WRITTEN in values and not written:
        del values[AS_WRITTEN]


def values_as_written(values: Values, mapping: Mapping) -> Values:
    """Return the values of a schema's `mapping` with their raw values in place, at every depth."""
    written = {}
    for name, value in values.items():
        if name != AS_WRITTEN:
            written[name] = _value_as_written(value, mapping.fields.get(name))
    if AS_WRITTEN not in values:
        return written
    for name, raw in values[AS_WRITTEN].items():
        if raw:
            written[name] = raw[0]
        else:
            written.pop(name, None)
    return {name: written[name] for name in mapping.fields if name in written} | written


def _value_as_written(value: Any, kind: Any) -> Any:
    item: Any = getattr(kind, "item", None)
    if isinstance(value, list) and hasattr(item, "fields"):
        return [values_as_written(entry, item) for entry in value]
    return values_as_written(value, kind) if isinstance(value, dict) and hasattr(kind, "fields") else value


def raw_of(node: Node) -> Any:
    """Return a node as a JSON value, without U+0000, which databases do not store."""
    if isinstance(node, dict):
        return {stored_key(key): raw_of(below) for key, below in node.items()}
    if isinstance(node, list):
        return [raw_of(below) for below in node]
    if "\x00" in node:
        node = type(node)(node.replace("\x00", ""))
    if not isinstance(node, Plain):
        return node
    value = yaml_value(node)
    # `yes` may have been read as text, and would be written as `true`.
    return {RAW_SCALAR: str(node)} if isinstance(value, bool) and node not in ("true", "false") else value


def comparable(value: Any) -> Any:
    """Return typed values without those raw values that are blank, or whose field has a typed value.

    Digests are computed from it, so that a document with the same content in another form counts as unchanged: `heat:`
    equals a missing `heat`, and `"61"` equals 61.
    """
    if isinstance(value, list):
        return [comparable(entry) for entry in value]
    if not isinstance(value, dict):
        return value
    values = {key: comparable(below) for key, below in value.items() if key != AS_WRITTEN}
    written = value.get(AS_WRITTEN, {})
    raws = {key: raw for key, raw in written.items() if key not in value and any(map(has_content, raw))}
    return values | {AS_WRITTEN: raws} if raws else values


def has_content(raw: Any) -> bool:
    """Return whether a raw value is more than blank text, or lists and mappings of blank text."""
    if isinstance(raw, dict | list):
        return any(map(has_content, raw.values() if isinstance(raw, dict) else raw))
    return raw is not None and (not isinstance(raw, str) or bool(raw.strip()))
