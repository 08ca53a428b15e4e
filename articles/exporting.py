"""Stories written back in upstream's format, with what the desk made of them.

What the desk has not changed is written as upstream gave it, `secured` and unknown keys included; so an
unchanged story is, as data, the document that was imported.
"""

import zipfile
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import PurePath

import yaml
from django.db.models import Prefetch

from articles.choices import Owner, State
from articles.importing.rows import links_by_key
from articles.importing.story_fields import (
    COVERAGE_COLUMNS,
    IMAGE_COLUMNS,
    STORY_COLUMNS,
    images_by_key,
    provider_pair,
    related_by_key,
    story_columns,
    without_secured,
)
from articles.importing.typed import UNWRITTEN
from articles.models import Image, RelatedLink

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


@dataclass
class ExportedDocument:
    """A story as a file: its name, unique among exports, and its text."""

    name: str
    text: str


def export_stories(stories, *, secured=True):
    """Yield the ExportedDocument of every Article of the queryset `stories`, by primary key; memory stays bounded."""
    links = RelatedLink.objects.select_related("provider").prefetch_related("images").order_by("position", "pk")
    stories = (
        stories.order_by("pk")
        .select_related("provider", "upstream__secret")
        .prefetch_related(
            Prefetch("images", Image.objects.order_by("position", "pk")),
            Prefetch("related_links", links),
            "provider__aliases",
            "related_links__provider__aliases",
            "topic_links__tag",
        )
    )
    taken = set()
    for story in stories.iterator(chunk_size=200):
        name = file_name(story, taken)
        taken.add(name)
        yield ExportedDocument(name, document_text(story, secured=secured))


def file_name(story, taken):
    """Return the name a story came under, or one of its day and slug, made unique by its identity if it must be.

    A story without a URL is known by its file's name, so that must come back as it was.
    """
    upstream = getattr(story, "upstream", None)
    came_as = PurePath(upstream.source_name).stem if upstream else ""
    day = f"{story.url_date:%Y-%m-%d}-" if story.url_date else ""
    stem = came_as if came_as not in ("", "-") else f"{day}{story.slug}"
    return f"{stem}.md" if f"{stem}.md" not in taken else f"{stem}-{story.identity}.md"


def document_text(story, *, secured=True):
    """Return the text of a story's document; without `secured`, nothing of that name is in it, at any depth."""
    upstream = getattr(story, "upstream", None)
    values = current_values(story, upstream.values if upstream else {}, upstream.body if upstream else "")
    ordered = {key: values[key] for key in KEY_ORDER if key in values}
    if upstream:
        ordered |= upstream.unknown
        if upstream.secured:
            ordered["secured"] = upstream.secured
    if not secured:
        ordered = without_secured(ordered)
    front_matter = yaml.serialize(
        as_node(ordered), Dumper=yaml.CSafeDumper, allow_unicode=True, width=1_000_000, line_break="\n"
    )
    return f"---\n{front_matter}---\n{story.body}"


def current_values(story, base, base_body):
    """Return the format's fields of a story: upstream's, where the desk has changed nothing, else the desk's."""
    values = dict(base)
    before = story_columns(base, base_body)
    for key, (column, _convert) in STORY_COLUMNS.items():
        put_if_changed(values, key, getattr(story, column), before[column])
    put_provider(values, story, story.authors, before["authors"])
    topics = [topic.name for topic in story.topics_in_order]
    if topics != list(dict.fromkeys(name.strip() for name in base.get("topics", []))):
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
    # Not `in`, for which 0 is False, and a heat of 0 nothing.
    if ours is None or ours is False or ours in ("", []):
        values.pop(key, None)
    else:
        values[key] = as_value(ours)


def as_value(value):
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    return iso_duration(value) if hasattr(value, "total_seconds") else value


def iso_duration(length):
    """Return a timedelta as an ISO 8601 duration, PT1H49M."""
    minutes, seconds = divmod(int(length.total_seconds()), 60)
    hours, minutes = divmod(minutes, 60)
    parts = "".join(f"{number}{unit}" for number, unit in ((hours, "H"), (minutes, "M"), (seconds, "S")) if number)
    return f"PT{parts or '0S'}"


