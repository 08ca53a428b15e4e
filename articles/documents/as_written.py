"""Keeping what a document wrote where Newsroom reads it differently, so that an export can write it again. Pure.

A mapping's values carry it under the key AS_WRITTEN: {field: [the value as written]}, or {field: []} for a field that
was filled in and is not in the document. A document's own key of that name is stored with one more `$` (nodes.py).
"""

from articles.documents.nodes import UNWRITTEN, Plain, stored_key

AS_WRITTEN = "$as_written"


def keep(values, key, *raw):
    """Remember that the field `key` of a mapping was written as `raw`, or was not there."""
    values.setdefault(AS_WRITTEN, {})[key] = list(raw)


def forget(values, key):
    """Drop what was written for the field `key`, which the desk has changed. What `values` share with others stays."""
    if key in values.get(AS_WRITTEN, ()):
        values[AS_WRITTEN] = {name: raw for name, raw in values[AS_WRITTEN].items() if name != key}


def forget_secured(values):
    """Drop what was written for `secured`, which is stored apart and shown to nobody."""
    written = values.get(AS_WRITTEN, {})
    written.pop("secured", None)
    if AS_WRITTEN in values and not written:
        del values[AS_WRITTEN]


def as_it_came(values, mapping):
    """Return the values of a schema's `mapping` as the document wrote them, at every depth."""
    written = {}
    for name, value in values.items():
        if name != AS_WRITTEN:
            written[name] = _below(value, mapping.fields.get(name))
    if AS_WRITTEN not in values:
        return written
    for name, raw in values[AS_WRITTEN].items():
        if raw:
            written[name] = raw[0]
        else:
            written.pop(name, None)
    return {name: written[name] for name in mapping.fields if name in written} | written


def _below(value, kind):
    item = getattr(kind, "item", None)
    if isinstance(value, list) and hasattr(item, "fields"):
        return [as_it_came(entry, item) for entry in value]
    return as_it_came(value, kind) if isinstance(value, dict) and hasattr(kind, "fields") else value


def raw_of(node, untyped):
    """Return a node as a JSON value; `untyped` types a scalar without quotes.

    U+0000, which no database takes, is left out.
    """
    if isinstance(node, dict):
        return {stored_key(key): raw_of(below, untyped) for key, below in node.items()}
    if isinstance(node, list):
        return [raw_of(below, untyped) for below in node]
    if "\x00" in node:
        node = type(node)(node.replace("\x00", ""))
    if not isinstance(node, Plain):
        return node
    value = untyped(node)
    # `yes` may have been read as text, and would be written as `true`.
    return {UNWRITTEN: str(node)} if isinstance(value, bool) and node not in ("true", "false") else value


def spoken(value):
    """Return typed values without what was written for fields that have a typed value, or that say nothing.

    Digests are made of this, so that a document that says the same in another way is unchanged: `heat:` says what no
    `heat` says, and `"61"` what 61 does.
    """
    if isinstance(value, list):
        return [spoken(entry) for entry in value]
    if not isinstance(value, dict):
        return value
    values = {key: spoken(below) for key, below in value.items() if key != AS_WRITTEN}
    written = value.get(AS_WRITTEN, {})
    raws = {key: raw for key, raw in written.items() if key not in value and any(map(says_something, raw))}
    return values | {AS_WRITTEN: raws} if raws else values


def says_something(raw):
    """Whether a value as written is more than blank text, or lists and mappings of that."""
    if isinstance(raw, dict | list):
        return any(map(says_something, raw.values() if isinstance(raw, dict) else raw))
    return raw is not None and (not isinstance(raw, str) or bool(raw.strip()))
