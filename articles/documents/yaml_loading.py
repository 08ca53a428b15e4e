"""Reading a document's YAML: line by line if it has upstream's form, else by libyaml, after repairs if necessary.

Only the text decides which of the two reads a document. Both return the same mapping, so the choice is not reported. A
line is repaired only after libyaml has failed in it, and each repair is reported as a warning of the document.
"""

import re
from typing import NamedTuple, TypeAlias

import yaml
from yaml.cyaml import CParser  # type: ignore[attr-defined] # its stubs do not re-export it

from articles.documents.nodes import Node
from articles.documents.problems import Level, Problem, UnreadableDocument, field_path
from articles.documents.yaml_advice import LINE_BREAK, advise, no_mapping
from articles.documents.yaml_fast import read_lines
from articles.documents.yaml_reader import NOT_A_MAPPING, Refusal, build, field_paths
from articles.documents.yaml_repair import UNPRINTABLE, repaired_escapes, repaired_line

# Characters that may be parsed after repairs: enough for hundreds of repairs in an ordinary document.
REPARSING_LIMIT = 2_000_000
ALIAS_ALONE = re.compile(r"\*[\w-]+[ \t]*(?:#.*)?$")
ESCAPE_ERRORS = ("escape", "hexdecimal")
Fault: TypeAlias = Refusal | yaml.MarkedYAMLError | yaml.reader.ReaderError


class Reading(NamedTuple):
    """The mapping of a document's nodes, its YAML after repairs, and the warnings about the repairs."""

    mapping: dict[str, Node]
    text: str
    repairs: list[Problem]


def read_mapping(text: str, lines_before: int = 0) -> Reading:
    """Return the Reading of the mapping in the YAML `text`.

    Raises UnreadableDocument, with the line in the whole file, if `text` is not YAML or not one mapping, and for keys
    with two values, anchors, aliases, tags, too many levels or too many nodes.
    """
    mapping = read_lines(text)
    if mapping is not None:
        return Reading(mapping, text, [])
    repairs: list[Problem] = []
    left = REPARSING_LIMIT
    while True:
        parser = CParser(text)
        try:
            mapping = build(parser)
            name_fields(repairs, text, lines_before)
            return Reading(mapping, text, repairs)
        except (Refusal, yaml.MarkedYAMLError, yaml.reader.ReaderError) as error:
            left -= len(text)
            repaired = _repaired(text, error, lines_before, repairs) if left > 0 else None
            if repaired is None:
                raise UnreadableDocument(_problem(text, error, lines_before)) from None
            text = repaired
        finally:
            parser.dispose()


def name_fields(repairs: list[Problem], text: str, lines_before: int) -> None:
    """Set the fields of the warnings about repaired lines; `text` is the repaired YAML."""
    if repairs:
        paths = field_paths(text)
        for problem in repairs:
            if problem.line is not None:
                problem.field = field_path(paths.get(problem.line - 1 - lines_before, ()))


def _repaired(text: str, error: Fault, lines_before: int, repairs: list[Problem]) -> str | None:
    """Return `text` with the fault of `error` repaired, and add a warning; None if the text is ambiguous."""
    if isinstance(error, yaml.reader.ReaderError):
        return _without_control_characters(text, lines_before, repairs)
    mark = error.mark if isinstance(error, Refusal) else error.problem_mark
    if mark is None or (isinstance(error, Refusal) and not error.is_alias):
        return None
    begin, end, following = _line_at(text, mark.line)
    line = text[begin:end]
    if isinstance(error, Refusal) and ALIAS_ALONE.match(line, mark.column):
        return None
    if not isinstance(error, Refusal) and any(word in (error.problem or "") for word in ESCAPE_ERRORS):
        repair = repaired_escapes(line)
    else:
        repair = repaired_line(line, mark.column, following)
    if repair is None:
        return None
    warning = Problem(repair.message, level=Level.WARNING, line=mark.line + 1 + lines_before, column=mark.column + 1)
    if any((warning.line, warning.message) == (one.line, one.message) for one in repairs):
        return None
    repairs.append(warning)
    return f"{text[:begin]}{repair.line}{text[end:]}"


def _line_at(text: str, number: int) -> tuple[int, int, str | None]:
    """Return (begin, end) of a line of `text`, counted from 0, and the next line that is not blank, or None."""
    begin = 0
    for match in LINE_BREAK.finditer(text):
        if number == 0:
            following = (line for line in LINE_BREAK.split(text[match.end() :]) if line.strip(" \t"))
            return begin, match.start(), next(following, None)
        number, begin = number - 1, match.end()
    return begin, len(text), None


def _without_control_characters(text: str, lines_before: int, repairs: list[Problem]) -> str | None:
    match = UNPRINTABLE.search(text)
    if match is None or "\x00" in text:
        # This is most likely not a text file.
        return None
    line, column = _place(text, match.start())
    problem = Problem("control characters were removed", level=Level.WARNING, line=line + lines_before, column=column)
    repairs.append(problem)
    return UNPRINTABLE.sub("", text)


def _problem(text: str, error: Fault, lines_before: int) -> Problem:
    """Return the Problem for which a document is rejected."""
    field = ""
    if isinstance(error, yaml.reader.ReaderError):
        position = next((i for i, c in enumerate(text) if not c.isprintable() and c not in "\n\r\t\x85\xa0\ufeff"), 0)
        line, column = _place(text, position)
        message, line = f"a document must not contain the character U+{ord(text[position]):04X}", line + lines_before
    elif not isinstance(error, Refusal):
        message, line, column = advise(text, error, lines_before)
    elif error.message is NOT_A_MAPPING:
        message, line, column = no_mapping(text, lines_before)
    else:
        message, field = error.message, field_path(error.path)
        line, column = error.mark.line + 1 + lines_before, error.mark.column + 1
    return Problem(message, field, line=line, column=column)


def _place(text: str, position: int) -> tuple[int, int]:
    return text.count("\n", 0, position) + 1, position - text.rfind("\n", 0, position)
