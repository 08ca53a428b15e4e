"""Messages that explain why YAML cannot be read, and how to correct it. Only for documents that are rejected."""

import re
from collections.abc import Iterable, Sequence

import yaml

from articles.documents.problems import quote

LINE_BREAK = re.compile("\r\n|[\n\r\x85\u2028\u2029]")
TAB_INDENT = re.compile(r" *\t")
NO_BLANK = re.compile(r" *(?:- +)*([A-Za-z_][\w-]*):(?!//)(\S.*)$")
ADDRESSES = ("http", "https", "mailto", "tel", "data")
VALUE = re.compile(r" *(?:- +)*(?:[\w$-]+[ \t]*:[ \t]+)?(\S.*)?$")
NOT_CLOSED = "a quotation mark opens here and is not closed; close it, or put the whole text in quotes"
# Part of libyaml's message -> ours. The first match counts.
MESSAGES = (
    ("mapping values are not allowed", "the text contains a colon; put the text in quotes"),
    ("cannot start any token", "a text cannot begin with this character; put the text in quotes"),
    ("while scanning an alias", "a text cannot begin with *; put the text in quotes"),
    ("while scanning an anchor", "a text cannot begin with &; put the text in quotes"),
    ("while scanning a tag", "a text cannot begin with !; put the text in quotes"),
    ("while parsing a tag", "a text cannot begin with !; put the text in quotes"),
    ("undefined tag handle", "a text cannot begin with !; put the text in quotes"),
    ("a quoted scalar", NOT_CLOSED),
    ("escape", 'a backslash within "…" begins an escape; write it twice, \\\\'),
    ("a block scalar", "a text cannot begin with | or >; put the text in quotes"),
    ("a flow", "a list or mapping in brackets is not closed, or text follows it; put the text in quotes"),
    ("block sequence entries", "a text cannot begin with a dash; put the text in quotes"),
    ("document start", "text follows the fields; indent it below its field, or put it after a line of ---"),
    ("expected ':'", "this line is not a field; write it as “name: text”, or indent it below the field it belongs to"),
    ("directive", "a line cannot begin with %; put the text in quotes"),
)
UNEVEN_INDENT = "this line is not indented like the fields around it; indent the fields of one group alike"
AFTER_QUOTES = (
    "text follows the closing quotation mark; put the whole text in quotes, and write inner ones as \\\" or ''"
)
AFTER_BRACKETS = "text follows the closing bracket; put the whole text in quotes"
AFTER_OPENING = {"'": AFTER_QUOTES, '"': AFTER_QUOTES, "[": AFTER_BRACKETS, "{": AFTER_BRACKETS}
ANYTHING_ELSE = "this line cannot be read; write it as “name: text”, with the text in quotes"


def advise(text: str, error: yaml.MarkedYAMLError, lines_before: int) -> tuple[str, int, int]:
    """Return (message, line, column) for a yaml.MarkedYAMLError in `text`; line and column count from 1 in the file."""
    lines = LINE_BREAK.split(text)
    libyaml_message = f"{error.context or ''} {error.problem or ''}"
    # An unclosed quotation mark is noticed at the end of the file, and has to be corrected where it opens.
    never_closed = "end of stream" in libyaml_message and "quoted scalar" in libyaml_message
    mark = (error.context_mark if never_closed else error.problem_mark) or error.problem_mark or error.context_mark
    at, column = (min(mark.line, len(lines) - 1), mark.column + 1) if mark else (0, 1)
    if TAB_INDENT.match(lines[at]):
        return "a tab is used for indentation; use spaces", at + 1 + lines_before, 1
    candidates = [at, at - 1, *([error.context_mark.line] if error.context_mark else [])]
    missing = missing_blank(lines, candidates, lines_before)
    if missing:
        return missing
    message = next((text for part, text in MESSAGES if part in libyaml_message), None)
    if message is None:
        match = VALUE.match(lines[at])
        value = (match[1] if match else "") or ""
        opened = opened_before(lines, at) if column > 1 else None
        if opened is not None and "expected" in libyaml_message:
            return NOT_CLOSED, opened[0] + 1 + lines_before, opened[1]
        message = AFTER_OPENING.get(value[:1], UNEVEN_INDENT) if column > 1 else UNEVEN_INDENT
        message = message if "expected" in libyaml_message else ANYTHING_ELSE
    return message, at + 1 + lines_before, column


def opened_before(lines: Sequence[str], at: int) -> tuple[int, int] | None:
    """Return (line, column) of a quotation mark that the line before line `at` opens and does not close, or None.

    The text then ends at the next quotation mark, and libyaml reports what follows it.
    """
    previous = next((number for number in range(at - 1, -1, -1) if lines[number].strip()), None)
    value = VALUE.match(lines[previous]) if previous is not None else None
    if previous is None or value is None or not value[1]:
        return None
    if value[1][0] in ("'", '"') and value[1].count(value[1][0]) == 1:
        return previous, value.start(1) + 1
    return None


def missing_blank(lines: Sequence[str], candidates: Iterable[int], lines_before: int) -> tuple[str, int, int] | None:
    """Return (message, line, column) for the first of the line numbers `candidates` without a space after its colon."""
    for at in candidates:
        match = NO_BLANK.match(lines[at]) if 0 <= at < len(lines) else None
        if match and match[1].lower() not in ADDRESSES:
            line = at + 1 + lines_before
            example = quote(f"{match[1]}: {match[2]}".strip())
            message = f"a space is missing after the colon in line {line}; write it as {example}"
            return message, line, match.start(2) + 1
    return None


def no_mapping(text: str, lines_before: int) -> tuple[str, int, int]:
    """Return (message, line, column) for YAML that is not a mapping of fields."""
    lines = LINE_BREAK.split(text)
    first = next((at for at, line in enumerate(lines) if line.strip()), 0)
    missing = missing_blank(lines, [first], lines_before)
    return missing or (
        'the document is not a mapping of fields; begin with a line such as “title: "A headline"”',
        first + 1 + lines_before,
        len(lines[first]) - len(lines[first].lstrip()) + 1,
    )
