"""Reading a document's YAML: line by line if it is written as upstream does, else by libyaml, repaired if need be.

Which of these a document takes depends on its text alone, and that is intended. yaml_fast.py and libyaml give the same
mapping, so passing a document from the one to the other is not reported. A repair begins only when libyaml has failed,
on the line it failed in, and is reported as a warning of the document.
"""

import re
from typing import NamedTuple

import yaml
from yaml.cyaml import CParser

from articles.documents.problems import Level, Problem, UnreadableDocument, field_path
from articles.documents.yaml_advice import LINE_BREAK, advice, no_mapping
from articles.documents.yaml_fast import read_lines
from articles.documents.yaml_reader import NOT_A_MAPPING, Refusal, build, field_paths
from articles.documents.yaml_repair import UNPRINTABLE, repaired_escapes, repaired_line

# Characters that may be parsed after repairs: enough for hundreds of repairs in an ordinary document.
REPARSING_LIMIT = 2_000_000
ALIAS_ALONE = re.compile(r"\*[\w-]+[ \t]*(?:#.*)?$")
ESCAPE_ERRORS = ("escape", "hexdecimal")


class Reading(NamedTuple):
    """The mapping {str: str | Plain | list | dict} of a document, its YAML after repairs, and their warnings."""

    mapping: dict
    text: str
    repairs: list


def read_mapping(text, lines_before=0):
    """Return the Reading of the mapping that the YAML `text` holds.

    Raises UnreadableDocument, with the line in the whole file, if `text` is not YAML or not one mapping, and for keys
    with two values, anchors, aliases, tags, too much depth or too many nodes.
    """
    mapping = read_lines(text)
    if mapping is not None:
        return Reading(mapping, text, [])
    repairs, left = [], REPARSING_LIMIT
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


def name_fields(repairs, text, lines_before):
    """Set the fields of the warnings about repaired lines; `text` is the repaired YAML."""
    if repairs:
        paths = field_paths(text)
        for problem in repairs:
            problem.field = field_path(paths.get(problem.line - 1 - lines_before, ()))


def _repaired(text, error, lines_before, repairs):
    """Return `text` with the fault of `error` repaired, and add a warning; None if it could mean two things."""
    if isinstance(error, yaml.reader.ReaderError):
        return _without_control_characters(text, lines_before, repairs)
    mark = error.mark if isinstance(error, Refusal) else error.problem_mark
    if mark is None or (isinstance(error, Refusal) and not error.is_alias):
        return None
    begin, end, following = _line_at(text, mark.line)
    line = text[begin:end]
    if isinstance(error, Refusal) and ALIAS_ALONE.match(line, mark.column):
        return None
    if not isinstance(error, Refusal) and any(word in error.problem for word in ESCAPE_ERRORS):
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


def _line_at(text, number):
    """Return (begin, end) of a line of `text`, counted from 0, and the next line that is not blank, or None."""
    begin = 0
    for match in LINE_BREAK.finditer(text):
        if number == 0:
            following = (line for line in LINE_BREAK.split(text[match.end() :]) if line.strip(" \t"))
            return begin, match.start(), next(following, None)
        number, begin = number - 1, match.end()
    return begin, len(text), None


def _without_control_characters(text, lines_before, repairs):
    match = UNPRINTABLE.search(text)
    if match is None or "\x00" in text:
        # This is most likely not a text file.
        return None
    line, column = _place(text, match.start())
    problem = Problem("control characters were removed", level=Level.WARNING, line=line + lines_before, column=column)
    repairs.append(problem)
    return UNPRINTABLE.sub("", text)


def _problem(text, error, lines_before):
    """Return the Problem to reject a document with."""
    field = ""
    if isinstance(error, yaml.reader.ReaderError):
        position = next((i for i, c in enumerate(text) if not c.isprintable() and c not in "\n\r\t\x85\xa0\ufeff"), 0)
        line, column = _place(text, position)
        message, line = f"a document must not contain the character U+{ord(text[position]):04X}", line + lines_before
    elif not isinstance(error, Refusal):
        message, line, column = advice(text, error, lines_before)
    elif error.message is NOT_A_MAPPING:
        message, line, column = no_mapping(text, lines_before)
    else:
        message, field = error.message, field_path(error.path)
        line, column = error.mark.line + 1 + lines_before, error.mark.column + 1
    return Problem(message, field, line=line, column=column)


def _place(text, position):
    return text.count("\n", 0, position) + 1, position - text.rfind("\n", 0, position)
