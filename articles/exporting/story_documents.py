"""Stories written back in upstream's format, with what the desk made of them.

What the desk has not changed is written as upstream gave it, `secured` and unknown keys included; so an
unchanged story is, as data, the document that was imported.
"""

import logging
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime

import yaml
from django.db.models import Prefetch

from articles.choices import Owner, State
from articles.documents import schema
from articles.documents.as_written import forget_raw, values_as_written
from articles.documents.durations import iso_duration
from articles.documents.mapping import (
    COVERAGE_COLUMNS,
    IMAGE_COLUMNS,
    STORY_COLUMNS,
    images_by_key,
    links_by_key,
    provider_pair,
    related_by_key,
    story_columns,
    without_secured,
)
from articles.documents.nodes import RAW_SCALAR, written_key
from articles.documents.parse import parse_document
from articles.documents.problems import Level, Problem
from articles.exporting.file_names import FileNames
from articles.models import Image, RelatedLink

logger = logging.getLogger(__name__)
ANOTHER_STORY = (
    "imported again, it becomes another story: it is not under the URL, or without one the file name, it is known by"
)
KEY_ORDER = (
    "category title excerpt publishedDateTime updatedDateTime webUrl originalUrl ampWebUrl cdnAmpWebUrl type quality "
    "heat published price length levels ratings removed locale tags featuredContent provider topics images related "
    "items actions"
).split()
ITEM_ORDER = (
    "title excerpt publishedDateTime updatedDateTime webUrl originalUrl ampWebUrl cdnAmpWebUrl type provider quality "
    "images"
).split()
IMAGE_ORDER = "url width height isCached title attribution".split()
PROVIDER_ORDER = "name domain images authors publishers".split()
RESOLVER = yaml.resolver.Resolver()
TIMES = ("publishedDateTime", "updatedDateTime")
WRITTEN_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?Z")
WORDS = {None: "null", True: "true", False: "false"}


@dataclass
class ExportedDocument:
    """A story as a file, and its result: its name, unique among exports, its text, and what is wrong with it.

    A story that could not be exported has neither name nor text, and an error among its problems.
    """

    name: str
    text: str
    key: int = 0
    title: str = ""
    url: str = ""
    problems: list[Problem] = field(default_factory=list)

    @property
    def is_written(self):
        """Whether there is a file to write."""
        return all(problem.level is not Level.ERROR for problem in self.problems)

    def fail(self, message):
        """Make it a story that could not be exported."""
        self.name = self.text = ""
        self.problems.append(Problem(message))

    def as_json(self):
        """Return the result as the report has it (docs/import-format.md)."""
        return {
            "file": self.name,
            "result": "written" if self.is_written else "failed",
            "url": self.url,
            "title": self.title,
            "problems": [problem.as_json() for problem in self.problems],
        }

    def lines(self):
        """Return a line for each problem, as a person reads them."""
        named = self.name or f"{self.url} ({self.title})"
        return [f"{problem.level}: {problem.describe(named)}" for problem in self.problems]


def export_stories(stories, *, secured=True):
    """Yield the ExportedDocument of every Article of the queryset `stories`, by primary key; memory stays bounded.

    A story that cannot be exported costs nothing but itself. Without `secured`, nothing of that name is exported.
    """
    stories = with_their_rows(stories.order_by("pk").select_related("upstream__secret"))
    names = FileNames()
    for story in stories.iterator(chunk_size=200):
        yield exported(story, names, secured=secured)


def with_their_rows(stories):
    """Return the queryset `stories` with all rows that `current_values` reads, in a constant number of queries."""
    links = RelatedLink.objects.select_related("provider").prefetch_related("images").order_by("position", "pk")
    return stories.select_related("provider").prefetch_related(
        Prefetch("images", Image.objects.order_by("position", "pk")),
        Prefetch("related_links", links),
        "provider__aliases",
        "related_links__provider__aliases",
        "topic_links__tag",
    )


