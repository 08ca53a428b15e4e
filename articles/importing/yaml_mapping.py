"""Reading YAML as what was written, not as what YAML guesses.

libyaml's events are built into dicts, lists and text. The schema then types each field, so that a
provider named `No` stays text. Anchors, aliases and tags have no place in a document, and are refused
before they can do anything.
"""

import yaml

from articles.importing.problems import Problem, UnreadableDocument, field_path

DEPTH_LIMIT = 20
NODE_LIMIT = 100_000
YAML_TAGS = "tag:yaml.org,2002:"
END_EVENTS = (yaml.MappingEndEvent, yaml.SequenceEndEvent)


class Plain(str):
    """A scalar written without quotes: one that a schema, or YAML's rules, may read as other than text."""

    __slots__ = ()


class _Open:
    """A mapping or list whose end has not come yet; `step` leads to it from the one around it."""

    __slots__ = ("container", "key", "step")

    def __init__(self, container, step):
        self.container = container
        self.step = step
        self.key = None

    @property
    def next_step(self):
        return len(self.container) if isinstance(self.container, list) else self.key

    def put(self, node):
        if isinstance(self.container, list):
            self.container.append(node)
        else:
            self.container[self.key] = node
            self.key = None


def read_mapping(text, lines_before=0):
    """Return the mapping that the YAML `text` holds: {str: str | Plain | list | dict}.

    Raises UnreadableDocument, with the line in the whole file, for what is not YAML or not one mapping,
    and for duplicate keys, anchors, aliases, tags, and too much depth or too many nodes.
    """
    loader = yaml.CSafeLoader(text)
    try:
        return _build(loader)
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
        loader.dispose()


class _Refusal(Exception):
    def __init__(self, message, mark, path=()):
        super().__init__(message)
        self.message, self.mark, self.path = message, mark, path


def _build(loader):
    root, root_mark, stack, nodes = None, None, [], 0
    while not isinstance(event := loader.get_event(), yaml.StreamEndEvent):
        if isinstance(event, END_EVENTS):
            stack.pop()
            continue
        node = _node_of(event, stack)
        if node is None:
            _refuse_second_document(event, root)
            continue
        nodes += 1
        _refuse_extras(event, stack, nodes)
        step = None
        if not stack:
            root, root_mark = node, event.start_mark
        elif not _is_key(stack[-1], node, event, stack):
            step = stack[-1].next_step
            stack[-1].put(node)
        if not isinstance(node, str):
            stack.append(_Open(node, step))
    if not isinstance(root, dict):
        raise _Refusal("the document is not a mapping of fields", root_mark)
    return root


def _node_of(event, stack):
    """Return the empty list or mapping, or the text, that begins with `event`; None if none does."""
    if isinstance(event, yaml.ScalarEvent):
        return Plain(event.value) if event.implicit[0] else event.value
    if isinstance(event, yaml.MappingStartEvent):
        return {}
    if isinstance(event, yaml.SequenceStartEvent):
        return []
    if isinstance(event, yaml.AliasEvent):
        raise _Refusal("aliases (*name) are not taken", event.start_mark, _path(stack))
    return None


def _refuse_second_document(event, root):
    if isinstance(event, yaml.DocumentStartEvent) and root is not None:
        raise _Refusal("a second document begins here: one file holds one document", event.start_mark)


def _refuse_extras(event, stack, nodes):
    if event.anchor is not None:
        raise _Refusal("anchors (&name) are not taken", event.start_mark, _path(stack))
    if event.tag is not None:
        raise _Refusal(f"tags are not taken: {event.tag.replace(YAML_TAGS, '!!')[:60]}", event.start_mark, _path(stack))
    if len(stack) >= DEPTH_LIMIT:
        raise _Refusal(f"nested more than {DEPTH_LIMIT} levels deep", event.start_mark)
    if nodes > NODE_LIMIT:
        raise _Refusal(f"more than {NODE_LIMIT:,} values in one document", event.start_mark)


def _is_key(parent, node, event, stack):
    """Take `node` as the next key of `parent`, if that is a mapping that waits for one."""
    if isinstance(parent.container, list) or parent.key is not None:
        return False
    if not isinstance(node, str):
        raise _Refusal("a field's name must be text", event.start_mark, _path(stack))
    if "\x00" in node:
        raise _Refusal("the character U+0000 may not stand in a field's name", event.start_mark, _path(stack))
    if node in parent.container:
        raise _Refusal(f"the field {str(node)[:60]!r} stands twice", event.start_mark, (*_path(stack), str(node)))
    parent.key = str(node)
    return True


def _path(stack):
    steps = [*(opened.step for opened in stack[1:]), stack[-1].next_step if stack else None]
    return tuple(step for step in steps if step is not None)


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
