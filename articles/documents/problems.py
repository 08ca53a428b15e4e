"""Problems of documents, with their places, for the report and for people."""

import re
from dataclasses import asdict, dataclass
from enum import StrEnum

INDEX = re.compile(r"\[([0-9]{1,6})\]")
LIKE_A_BLOB = re.compile(r"[A-Za-z0-9+/=]{20}")


class Level(StrEnum):
    """An error rejects a document; a warning names what was read differently than written."""

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

    def as_json(self):
        """Return the problem as the report's contract has it."""
        return asdict(self)

    @classmethod
    def from_json(cls, data):
        """Return the problem whose `as_json` is `data`."""
        return cls(**data | {"level": Level(data["level"])})

    def describe(self, source):
        """Return `source:line:column: field: message`, without the parts that are not known."""
        place = ":".join(str(part) for part in (source, self.line, self.column) if part is not None)
        return ": ".join(part for part in (place, field_for_people(self.field), self.message) if part)


class UnreadableDocument(Exception):
    """A document that cannot be read at all; `problem` says why."""

    def __init__(self, problem):
        super().__init__(problem.message)
        self.problem = problem


def field_path(path):
    """Return the name of a field, `images[0].url`, for a tuple of keys and indexes."""
    name = ""
    for part in path:
        name += f"[{part}]" if isinstance(part, int) else f".{part}" if name else str(part)
    return name


def field_for_people(field):
    """Return a field's name with its indexes counted from 1, `images[1].url` for `images[0].url`."""
    return INDEX.sub(lambda match: f"[{int(match[1]) + 1}]", field)


def quote(text):
    """Return the beginning of a text, quoted for a message; never of a text that may be a blob."""
    return "this value" if LIKE_A_BLOB.search(text) else repr(text[:40])
