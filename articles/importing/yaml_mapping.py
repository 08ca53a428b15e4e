"""Reading YAML as what was written, not as what YAML guesses.

What is written as upstream writes is read by `yaml_lines.py`; of all else libyaml's events are built into dicts,
lists and text. The schema then types each field, so that a provider named `No` stays text. Anchors, aliases and
tags have no place in a document, and are refused before they can do anything.
"""

import yaml
from yaml.cyaml import CParser
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

from articles.importing.nodes import NEVER_ONLY_TEXT, Plain
from articles.importing.problems import Problem, UnreadableDocument, field_path
from articles.importing.yaml_lines import read_lines

DEPTH_LIMIT = 20
NODE_LIMIT = 100_000
YAML_TAGS = "tag:yaml.org,2002:"


def read_mapping(text, lines_before=0):
    """Return the mapping that the YAML `text` holds: {str: str | Plain | list | dict}.

    Raises UnreadableDocument, with the line in the whole file, for what is not YAML or not one mapping,
    and for duplicate keys, anchors, aliases, tags, and too much depth or too many nodes.
    """
    read = read_lines(text)
    if read is not None:
        return read
    parser = CParser(text)
    try:
        return _build(parser)
    except _Refusal as refusal:
        raise UnreadableDocument(_problem(refusal.message, refusal.mark, lines_before, refusal.path)) from None
    except yaml.MarkedYAMLError as error:
        # What is never closed is found out at the end, and mended where it began.
        never_closed = "end of stream" in (error.problem or "")
        mark = (error.context_mark if never_closed else error.problem_mark) or error.problem_mark
        message = ", ".join(part for part in (error.context, error.problem) if part)
        raise UnreadableDocument(_problem(f"not valid YAML: {message}", mark, lines_before)) from None
    except yaml.reader.ReaderError as error:
        raise UnreadableDocument(_unreadable_character(text, error, lines_before)) from None
    finally:
        parser.dispose()


class _Refusal(Exception):
    def __init__(self, message, mark, path=()):
        super().__init__(message)
        self.message, self.mark, self.path = message, mark, path


def _build(parser):  # noqa: C901, PLR0912, PLR0915 - some hundred events a document: a call for each costs more than all of it
    next_event, root, root_mark, nodes = parser.get_event, None, None, 0
    # The container that is open, the key that waits for its value in a mapping, and those around them.
    container, key, around = None, None, []
    while True:
        event = next_event()
        kind = event.__class__
        if kind is ScalarEvent:
            node = event.value
            if event.implicit[0] and (not node or node[0] in NEVER_ONLY_TEXT):
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
                raise _Refusal("aliases (*name) are not taken", event.start_mark, _path(container, key, around))
            if kind is DocumentStartEvent and root is not None:
                raise _Refusal("a second document begins here: one file holds one document", event.start_mark)
            continue
        nodes += 1
        if event.anchor is not None or event.tag is not None or nodes > NODE_LIMIT or len(around) >= DEPTH_LIMIT:
            _refuse_extras(event, container, key, around)
        if container.__class__ is dict:
            if key is None:
                if kind is not ScalarEvent or "\x00" in node or node in container:
                    _refuse_key(event, node, container, around)
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
        raise _Refusal("the document is not a mapping of fields", root_mark)
    return root


def _refuse_extras(event, container, key, around):
    path = _path(container, key, around)
    if event.anchor is not None:
        raise _Refusal("anchors (&name) are not taken", event.start_mark, path)
    if event.tag is not None:
        raise _Refusal(f"tags are not taken: {event.tag.replace(YAML_TAGS, '!!')[:60]}", event.start_mark, path)
    if len(around) >= DEPTH_LIMIT:
        raise _Refusal(f"nested more than {DEPTH_LIMIT} levels deep", event.start_mark)
    raise _Refusal(f"more than {NODE_LIMIT:,} values in one document", event.start_mark)


def _refuse_key(event, node, container, around):
    path = _path(container, None, around)
    if not isinstance(node, str):
        raise _Refusal("a field's name must be text", event.start_mark, path)
    if "\x00" in node:
        raise _Refusal("the character U+0000 may not stand in a field's name", event.start_mark, path)
    raise _Refusal(f"the field {str(node)[:60]!r} stands twice", event.start_mark, (*path, str(node)))


def _path(container, key, around):
    """Return the path of what would come next, without the step that is not known yet."""
    steps = []
    for (outer, outer_key), inner in zip(
        around[1:], [*(opened for opened, _key in around[2:]), container], strict=False
    ):
        steps.append(_index(outer, inner) if isinstance(outer, list) else outer_key)
    last = len(container) if isinstance(container, list) else key
    return (*steps, last) if last is not None else tuple(steps)


def _index(outer, inner):
    return next(index for index, entry in enumerate(outer) if entry is inner)


def _problem(message, mark, lines_before, path=()):
    line = mark.line + 1 + lines_before if mark else None
    return Problem(message, field_path(path), line=line, column=mark.column + 1 if mark else None)


def _unreadable_character(text, error, lines_before):
    # libyaml counts bytes; the place is sought in the text instead.
    position = next((i for i, c in enumerate(text) if not c.isprintable() and c not in "\n\r\t\x85\xa0\ufeff"), 0)
    code = ord(text[position]) if text else 0
    line = text.count("\n", 0, position) + 1 + lines_before
    column = position - text.rfind("\n", 0, position)
    return Problem(f"the character U+{code:04X} may not stand in a document", line=line, column=column)


def locate(text, paths, lines_before=0):
    """Return [(line, column)] in the whole file, from 1, of the fields at `paths`, or of the nearest above each.

    Slow, and used only for documents with a problem. A path is a tuple of keys and indexes.
    """
    if not paths:
        return []
    root = yaml.compose(text, Loader=yaml.CSafeLoader)
    return [_place(root, path, lines_before) for path in paths]


def _place(node, path, lines_before):
    for step in path:
        below = _child(node, step)
        if below is None:
            break
        node = below
    return node.start_mark.line + 1 + lines_before, node.start_mark.column + 1


def _child(node, step):
    if isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
        return node.value[step]
    if isinstance(node, yaml.MappingNode):
        return next((value for key, value in node.value if key.value == step), None)
    return None
