"""Repairing a line that is not YAML, if its meaning is certain.

Only called after the parser has failed, with the line in which it failed. An ambiguous line is not repaired, and the
document is rejected.
"""

import re
from typing import NamedTuple

from articles.documents import schema
from articles.documents.composite_types import ListOf, Mapping

HEAD = re.compile(r" *(?:- +)*(?:(?P<key>[A-Za-z_$][\w$-]*|\"[^\"\\]*\"|'[^']*')[ \t]*:[ \t]+)?")
COMMENT = re.compile(r"[ \t]#")
COLON = re.compile(r":(?:[ \t]|$)")
# The characters with which a text without quotes cannot begin.
INDICATORS = "@`%*&!|>[]{},?-"
ESCAPE = re.compile(
    r"\\(?:u([dD][89abAB][0-9a-fA-F]{2})\\u([dD][c-fC-F][0-9a-fA-F]{2})|u([dD][89a-fA-F][0-9a-fA-F]{2})"
    r"|x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U00(?:0[0-9a-fA-F]|10)[0-9a-fA-F]{4}|[0abt\tnvfre \"/\\N_LP]|(')|(.)|$)"
)
UNPRINTABLE = re.compile("[\x01-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ufffe\uffff]|[\ud800-\udfff]|(?<!^)\ufeff")
# An escape as in programming languages: 'It\'s'.
APOSTROPHE = re.compile(r"(?<=\w)\\'(?=\w)")
# The beginning of a list or mapping, or a field; no key of the format begins with a capital or contains spaces.
LIKE_A_FIELD = re.compile(r"[\[{*&!|>?-]|[a-z_$][\w$-]*[ \t]*:(?:[ \t]|$)")
IN_QUOTES = "put the text in quotes"


class Repair(NamedTuple):
    """A repaired line, or the repaired value in it, and a message about the repair."""

    line: str
    message: str


def structured_keys(mapping: Mapping) -> set[str]:
    """Return the keys of a schema's mapping, at every depth, whose values are lists or mappings."""
    keys: set[str] = set()
    for key, kind in mapping.fields.items():
        if isinstance(kind, ListOf | Mapping):
            keys.add(key)
            inner = kind.item if isinstance(kind, ListOf) else kind
            keys |= structured_keys(inner) if isinstance(inner, Mapping) else set()
    return keys


STRUCTURED = structured_keys(schema.STORY).union(*map(structured_keys, schema.TAXONOMIES.values())) | {"publishers"}


def repaired_escapes(line: str) -> Repair | None:
    """Return the Repair of the backslash escapes in a double-quoted line, None if all are valid.

    A pair of surrogates, which JSON uses for a character beyond U+FFFF, is replaced by that character.
    """

    def repair(match: re.Match[str]) -> str:
        high, low, lone_surrogate, apostrophe, other = match.groups()
        if high:
            pairs.append(match[0])
            return chr(0x10000 + ((int(high, 16) - 0xD800) << 10) + int(low, 16) - 0xDC00)
        if lone_surrogate:
            lone_surrogates.append(lone_surrogate)
            return "\ufffd"
        return "'" if apostrophe else f"\\\\{other}" if other else match[0]

    lone_surrogates: list[str] = []
    pairs: list[str] = []
    repaired = ESCAPE.sub(repair, line)
    if repaired == line:
        return None
    if lone_surrogates:
        problem = f"\\u{lone_surrogates[0]} is half a character and was replaced; write the character itself"
        return Repair(repaired, problem)
    if pairs:
        return Repair(repaired, f"{pairs[0]} is one character, written as JSON does; write the character itself")
    return Repair(repaired, f'a backslash within "…" begins an escape; write it twice, {chr(92) * 2}')


