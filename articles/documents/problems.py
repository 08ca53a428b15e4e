"""Problems of documents with their places, as data for the report and as readable text."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

INDEX = re.compile(r"\[([0-9]{1,6})\]")
LIKE_A_BLOB = re.compile(r"[A-Za-z0-9+/=]{20}")


class Level(StrEnum):
    """An error rejects a document; a warning reports what was read differently than it is written."""

    ERROR = "error"
    WARNING = "warning"


@dataclass
class Problem:
    """A fault of a document and its place: `line` and `column` count from 1, None if there is no place."""

    message: str
    field: str = ""
    level: Level = Level.ERROR
    line: int | None = None
    column: int | None = None

    def as_json(self) -> dict[str, Any]:
        """Return the problem in the form that the report's contract defines."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Problem":
        """Return the problem whose `as_json` is `data`."""
        return cls(**{**data, "level": Level(data["level"])})

    def describe(self, source: str) -> str:
        """Return `source:line:column: field: message`, without the parts that are not known."""
        place = ":".join(str(part) for part in (source, self.line, self.column) if part is not None)
        return ": ".join(part for part in (place, readable_field(self.field), self.message) if part)


class UnreadableDocument(Exception):
    """A document that cannot be read at all, because of its `problem`."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.message)
        self.problem = problem


def field_path(path: Iterable[str | int]) -> str:
    """Return the name of a field, such as `images[0].url`, from its path of keys and indexes."""
    name = ""
    for part in path:
        name += f"[{part}]" if isinstance(part, int) else f".{part}" if name else str(part)
    return name


def readable_field(field: str) -> str:
    """Return a field's name with its indexes counted from 1: `images[1].url` for `images[0].url`."""
    return INDEX.sub(lambda match: f"[{int(match[1]) + 1}]", field)


def quote(text: str) -> str:
    """Return the beginning of a text, quoted for a message, but nothing of a text that may be a blob."""
    return "this value" if LIKE_A_BLOB.search(text) else repr(text[:40])
