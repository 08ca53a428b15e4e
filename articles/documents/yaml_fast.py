"""Reading the YAML that upstream writes, line by line: a fifth of what libyaml takes for the same.

Upstream writes one field, or one entry of a list, on each line, indented by blanks, quoted or plain. All that is
so is read here; whatever else YAML allows is left to libyaml (`yaml_mapping.py`), and so is all that is wrong, as
libyaml tells where. What is read here libyaml reads the same: a test asks both.
"""

import re
from functools import lru_cache

from articles.documents.nodes import NEVER_ONLY_TEXT, Plain

DEPTH_LIMIT = 10
LINE_LIMIT = 20_000
KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,60}")
# What neither opens, ends nor continues anything.
PLAIN = re.compile(r"(?:[\w/(]|-(?=[0-9]))[^\s:#]*(?:(?::(?=\S)| (?=[^\s#]))[^\s:#]*)*")
DOUBLE_QUOTED = re.compile(r'"((?:[^"\\]|\\["\\])*)"')
SINGLE_QUOTED = re.compile(r"'([^']*)'")
ESCAPED = re.compile(r'\\(["\\])')
ORDINARY_BYTES = bytes([*b"\t\n", *range(0x20, 0x7F)])
# What libyaml refuses or takes for the end of a line.
EXTRAORDINARY = re.compile("[^\t\n\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]")
NULL = Plain("")
# Documents have the same few keys all over, and most of their short lines: what they say is told once.
KEYS_SEEN, KEYS_REMEMBERED = set(), 1000
LINES_SEEN, LINES_REMEMBERED = {}, 5000
SHORT = 36


def read_lines(text):  # noqa: C901, PLR0911, PLR0912, PLR0915 - a call for each line costs more than all of it
    """Return the mapping that the YAML `text` holds, as `read_mapping` does, or None if that takes libyaml.

    None is by design, for what the text is like, and no failure: nothing is logged. An error here is one of ours; it
    rejects the document and is logged (`parsing.parse_document`).
    """
    if "\r" in text:
        text = text.replace("\r\n", "\n")
    if text.encode().translate(None, ORDINARY_BYTES) and EXTRAORDINARY.search(text):
        return None
    lines = text.split("\n")
    if len(lines) > LINE_LIMIT:
        return None
    # The container that is open, the column its entries stand in, those around it, and its field without a value.
    root = here = {}
    column, around, waiting, seen = 0, [], None, LINES_SEEN
    for line in lines:
        told = seen.get(line)
        if told is not None:
            at, is_entry, key, node = told
        else:
            said = line.lstrip(" ")
            if not said:
                continue
            at = len(line) - len(said)
            is_entry = said[:2] == "- "
            if is_entry:
                said = said[2:]
            key, colon, value = said.partition(": ")
            if not colon and key[-1:] == ":":
                key, colon = key[:-1], ":"
            if not colon or not is_key(key):
                if not is_entry:
                    return None
                key, value = None, said
            if value[:1] == '"' == value[-1:] and value.count('"') == 2 and "\\" not in value:
                node = value[1:-1]
            else:
                node = scalar(value) if value or key is None else NULL
                if node is None:
                    return None
            if len(line) <= SHORT:
                if len(seen) >= LINES_REMEMBERED:
                    seen.clear()
                seen[line] = at, is_entry, key, node
        if waiting is not None and at > column:
            if len(around) > DEPTH_LIMIT:
                return None
            around.append((here, column))
            inner = [] if is_entry else {}
            here[waiting] = inner
            here, column = inner, at
        else:
            while at < column:
                here, column = around.pop()
            if at != column:
                return None
        waiting = None
        if is_entry:
            if here.__class__ is not list:
                return None
            if key is None:
                here.append(node)
                continue
            around.append((here, column))
            inner = {}
            here.append(inner)
            here, column = inner, at + 2
        elif here.__class__ is list or key in here:
            return None
        here[key] = node
        if node is NULL:
            waiting = key
    return root or None


def is_key(text):
    if text in KEYS_SEEN:
        return True
    is_one = KEY.fullmatch(text) is not None
    if is_one and len(KEYS_SEEN) < KEYS_REMEMBERED:
        KEYS_SEEN.add(text)
    return is_one


@lru_cache(maxsize=10_000)
def scalar(text):
    """Return the scalar written as `text`, None if it takes libyaml to tell."""
    text = text.strip(" ")
    if PLAIN.fullmatch(text):
        return Plain(text) if text[0] in NEVER_ONLY_TEXT else text
    quoted = DOUBLE_QUOTED.fullmatch(text)
    if quoted:
        return ESCAPED.sub(r"\1", quoted[1])
    quoted = SINGLE_QUOTED.fullmatch(text)
    return quoted[1] if quoted else None