def exported(story, names, *, secured=True):
    """Return the ExportedDocument of a story; `names` are the FileNames of the export."""
    document = ExportedDocument("", "", story.pk, story.title, story.get_absolute_url())
    try:
        text = document_text(story, secured=secured)
        again = parse_document(text.encode(), "story.md")
        name = names.name_for(story, again.url)
    except Exception as error:
        # Its message may quote `secured`.
        logger.error("export: the story %s could not be exported: %s", story.pk, type(error).__name__)
        document.fail(f"the story could not be exported ({type(error).__name__})")
        return document
    document.name, document.text = name, text
    again.source = name
    if not again.is_sound:
        why = "; ".join(problem.describe("line") for problem in again.problems if problem.level is Level.ERROR)
        document.problems.append(Problem(f"an import would reject it: {why}", level=Level.WARNING))
    elif again.identity != story.identity:
        document.problems.append(Problem(ANOTHER_STORY, level=Level.WARNING))
    return document


def document_text(story, *, secured=True):
    """Return the text of a story's document; without `secured`, nothing of that name is in it, at any depth."""
    upstream = getattr(story, "upstream", None)
    values = current_values(story, upstream.values if upstream else {}, upstream.body if upstream else "")
    ordered = in_order(values_as_written(values, schema.STORY), KEY_ORDER)
    if upstream:
        ordered |= upstream.unknown
        if upstream.secured:
            ordered["secured"] = upstream.secured
    if not secured:
        ordered = without_secured(ordered)
    front_matter = yaml.serialize(
        document_node(ordered), Dumper=yaml.CSafeDumper, allow_unicode=True, width=1_000_000, line_break="\n"
    )
    return f"---\n{front_matter}---\n{story.body}"


def current_values(story, base, base_body):
    """Return the format's fields of a story: upstream's, where the desk has changed nothing, else the desk's."""
    values = dict(base)
    before = story_columns(base, base_body)
    for key, (column, _convert) in STORY_COLUMNS.items():
        put_if_changed(values, key, getattr(story, column), before[column])
    if story.duration is None:
        put_if_changed(values, "length", story.duration_text, before["duration_text"])
    put_provider(values, story, story.authors, before["authors"])
    topics = [topic.name for topic in story.topics_in_order]
    if topics != list(dict.fromkeys(name.strip() for name in base.get("topics", []))):
        forget_raw(values, "topics")
        values["topics"] = topics
    put_list(values, "images", image_values(story.images.all(), base.get("images")))
    shown = [link for link in story.related_links.all() if not link.is_hidden]
    put_list(values, "related", related_values(shown, base.get("related")))
    if story.state_owner == Owner.DESK or not base:
        values["published"] = story.state == State.PUBLISHED
    return values


def put_if_changed(values, key, ours, before):
    """Set a field to the desk's value if that is not what upstream's amounts to; drop it if it is empty."""
    if ours == before:
        return
    forget_raw(values, key)
    # Not `in`, for which 0 is False, and a heat of 0 nothing.
    if ours is None or ours is False or ours in ("", []):
        values.pop(key, None)
    else:
        values[key] = as_value(ours)


def as_value(value):
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    return iso_duration(value) if hasattr(value, "total_seconds") else value


def put_provider(values, row, authors=None, authors_before=None):
    """Set the provider of a story or related item, if upstream's pair no longer means the row's provider."""
    pair = provider_pair(values)
    answers = {(alias.domain, alias.name) for alias in row.provider.aliases.all()} if row.provider else set()
    if row.provider is None:
        if pair:
            forget_raw(values, "provider")
            values.pop("provider", None)
    elif pair not in answers:
        forget_raw(values, "provider")
        others = {
            key: value for key, value in values.get("provider", {}).items() if key not in ("name", "domain", "images")
        }
        for key in ("name", "domain", "images"):
            forget_raw(others, key)
        domain = {"domain": row.provider.domain} if row.provider.domain else {}
        values["provider"] = {"name": row.provider.name, **domain, **others}
    if authors != authors_before:
        forget_raw(values, "provider")
        provider = {**values.get("provider", {}), "authors": authors}
        forget_raw(provider, "authors")
        values["provider"] = provider
    if "provider" in values:
        values["provider"] = in_order(values["provider"], PROVIDER_ORDER)


