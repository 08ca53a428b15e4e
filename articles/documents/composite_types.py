"""Types of fields that hold other fields: lists and mappings."""

import re
from dataclasses import dataclass, field
from functools import cached_property

from articles.documents import as_written
from articles.documents.as_written import raw_of
from articles.documents.field_types import Text
from articles.documents.nodes import is_empty, is_null, kind_of, stored_key
from articles.documents.unknown_values import ANYTHING

LIKE_A_KEY = re.compile(r"[a-z_$][\w$-]*")


@dataclass(frozen=True)
class ListOf:
    """A list of at most `limit` values of one type, without empty ones. A single value is a list of one."""

    item: object
    limit: int
    read_quickly = None

    def read(self, node, path, findings):
        if not isinstance(node, list):
            if is_empty(node):
                return None
            node = [node]
        if len(node) > self.limit:
            findings.warning(path, f"{len(node):,} entries; only the first {self.limit:,} are used")
            node = node[: self.limit]
        read_quickly, read, values = self.item.read_quickly, self.item.read, []
        for index, entry in enumerate(node):
            value = read_quickly(entry) if read_quickly is not None else None
            if value is None:
                # Types with a single value are those that can be read quickly.
                is_no_text = read_quickly is not None and entry.__class__ is dict
                text = text_in_mapping(entry, (path, index), findings) if is_no_text else entry
                value = read(text, (path, index), findings)
            if value is not None:
                values.append(value)
        return values


def text_in_mapping(entry, path, findings):
    """Return the only text that a mapping in a list of texts can mean, or the mapping itself.

    `DM: Example` is a text with a colon, because no key of the format begins with a capital or contains blanks. A
    mapping with a title or name means that.
    """
    if len(entry) == 1:
        ((name, value),) = entry.items()
        if isinstance(value, str) and not LIKE_A_KEY.fullmatch(name):
            findings.warning(path, "the text contains a colon; put the text in quotes")
            return f"{name}:" if is_null(value) else f"{name}: {value}"
    for name in ("title", "name"):
        if isinstance(entry.get(name), str):
            findings.warning(path, f"a single value is expected here, not a mapping; its {name} is used")
            return entry[name]
    return entry


@dataclass(frozen=True)
class Mapping:
    """A mapping of typed fields; unknown fields are kept as they are.

    A single value in place of the mapping is its field `short`. Unless all `usual` fields have values, `check`
    completes the values and reports what is missing.
    """

    fields: dict
    required: tuple = field(default=())
    short: str = ""
    usual: tuple = ()
    check: object = None
    read_quickly = None

    @cached_property
    def readers(self):
        """The fields' methods, looked up once: {key: (read_quickly, read)}."""
        return {key: (kind.read_quickly, kind.read) for key, kind in self.fields.items()}

    def read(self, node, path, findings):  # noqa: C901, PLR0912 - a call for each field costs more than all of it
        if not isinstance(node, dict):
            if is_empty(node):
                return None
            if not self.short or not isinstance(node, str):
                findings.fault(path, f"a mapping of fields is expected here, not a {kind_of(node)}")
                return None
            findings.warning(path, f"a mapping of fields is expected here; read as its {self.short}")
            node = {self.short: node}
        values, readers = {}, self.readers
        for key, below in node.items():
            if key not in readers:
                values[stored_key(key)] = ANYTHING.read(below, (path, key), findings)
                continue
            read_quickly, read = readers[key]
            value = read_quickly(below) if read_quickly is not None else None
            if value is None:
                value = read(below, (path, key), findings)
                is_mapping = value.__class__ is dict and below.__class__ is dict
                if not is_mapping and differs_from_written(value, below, self.fields[key]):
                    as_written.keep_raw(values, key, raw_of(below))
            if value is not None:
                values[key] = value
        for key in self.required:
            if values.get(key) is None and not findings.has_problem((path, key)):
                findings.error((path, key), f"a {key} is required")
        if len(values) < 2 and path and is_empty(node):
            return None
        for key in self.usual:
            if key not in values:
                self.check(values, path, findings)
                break
        return values


def differs_from_written(value, node, kind):
    """Return whether an export of `value` would differ from what was written in a field of the type `kind`."""
    if value is None:
        return True
    if value.__class__ is list:
        if node.__class__ is not list or len(value) != len(node):
            return True
        return value != node if is_list_of_text(kind) else [*map(type, value)] != [*map(type, node)]
    if value.__class__ is dict:
        return node.__class__ is not dict
    if value.__class__ is str:
        return value != node and kind.is_kept_as_written
    # A number or truth value in quotes.
    return node.__class__ is str and kind.is_kept_as_written


def is_list_of_text(kind):
    return kind.__class__ is ListOf and kind.item.__class__ is Text
