"""Warnings about unquoted texts that are cut off because ` #` begins a comment in YAML."""

import re
from collections.abc import Sequence

import yaml
from yaml import MappingNode, ScalarNode, SequenceNode

from articles.documents.composite_types import ListOf, Mapping
from articles.documents.field_types import Readable, Text
from articles.documents.findings import Findings, Path
from articles.documents.yaml_advice import LINE_BREAK

HEAD = re.compile(r" *(?:- +)*(?:[\w$-]+[ \t]*:)?[ \t]*")
CUT_SHORT = "# after a space starts a comment, which is not part of the text; put the text in quotes"
COMMENT = re.compile(r"[ \t]+#")


def report_comments(text: str, types: Mapping, findings: Findings) -> None:
    """Add a warning to `findings` for each unquoted text of the YAML `text` that a comment follows.

    `types` is the schema's mapping. The lines are checked first, because few documents have such a text.
    """
    lines = LINE_BREAK.split(text)
    if any(" #" in line and may_hold_a_comment(line) for line in lines):
        _walk(yaml.compose(text, Loader=yaml.CSafeLoader), types, (), lines, findings)


def may_hold_a_comment(line: str) -> bool:
    value = HEAD.sub("", line, count=1)
    return not value.startswith(('"', "'")) and not line.lstrip(" ").startswith("#")


def _walk(node: yaml.Node | None, kind: Readable | None, path: Path, lines: Sequence[str], findings: Findings) -> None:
    if isinstance(node, MappingNode):
        if isinstance(kind, Mapping):
            for key, below in node.value:
                _walk(below, kind.fields.get(key.value), (path, key.value), lines, findings)
    elif isinstance(node, ScalarNode):
        if isinstance(kind, Text) and not node.style:
            end = node.end_mark
            if COMMENT.match(lines[end.line][end.column :] if end.line < len(lines) else ""):
                findings.warning(path, CUT_SHORT)
    elif isinstance(node, SequenceNode) and isinstance(kind, ListOf):
        for index, below in enumerate(node.value):
            _walk(below, kind.item, (path, index), lines, findings)