def image_values(images, base):
    """Return the list of images as it is now; those nobody changed as upstream gave them."""
    given = {image["url"]: image for image in reversed(base or []) if "url" in image}
    before = images_by_key(base)
    listed = []
    for image in images:
        values = dict(given.get(image.url, {}))
        columns = before.get(image.url, {})
        for key, (column, convert) in IMAGE_COLUMNS.items():
            put_if_changed(values, key, getattr(image, column), columns.get(column, convert(None)))
        listed.append(in_order(values, IMAGE_ORDER))
    return with_those_not_shown(listed, base, "url")


def related_values(links, base):
    """Return the list of related items as it is now; those nobody changed as upstream gave them."""
    given, listed = related_by_key(base), []
    for place, link in links_by_key(links).items():
        item = given.get(place, {})
        values = dict(item)
        for key, (column, convert) in COVERAGE_COLUMNS.items():
            put_if_changed(values, key, getattr(link, column), convert(item.get(key)))
        put_provider(values, link)
        put_list(values, "images", image_values(link.images.all(), item.get("images")))
        listed.append(in_order(values, ITEM_ORDER))
    return with_those_not_shown(listed, base, "title")


def with_those_not_shown(listed, base, key):
    """Return a list with those of upstream's items at their places that have no row, because they lack `key`."""
    for place, item in enumerate(base or []):
        if key not in item:
            listed.insert(place, item)
    return listed


def put_list(values, key, listed):
    if listed != values.get(key, []):
        forget_raw(values, key)
    if listed or key in values:
        values[key] = listed


def in_order(values, order):
    """Return a mapping with its known keys in the documented order and the others behind them."""
    return {key: values[key] for key in order if key in values} | values


def document_node(values):
    """Return the YAML node of a document's fields."""
    pairs = []
    for name, value in values.items():
        if name == "related" and isinstance(value, list):
            items = [timed_node(item) if isinstance(item, dict) else as_node(item) for item in value]
            pairs.append((key_node(name), sequence_node(items)))
        else:
            pairs.append(timed_pair(name, value))
    return mapping_node(pairs)


def timed_node(values):
    """Return the node of a mapping whose times are those of the format, and stand without quotes."""
    return mapping_node([timed_pair(name, value) for name, value in values.items()])


def timed_pair(name, value):
    is_time = name in TIMES and isinstance(value, str) and WRITTEN_TIME.fullmatch(value)
    return key_node(name), plain(value) if is_time else as_node(value)


def as_node(value):
    """Return the YAML node of a value: text in quotes, numbers without, the rest as it came."""
    if is_unwritten(value):
        return plain(value[RAW_SCALAR])
    if isinstance(value, dict):
        return mapping_node([(key_node(name), as_node(below)) for name, below in value.items()])
    if isinstance(value, list):
        return sequence_node([as_node(item) for item in value])
    if isinstance(value, str):
        return yaml.ScalarNode("tag:yaml.org,2002:str", value, style='"')
    return plain(WORDS[value] if isinstance(value, bool | None) else str(value))


def mapping_node(pairs):
    return yaml.MappingNode("tag:yaml.org,2002:map", pairs, flow_style=not pairs)


def sequence_node(items):
    return yaml.SequenceNode("tag:yaml.org,2002:seq", items, flow_style=not items)


def is_unwritten(value):
    """Whether a stored value is a scalar that JSON has no type for, kept as it was written."""
    return isinstance(value, dict) and value.keys() == {RAW_SCALAR} and isinstance(value[RAW_SCALAR], str)


def key_node(name):
    """Return the node of a field's name: plain, unless YAML would then read it as other than text."""
    name = written_key(name)
    node = plain(name)
    return node if node.tag.endswith(":str") else yaml.ScalarNode("tag:yaml.org,2002:str", name, style='"')


def plain(text):
    """Return the node of a scalar without quotes, with the tag YAML will find for it again."""
    return yaml.ScalarNode(RESOLVER.resolve(yaml.ScalarNode, text, (True, False)), text)