def repaired_line(line: str, column: int, next_line: str | None) -> Repair | None:
    """Return the Repair of a line of YAML that the parser refused at `column`, None if it is ambiguous.

    `next_line` is the next line that is not blank, or None.
    """
    head = HEAD.match(line)
    if head is None or column < head.end():
        return None
    value = line[head.end() :].rstrip(" \t")
    key = (head["key"] or "").strip("\"'")
    is_entry = line[: head.end()].lstrip(" ").startswith("-")
    if not value or not (key or is_entry) or (key in STRUCTURED and may_be_structured(value)):
        return None
    if next_line is not None and is_continued(line, head, next_line):
        return None
    repaired = repaired_quotes(value) if value[0] in "\"'" else repaired_plain(value)
    return repaired and Repair(line[: head.end()] + repaired.line, repaired.message)


def may_be_structured(value: str) -> bool:
    """Return whether a text in place of a list or mapping could be one: `[AI`, `name: Example`."""
    return value[0] not in "@%`\"'" and LIKE_A_FIELD.match(value) is not None


def is_continued(line: str, head: re.Match[str], next_line: str) -> bool:
    """Return whether the next line is indented like a continuation of the value in `line`."""
    indent = head.start("key") if head["key"] else len(line) - len(line.lstrip(" "))
    return len(next_line) - len(next_line.lstrip(" \t")) > indent


def repaired_plain(value: str) -> Repair | None:
    """Return the Repair of a text without quotes."""
    comment = COMMENT.search(value)
    text = value[: comment.start()].rstrip(" \t") if comment else value
    if COLON.search(text):
        message = f"the text contains a colon; {IN_QUOTES}"
    elif text[0] in INDICATORS:
        message = f"a text cannot begin with {text[0]}; {IN_QUOTES}"
    else:
        return None
    if comment:
        message += "; what follows # is a comment, and is not part of the text"
        return Repair(f"{quoted(text)}{value[comment.start() :]}", message)
    return Repair(quoted(text), message)


def repaired_quotes(value: str) -> Repair | None:
    """Return the Repair of a text that begins with a quotation mark and contains others, None if it is ambiguous."""
    if COMMENT.search(value) and value[-1] != value[0]:
        return None
    mark, places = value[0], quotation_marks(value)
    if places is None:
        return None
    depth, closes_at = 1, None
    for place, step in places[1:]:
        depth += step
        if depth == 0 and closes_at is None:
            closes_at = place
    if depth != 0 or closes_at is None:
        return None
    if closes_at < len(value) - 1:
        message = f'the text goes on after a quotation mark; {IN_QUOTES}, and write \\" for the inner ones'
        return Repair(quoted(value), message)
    inner = value[1:-1]
    if mark == "'":
        inner = APOSTROPHE.sub("'", inner)
        return Repair("'{}'".format(re.sub("'+", doubled, inner)), "an apostrophe within '…' is written twice, ''")
    escaped = re.sub(r'\\.|"', lambda match: '\\"' if match[0] == '"' else match[0], inner)
    return Repair(f'"{escaped}"', 'a quotation mark within "…" is written \\"')


def doubled(match: re.Match[str]) -> str:
    return match[0] if len(match[0]) % 2 == 0 else match[0] + "'"


def quotation_marks(value: str) -> list[tuple[int, int]] | None:
    """Return [(place, 1 if it opens, -1 if it closes)] of the quotation marks; None if one of them could be either.

    An apostrophe within a word and an escaped mark are neither.
    """
    mark, places, at = value[0], [(0, 1)], 1
    while at < len(value):
        if mark == "'" and APOSTROPHE.match(value, at):
            at += 2
            continue
        if (mark == '"' and value[at] == "\\") or value[at : at + 2] == "''" == mark * 2:
            at += 2
            continue
        if value[at] == mark:
            before, after = value[at - 1], value[at + 1 : at + 2]
            if before.isalnum() and after.isalnum():
                pass
            elif at == len(value) - 1 or (not before.isspace() and not after.isalnum()):
                places.append((at, -1))
            elif not before.isalnum() and not after.isspace():
                places.append((at, 1))
            else:
                return None
        at += 1
    return places


def quoted(text: str) -> str:
    """Return `text` as a double-quoted scalar of YAML."""
    return '"{}"'.format(text.replace("\\", "\\\\").replace('"', '\\"'))