def put_provider(values, row, authors=None, authors_before=None):
    """Set the provider of a story or related item, if upstream's pair no longer means the row's provider."""
    pair = provider_pair(values)
    answers = {(alias.domain, alias.name) for alias in row.provider.aliases.all()} if row.provider else set()
    if row.provider is None:
        if pair:
            values.pop("provider", None)
    elif pair not in answers:
        kept = {
            key: value for key, value in values.get("provider", {}).items() if key not in ("name", "domain", "images")
        }
        domain = {"domain": row.provider.domain} if row.provider.domain else {}
        values["provider"] = {"name": row.provider.name, **domain, **kept}
    if authors != authors_before:
        values["provider"] = {**values.get("provider", {}), "authors": authors}
    if "provider" in values:
        values["provider"] = in_order(values["provider"], PROVIDER_ORDER)


def image_values(images, base):
    """Return the list of images as it is now; those nobody changed as upstream gave them."""
    given = {image["url"]: image for image in reversed(base or [])}
    before = images_by_key(base)
    listed = []
    for image in images:
        values = dict(given.get(image.url, {}))
        columns = before.get(image.url, {})
        for key, (column, convert) in IMAGE_COLUMNS.items():
            put_if_changed(values, key, getattr(image, column), columns.get(column, convert(None)))
        listed.append(in_order(values, IMAGE_ORDER))
    return listed


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
    return listed


def put_list(values, key, listed):
    if listed or key in values:
        values[key] = listed


def in_order(values, order):
    """Return a mapping with its known keys in the documented order and the others behind them."""
    return {key: values[key] for key in order if key in values} | values


def as_node(value, key=""):
    """Return the YAML node of a value: text in quotes, times and numbers without, the rest as it came."""
    if isinstance(value, dict) and set(value) != {UNWRITTEN}:
        pairs = [(key_node(name), as_node(below, name)) for name, below in value.items()]
        return yaml.MappingNode("tag:yaml.org,2002:map", pairs, flow_style=not pairs)
    if isinstance(value, list):
        return yaml.SequenceNode("tag:yaml.org,2002:seq", [as_node(item) for item in value], flow_style=not value)
    if isinstance(value, str) and key not in TIMES:
        return yaml.ScalarNode("tag:yaml.org,2002:str", value, style='"')
    return plain(as_written(value))


def key_node(name):
    """Return the node of a field's name: plain, unless YAML would then read it as other than text."""
    node = plain(name)
    return node if node.tag.endswith(":str") else yaml.ScalarNode("tag:yaml.org,2002:str", name, style='"')


def as_written(value):
    """Return the text of a value that stands without quotes."""
    if isinstance(value, dict):
        return value[UNWRITTEN]
    return {None: "null", True: "true", False: "false"}[value] if isinstance(value, bool | None) else str(value)


def plain(text):
    """Return the node of a scalar without quotes, with the tag YAML will find for it again."""
    return yaml.ScalarNode(RESOLVER.resolve(yaml.ScalarNode, text, (True, False)), text)


def write_folder(documents, folder):
    """Write exported documents into `folder`, made if need be; return how many.

    Raises FileExistsError, before anything is written, when there is something in it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if any(folder.iterdir()):
        raise FileExistsError(f"{folder} is not empty")
    number = 0
    for document in documents:
        number += 1
        (folder / document.name).write_bytes(document.text.encode())
    return number


def write_zip(documents, file):
    """Write exported documents as a zip archive to `file`, a path or a writable binary file; return how many.

    The members bear no times, so that two exports of the same stories are the same archive.
    """
    number = 0
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for document in documents:
            number += 1
            member = zipfile.ZipInfo(document.name)
            member.compress_type = zipfile.ZIP_DEFLATED
            member.external_attr = 0o644 << 16
            archive.writestr(member, document.text.encode())
    return number
