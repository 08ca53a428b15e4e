"""The problems found in one document while its fields are read."""

from collections.abc import Collection, Mapping
from typing import TypeAlias

from articles.documents.nodes import Node, is_empty
from articles.documents.problems import Level, Problem, field_path

# A field's keys and indexes, from the outside in: as nested pairs while a document is read, else as a tuple.
Path: TypeAlias = "tuple[()] | tuple[Path, str | int]"
Steps: TypeAlias = tuple[str | int, ...]


class Findings:
    """The problems found in one document, each with the path of its field.

    While a document is read, a path is () or a pair (path, step), because most paths are never used; in `problems`
    it is a tuple of steps. A fault in a field of `strict` rejects the document; `nodes` is the document's mapping.
    """

    def __init__(self, strict: Collection[Steps] = frozenset(), nodes: Mapping[str, Node] | None = None) -> None:
        self.problems: list[tuple[Steps, Problem]] = []
        self.faulty_paths: set[Steps] = set()
        self.strict, self.nodes = strict, nodes or {}

    @property
    def scheme(self) -> str:
        """The scheme of the document's own URL; https if it has no URL."""
        urls = [self.nodes[key] for key in ("webUrl", "originalUrl") if key in self.nodes]
        url = next((url for url in urls if isinstance(url, str) and not is_empty(url)), "")
        return "http" if url.strip().lower().startswith("http:") else "https"

    def error(self, path: Path, message: str) -> None:
        self.add(path, message, Level.ERROR)

    def warning(self, path: Path, message: str) -> None:
        self.add(path, message, Level.WARNING)

    def fault(self, path: Path, message: str) -> None:
        """Report a value that cannot be used: an error in a strict field, elsewhere a warning."""
        if steps_of(path)[:1] in self.strict:
            self.error(path, message)
        else:
            self.warning(path, f"{message}; left out")

    def add(self, path: Path, message: str, level: Level) -> None:
        steps = steps_of(path)
        self.faulty_paths.update(steps[:length] for length in range(1, len(steps) + 1))
        self.problems.append((steps, Problem(message, field_path(steps), level)))

    def has_problem(self, path: Path) -> bool:
        """Return whether a problem was found in the field at `path` or below it."""
        return steps_of(path) in self.faulty_paths


def steps_of(path: Path) -> Steps:
    """Return the tuple of steps of a path of pairs."""
    steps: list[str | int] = []
    while path:
        path, step = path
        steps.append(step)
    return tuple(reversed(steps))
