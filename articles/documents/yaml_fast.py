"""Read YAML in the form that upstream writes, line by line, in a fifth of the time that libyaml takes.

Upstream writes one field, or one entry of a list, on each line, indented by spaces, quoted or plain. For anything else
that YAML allows, and for faulty YAML, `read_lines` returns None, and yaml_loading.py parses the document with libyaml.
Both parsers return the same mapping, as tests check, so the choice is not reported. It depends on the text only.
"""

import re
from functools import lru_cache
from typing import Any

from articles.documents.nodes import AMBIGUOUS_INITIALS, Node, Plain

DEPTH_LIMIT = 10
LINE_LIMIT = 20_000
KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,60}")
# An unquoted scalar on one line, without a comment or a mapping in it.
PLAIN = re.compile(r"(?:[\w/(]|-(?=[0-9]))[^\s:#]*(?:(?::(?=\S)| (?=[^\s#]))[^\s:#]*)*")
DOUBLE_QUOTED = re.compile(r'"((?:[^"\\]|\\["\\])*)"')
SINGLE_QUOTED = re.compile(r"'([^']*)'")
ESCAPED = re.compile(r'\\(["\\])')
PRINTABLE_ASCII = bytes([*b"\t\n", *range(0x20, 0x7F)])
# Characters that libyaml refuses or reads as a line break.
LIBYAML_ONLY = re.compile("[^\t\n\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]")
NULL = Plain("")
# Documents share their few keys and most of their short lines, so these are cached.
KNOWN_KEYS: set[str] = set()
MAX_KNOWN_KEYS = 1000
# {line: (indent, whether it is an entry of a list, key, node)}.
LINE_CACHE: dict[str, tuple[int, bool, str | None, Node]] = {}
LINE_CACHE_SIZE = 5000
SHORT_LINE = 36


def read_lines(  # noqa: C901, PLR0911, PLR0912, PLR0915 - one call of a function for each line would double the time
    text: str,
) -> dict[str, Node] | None:
    """Return the mapping in the YAML `text`, or None if it needs libyaml.

    None is not a failure, so nothing is logged.
    """
    if "\r" in text:
        text = text.replace("\r\n", "\n")
    if text.encode().translate(None, PRINTABLE_ASCII) and LIBYAML_ONLY.search(text):
        return None
    lines = text.split("\n")
    if len(lines) > LINE_LIMIT:
        return None
    # The open container, its parents, the column of its entries, and its last key if that has no value yet.
    root: dict[str, Node] = {}
    # Any: `__class__` decides whether it is a list or a dict, which is faster than isinstance.
    container: Any = root
    parents: list[tuple[Any, int]] = []
    column, cache = 0, LINE_CACHE
    open_key: str | None = None
    key: str | None
    node: Node | None
    for line in lines:
        cached = cache.get(line)
        if cached is not None:
            indent, is_entry, key, node = cached
        else:
            content = line.lstrip(" ")
            if not content:
                continue
            indent = len(line) - len(content)
            is_entry = content[:2] == "- "
            if is_entry:
                content = content[2:]
            key, colon, value = content.partition(": ")
            if not colon and key[-1:] == ":":
                key, colon = key[:-1], ":"
            if not colon or not is_key(key):
                if not is_entry:
                    return None
                key, value = None, content
            if value[:1] == '"' == value[-1:] and value.count('"') == 2 and "\\" not in value:
                node = value[1:-1]
            else:
                node = scalar(value) if value or key is None else NULL
                if node is None:
                    return None
            if len(line) <= SHORT_LINE:
                if len(cache) >= LINE_CACHE_SIZE:
                    cache.clear()
                cache[line] = indent, is_entry, key, node
        if open_key is not None and indent > column:
            if len(parents) > DEPTH_LIMIT:
                return None
            parents.append((container, column))
            below: Any = [] if is_entry else {}
            container[open_key] = below
            container, column = below, indent
        else:
            while indent < column:
                container, column = parents.pop()
            if indent != column:
                return None
        open_key = None
        if is_entry:
            if container.__class__ is not list:
                return None
            if key is None:
                container.append(node)
                continue
            parents.append((container, column))
            below = {}
            container.append(below)
            container, column = below, indent + 2
        elif container.__class__ is list or key in container:
            return None
        container[key] = node
        if node is NULL:
            open_key = key
    return root or None


def is_key(text: str) -> bool:
    if text in KNOWN_KEYS:
        return True
    is_match = KEY.fullmatch(text) is not None
    if is_match and len(KNOWN_KEYS) < MAX_KNOWN_KEYS:
        KNOWN_KEYS.add(text)
    return is_match


@lru_cache(maxsize=10_000)
def scalar(text: str) -> str | None:
    """Return the scalar written as `text`, or None if it needs libyaml."""
    text = text.strip(" ")
    if PLAIN.fullmatch(text):
        return Plain(text) if text[0] in AMBIGUOUS_INITIALS else text
    quoted = DOUBLE_QUOTED.fullmatch(text)
    if quoted:
        return ESCAPED.sub(r"\1", quoted[1])
    quoted = SINGLE_QUOTED.fullmatch(text)
    return quoted[1] if quoted else None
