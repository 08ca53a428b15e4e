"""Read the fields of a story's document from its nodes. Pure."""

from articles.documents import as_written, schema
from articles.documents.composite_types import Mapping
from articles.documents.findings import Findings
from articles.documents.nodes import Node, Values, is_empty


def read_story(nodes: dict[str, Node], findings: Findings) -> Values:
    """Return the typed values of a story's nodes; the title of a profile or forum defaults to its name."""
    is_titled_by_name = (
        nodes.get("type") in schema.TITLED_BY_NAME
        and is_empty(nodes.get("title", ""))
        and not is_empty(nodes.get("name", ""))
    )
    if not is_titled_by_name:
        return schema.STORY.read(nodes, (), findings) or {}
    values = schema.STORY.read(nodes | {"title": nodes["name"]}, (), findings) or {}
    as_written.keep_raw(values, "title", *([""] if "title" in nodes else []))
    return values


def known_and_unknown(values: Values, types: Mapping) -> tuple[Values, Values]:
    """Return a document's values as (those of the fields of `types`, those of other fields)."""
    known = {key: value for key, value in values.items() if key in types.fields or key == as_written.AS_WRITTEN}
    return known, {key: value for key, value in values.items() if key not in known}
