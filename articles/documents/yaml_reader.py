"""Building dicts, lists and strings from libyaml's events, without the types that YAML guesses.

The schema then types each field, so that a provider named `No` stays text. Anchors, aliases and tags are refused before
they have an effect.
"""

from collections.abc import Sequence
from typing import Any, NoReturn

import yaml
from yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    StreamEndEvent,
)

from articles.documents.findings import Steps
from articles.documents.nodes import AMBIGUOUS_INITIALS, Node, Plain

DEPTH_LIMIT = 20
NODE_LIMIT = 100_000
NOT_A_MAPPING = "the document is not a mapping of fields"
YAML_TAGS = "tag:yaml.org,2002:"


class Refusal(Exception):
    """Valid YAML that documents may not contain; `mark` is libyaml's place, `path` that of the field."""

    def __init__(self, message: str, mark: yaml.Mark, path: Steps = (), is_alias: bool = False) -> None:
        super().__init__(message)
        self.message, self.mark, self.path, self.is_alias = message, mark, path, is_alias


def build(  # noqa: C901, PLR0912, PLR0915 - hundreds of events: calling a function for each would take longer than all of it
    parser: Any,
) -> dict[str, Node]:
    """Return the mapping of a libyaml parser's events. Raises Refusal, and what the parser raises."""
    next_event, root, root_mark, nodes = parser.get_event, None, None, 0
    repeated: list[tuple[dict[str, Node], str, Node, yaml.Mark, Steps]] = []
    # The open container, the key of a mapping that has no value yet, and the containers around it with their keys.
    container: Any = None
    key: str | None = None
    around: list[tuple[Any, str | None]] = []
    node: Any
    while True:
        event = next_event()
        kind = event.__class__
        if kind is ScalarEvent:
            node = event.value
            if event.implicit[0] and (not node or node[0] in AMBIGUOUS_INITIALS):
                node = Plain(node)
        elif kind is MappingStartEvent:
            node = {}
        elif kind is SequenceStartEvent:
            node = []
        elif kind is MappingEndEvent or kind is SequenceEndEvent:
            container, key = around.pop()[0], None
            continue
        elif kind is StreamEndEvent:
            break
        else:
            if kind is AliasEvent:
                message = "aliases (*name) are not allowed; put the text in quotes"
                raise Refusal(message, event.start_mark, _path(container, key, around), is_alias=True)
            if kind is DocumentStartEvent and root is not None:
                message = "a second document begins here; put each document in a separate file"
                raise Refusal(message, event.start_mark)
            continue
        nodes += 1
        if event.anchor is not None or event.tag is not None or nodes > NODE_LIMIT or len(around) >= DEPTH_LIMIT:
            _refuse_extras(event, container, key, around)
        if container.__class__ is dict:
            if key is None:
                if kind is not ScalarEvent or "\x00" in node:
                    _refuse_key(event, node, container, around)
                if node in container:
                    path = (*_path(container, None, around), str(node))
                    repeated.append((container, str(node), container[node], event.start_mark, path))
                key = str(node)
                continue
            container[key] = node
            if kind is not ScalarEvent:
                around.append((container, key))
                container, key = node, None
            else:
                key = None
        elif container is not None:
            container.append(node)
            if kind is not ScalarEvent:
                around.append((container, None))
                container, key = node, None
        elif root is None:
            root, root_mark = node, event.start_mark
            if kind is not ScalarEvent:
                around.append((None, None))
                container, key = node, None
    if not isinstance(root, dict):
        raise Refusal(NOT_A_MAPPING, root_mark or event.start_mark)
    for repeats, name, first_value, mark, path in repeated:
        if repeats[name] != first_value:
            raise Refusal(f"the field {name[:60]!r} appears twice with different values; remove one", mark, path)
    return root


def _refuse_extras(event: Any, container: Any, key: str | None, around: list[tuple[Any, str | None]]) -> NoReturn:
    path = _path(container, key, around)
    if event.anchor is not None:
        raise Refusal("anchors (&name) are not allowed; put the text in quotes", event.start_mark, path)
    if event.tag is not None:
        tag = event.tag.replace(YAML_TAGS, "!!")[:60]
        raise Refusal(f"tags are not allowed: {tag}; put the text in quotes", event.start_mark, path)
    if len(around) >= DEPTH_LIMIT:
        raise Refusal(f"nested more than {DEPTH_LIMIT} levels deep", event.start_mark)
    raise Refusal(f"more than {NODE_LIMIT:,} values in one document", event.start_mark)


def _refuse_key(event: Any, node: Node, container: Any, around: list[tuple[Any, str | None]]) -> NoReturn:
    path = _path(container, None, around)
    if not isinstance(node, str):
        raise Refusal("a field's name must be text", event.start_mark, path)
    raise Refusal("a field's name must not contain the character U+0000", event.start_mark, path)


def _path(container: Any, key: str | None, around: list[tuple[Any, str | None]]) -> Steps:
    """Return the path of the next node, without a step that is not known yet."""
    steps: list[Any] = []
    for (outer, outer_key), inner in zip(
        around[1:], [*(opened for opened, _key in around[2:]), container], strict=False
    ):
        steps.append(_index(outer, inner) if isinstance(outer, list) else outer_key)
    last = len(container) if isinstance(container, list) else key
    return (*steps, last) if last is not None else tuple(steps)


def _index(outer: list[Node], inner: Node) -> int:
    return next(index for index, entry in enumerate(outer) if entry is inner)


def locate(text: str, paths: Sequence[Steps], lines_before: int = 0) -> list[tuple[int, int]]:
    """Return [(line, column)] in the whole file, from 1, of the fields at `paths`, or of the nearest existing parents.

    Slow, and used only for documents with problems.
    """
    root = yaml.compose(text, Loader=yaml.CSafeLoader) if paths else None
    return [_place(root, path, lines_before) for path in paths] if root is not None else []


def field_paths(text: str) -> dict[int, Steps]:
    """Return {line of the YAML `text`, from 0: path of the deepest value that begins in it}."""
    paths: dict[int, Steps] = {}
    root = yaml.compose(text, Loader=yaml.CSafeLoader)
    nodes: list[tuple[Steps, yaml.Node]] = [((), root)] if root is not None else []
    while nodes:
        path, node = nodes.pop()
        line = node.start_mark.line
        paths[line] = max(path, paths.get(line, ()), key=len)
        if isinstance(node, yaml.SequenceNode):
            nodes += [((*path, index), below) for index, below in enumerate(node.value)]
        elif isinstance(node, yaml.MappingNode):
            nodes += [((*path, key.value), below) for key, below in node.value]
    return paths


def _place(node: yaml.Node, path: Steps, lines_before: int) -> tuple[int, int]:
    for step in path:
        below = _child(node, step)
        if below is None:
            break
        node = below
    return node.start_mark.line + 1 + lines_before, node.start_mark.column + 1


def _child(node: yaml.Node, step: str | int) -> yaml.Node | None:
    if isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
        entry: yaml.Node = node.value[step]
        return entry
    if isinstance(node, yaml.MappingNode):
        return next((value for key, value in node.value if key.value == step), None)
    return None
