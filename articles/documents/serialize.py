"""Writing the values of a document as YAML front matter and body: the reverse of parse.py. Pure."""

import re
from collections.abc import Collection, Iterable
from typing import Any

import yaml

from articles.documents import schema
from articles.documents.composite_types import Mapping
from articles.documents.field_types import Timestamp
from articles.documents.nodes import RAW_SCALAR, Values, written_key
from articles.documents.unknown_values import is_raw_scalar, tag_of

WRITTEN_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?Z")
WORDS = {None: "null", True: "true", False: "false"}


def timestamps_of(mapping: Mapping) -> frozenset[str]:
    """Return the keys of a schema's mapping whose values are times."""
    return frozenset(key for key, kind in mapping.fields.items() if isinstance(kind, Timestamp))


STORY_TIMES, COVERAGE_TIMES = timestamps_of(schema.STORY), timestamps_of(schema.COVERAGE)


def serialize_document(fields: Values, body: str) -> str:
    """Return the text of a story's document with these `fields`, {key: value as written}, in their order."""
    front_matter: str = yaml.serialize(
        document_node(fields), Dumper=yaml.CSafeDumper, allow_unicode=True, width=1_000_000, line_break="\n"
    )
    return f"---\n{front_matter}---\n{body}"


def in_order(values: Values, order: Iterable[str]) -> Values:
    """Return a mapping with the keys in `order` first, in that order, and its other keys after them."""
    return {key: values[key] for key in order if key in values} | values


def document_node(fields: Values) -> yaml.MappingNode:
    """Return the YAML node of a story's fields."""
    pairs: list[tuple[yaml.Node, yaml.Node]] = []
    for name, value in fields.items():
        if name == "related" and isinstance(value, list):
            items = [
                fields_node(item, COVERAGE_TIMES) if isinstance(item, dict) else value_node(item) for item in value
            ]
            pairs.append((key_node(name), sequence_node(items)))
        else:
            pairs.append(field_pair(name, value, STORY_TIMES))
    return mapping_node(pairs)


def fields_node(fields: Values, times: Collection[str]) -> yaml.MappingNode:
    """Return the node of a mapping; the values of the keys `times` are times, which are written without quotes."""
    return mapping_node([field_pair(name, value, times) for name, value in fields.items()])


def field_pair(name: str, value: Any, times: Collection[str]) -> tuple[yaml.Node, yaml.Node]:
    is_time = name in times and isinstance(value, str) and WRITTEN_TIME.fullmatch(value)
    return key_node(name), plain_node(value) if is_time else value_node(value)


def value_node(value: Any) -> yaml.Node:
    """Return the YAML node of a value: text in quotes, numbers without quotes, raw scalars as they were written."""
    if is_raw_scalar(value):
        return plain_node(value[RAW_SCALAR])
    if isinstance(value, dict):
        return mapping_node([(key_node(name), value_node(below)) for name, below in value.items()])
    if isinstance(value, list):
        return sequence_node([value_node(item) for item in value])
    if isinstance(value, str):
        return yaml.ScalarNode("tag:yaml.org,2002:str", value, style='"')
    return plain_node(WORDS[value] if isinstance(value, bool | None) else str(value))


def mapping_node(pairs: list[tuple[yaml.Node, yaml.Node]]) -> yaml.MappingNode:
    return yaml.MappingNode("tag:yaml.org,2002:map", pairs, flow_style=not pairs)


def sequence_node(items: list[yaml.Node]) -> yaml.SequenceNode:
    return yaml.SequenceNode("tag:yaml.org,2002:seq", items, flow_style=not items)


def key_node(name: str) -> yaml.ScalarNode:
    """Return the node of a field's name, in quotes only if YAML would read it as something other than text."""
    name = written_key(name)
    node = plain_node(name)
    return node if node.tag.endswith(":str") else yaml.ScalarNode("tag:yaml.org,2002:str", name, style='"')


def plain_node(text: str) -> yaml.ScalarNode:
    """Return the node of a scalar without quotes, with the tag that YAML gives it when reading."""
    return yaml.ScalarNode(tag_of(text), text)
