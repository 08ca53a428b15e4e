"""Values as a document wrote them, kept where Newsroom reads them differently, so that an export can write them again.

A mapping's values hold them under the key AS_WRITTEN: {field: [the value as written]}, or {field: []} for a field that
was filled in and is not in the document. A document's own key of that name is stored with one more `$` (nodes.py).
"""

from articles.documents.nodes import RAW_SCALAR, Plain, stored_key
from articles.documents.unknown_values import yaml_value

AS_WRITTEN = "$as_written"


def keep_raw(values, key, *raw):
    """Remember that the field `key` of a mapping was written as `raw`, or was absent."""
    values.setdefault(AS_WRITTEN, {})[key] = list(raw)


def forget_raw(values, key):
    """Drop what was written for the field `key`, which the desk has changed; shared dicts stay as they are."""
    if key in values.get(AS_WRITTEN, ()):
        values[AS_WRITTEN] = {name: raw for name, raw in values[AS_WRITTEN].items() if name != key}


def forget_raw_secured(values):
    """Drop what was written for `secured`, which is stored in a table of its own and never shown."""
    written = values.get(AS_WRITTEN, {})
    written.pop("secured", None)
    if AS_WRITTEN in values and not written:
        del values[AS_WRITTEN]


def values_as_written(values, mapping):
    """Return the values of a schema's `mapping` as the document wrote them, at every depth."""
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


def _value_as_written(value, kind):
    item = getattr(kind, "item", None)
    if isinstance(value, list) and hasattr(item, "fields"):
        return [values_as_written(entry, item) for entry in value]
    return values_as_written(value, kind) if isinstance(value, dict) and hasattr(kind, "fields") else value


def raw_of(node):
    """Return a node as a JSON value, without U+0000, which no database stores."""
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


def comparable(value):
    """Return typed values without the raw values of fields that have a typed value, or that are blank.

    Digests are made of this, so that a document that says the same in another form is unchanged: `heat:` equals no
    `heat`, and `"61"` equals 61.
    """
    if isinstance(value, list):
        return [comparable(entry) for entry in value]
    if not isinstance(value, dict):
        return value
    values = {key: comparable(below) for key, below in value.items() if key != AS_WRITTEN}
    written = value.get(AS_WRITTEN, {})
    raws = {key: raw for key, raw in written.items() if key not in value and any(map(has_content, raw))}
    return values | {AS_WRITTEN: raws} if raws else values


def has_content(raw):
    """Return whether a value as written is more than blank text, or lists and mappings of that."""
    if isinstance(raw, dict | list):
        return any(map(has_content, raw.values() if isinstance(raw, dict) else raw))
    return raw is not None and (not isinstance(raw, str) or bool(raw.strip()))
