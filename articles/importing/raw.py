from dataclasses import dataclass

from articles.importing.problems import Problem


@dataclass
class RawDocument:
    """The bytes of one document, or the problem that kept them from being read."""

    source: str
    content: bytes = b""
    problem: Problem | None = None
