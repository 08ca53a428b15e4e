"""Types of fields with other fields in them: lists and mappings."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

from articles.documents import as_written
from articles.documents.as_written import raw_of
from articles.documents.field_types import Readable, Text
from articles.documents.findings import Findings, Path
from articles.documents.nodes import Node, Values, is_empty, is_null, kind_of, stored_key
from articles.documents.unknown_values import ANYTHING

LIKE_A_KEY = re.compile(r"[a-z_$][\w$-]*")


@dataclass(frozen=True)
class ListOf:
    """A list of at most `limit` values of one type, without empty ones. A single value is a list of one."""

    item: Readable
    limit: int
    read_quickly: ClassVar[None] = None
    keeps_written_text: ClassVar[bool] = True

    def read(self, node: Node, path: Path, findings: Findings) -> list[object] | None:
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
                # Only types with a single value have `read_quickly`.
                if read_quickly is not None and isinstance(entry, dict):
                    entry = text_in_mapping(entry, (path, index), findings)  # noqa: PLW2901
                value = read(entry, (path, index), findings)
            if value is not None:
                values.append(value)
        return values


def text_in_mapping(entry: dict[str, Node], path: Path, findings: Findings) -> Node:
    """Return the text that a mapping in a list of texts is meant to be, or the mapping itself if that is not certain.

    `DM: Example` is a text with a colon, because no key of the format begins with a capital or contains spaces. For a
    mapping with a title or name that is the text.
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
    """A mapping of typed fields; unknown fields are stored as they are.

    A single value in place of the mapping is read as its field `short`. Unless all `usual` fields have values, `check`
    completes the values and reports what is missing.
    """

    fields: dict[str, Readable]
    required: tuple[str, ...] = ()
    short: str = ""
    usual: tuple[str, ...] = ()
    check: Callable[[Values, Path, Findings], None] | None = None
    read_quickly: ClassVar[None] = None
    keeps_written_text: ClassVar[bool] = True

    @cached_property
    def readers(
        self,
    ) -> dict[str, tuple[Callable[[Node], object] | None, Callable[[Node, Path, Findings], object]]]:
        """The methods of the fields' types, looked up once: {key: (read_quickly, read)}."""
        return {key: (kind.read_quickly, kind.read) for key, kind in self.fields.items()}

    def read(  # noqa: C901, PLR0912 - calling a function for each field would take longer than all of it
        self, node: Node, path: Path, findings: Findings
    ) -> Values | None:
        if not isinstance(node, dict):
            if is_empty(node):
                return None
            if not self.short or not isinstance(node, str):
                findings.fault(path, f"a mapping of fields is expected here, not a {kind_of(node)}")
                return None
            findings.warning(path, f"a mapping of fields is expected here; read as its {self.short}")
            node = {self.short: node}
        readers = self.readers
        values: Values = {}
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
            if key not in values and self.check is not None:
                self.check(values, path, findings)
                break
        return values


def differs_from_written(value: object, node: Node, kind: Readable) -> bool:
    """Return whether an export of `value` would differ from the node that a field of the type `kind` had."""
    if value is None:
        return True
    if value.__class__ is list:
        if node.__class__ is not list or len(value) != len(node):
            return True
        return value != node if is_list_of_text(kind) else [*map(type, value)] != [*map(type, node)]
    if value.__class__ is dict:
        return node.__class__ is not dict
    if value.__class__ is str:
        return value != node and kind.keeps_written_text
    # A number or boolean in quotes.
    return node.__class__ is str and kind.keeps_written_text


def is_list_of_text(kind: Readable) -> bool:
    return kind.__class__ is ListOf and kind.item.__class__ is Text
