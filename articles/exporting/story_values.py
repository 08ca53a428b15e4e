"""The current values of a story, by the format's keys: upstream's where the desk has changed nothing."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta

from django.db.models import Prefetch, QuerySet

from articles.choices import Owner, State
from articles.documents import schema
from articles.documents.as_written import forget_raw
from articles.documents.composite_types import Mapping
from articles.documents.durations import iso_duration
from articles.documents.mapping import (
    COVERAGE_COLUMNS,
    FURTHER_STORY_COLUMNS,
    IMAGE_COLUMNS,
    STORY_COLUMNS,
    images_by_key,
    links_by_key,
    provider_pair,
    related_by_key,
    story_columns,
    topic_names,
)
from articles.documents.nodes import Values
from articles.documents.serialize import in_order
from articles.models import Article, Image, RelatedLink
from providers.name_keys import name_key


def with_related_rows(stories: QuerySet[Article]) -> QuerySet[Article]:
    """Return the queryset `stories` with all rows that `current_values` reads, in a constant number of queries."""
    links = RelatedLink.objects.select_related("provider").prefetch_related("images").order_by("position", "pk")
    stories = stories.select_related("provider").prefetch_related(Prefetch("related_links", links))
    return stories.prefetch_related(
        Prefetch("images", Image.objects.order_by("position", "pk")),
        "provider__aliases",
        "related_links__provider__aliases",
        "topic_links__tag",
    )


def current_values(story: Article, base: Values, base_body: str) -> Values:
    """Return the format's fields of a story; `base` and `base_body` are upstream's last values and body.

    A field that the desk has not changed is as in `base`.
    """
    values = dict(base)
    old_columns = story_columns(base, base_body)
    for key, (column, _convert) in STORY_COLUMNS.items():
        put_if_changed(values, key, getattr(story, column), old_columns[column])
    if story.duration is None:
        put_if_changed(values, "length", story.duration_text, old_columns["duration_text"])
    put_provider(values, story)
    for (key, *parts), (column, _convert) in FURTHER_STORY_COLUMNS:
        for part in parts:
            put_part_if_changed(values, key, part, getattr(story, column), old_columns[column])
    topics = [topic.name for topic in story.topics_in_order]
    if [*map(name_key, topics)] != [*dict.fromkeys(map(name_key, topic_names(base.get("topics"))))]:
        forget_raw(values, "topics")
        values["topics"] = topics
    put_list(values, "images", image_values(story.images.all(), base.get("images")))
    shown_links = [link for link in story.related_links.all() if not link.is_hidden]
    put_list(values, "related", related_values(shown_links, base.get("related")))
    if story.state_owner == Owner.DESK or not base:
        values["published"] = story.state == State.PUBLISHED
    return values


def put_if_changed(values: Values, key: str, ours: object, before: object) -> None:
    """Set a field to the desk's value unless it equals upstream's column value; remove it if it is empty."""
    if ours == before:
        return
    forget_raw(values, key)
    # Not `in`, by which 0 is False and a heat of 0 would be empty.
    if ours is None or ours is False or ours in ("", []):
        values.pop(key, None)
    else:
        values[key] = document_value(ours)


def put_part_if_changed(values: Values, key: str, part: str, ours: object, before: object) -> None:
    """Do what `put_if_changed` does for one field of the mapping `key`, such as `authors` of `provider`."""
    if ours == before:
        return
    forget_raw(values, key)
    kind = schema.STORY.fields[key]
    order = kind.fields if isinstance(kind, Mapping) else {}
    values[key] = dict(values.get(key, {}))
    put_if_changed(values[key], part, ours, before)
    values[key] = in_order(values[key], order)
    if not values[key]:
        del values[key]


def document_value(value: object) -> object:
    """Return a column's value in the form of the document format."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    return iso_duration(value) if isinstance(value, timedelta) else value


def put_provider(values: Values, row: Article | RelatedLink) -> None:
    """Set the provider of a story or related item, unless upstream's pair still means the row's provider."""
    pair = provider_pair(values)
    pairs = {(alias.domain, name_key(alias.name)) for alias in row.provider.aliases.all()} if row.provider else set()
    if row.provider is None:
        if pair:
            forget_raw(values, "provider")
            values.pop("provider", None)
    elif pair is None or (pair[0], name_key(pair[1])) not in pairs:
        forget_raw(values, "provider")
        others = {
            key: value for key, value in values.get("provider", {}).items() if key not in ("name", "domain", "images")
        }
        for key in ("name", "domain", "images"):
            forget_raw(others, key)
        domain = {"domain": row.provider.domain} if row.provider.domain else {}
        values["provider"] = {"name": row.provider.name, **domain, **others}
    if "provider" in values:
        values["provider"] = in_order(values["provider"], schema.PROVIDER.fields)


def image_values(images: Iterable[Image], base: Sequence[Values] | None) -> list[Values]:
    """Return the list of a story's or related item's images; one that nobody changed is as in `base`.

    A picture that the desk uploaded has no URL that a document could give, and is left out.
    """
    old_items = {image["url"]: image for image in reversed(base or []) if "url" in image}
    old_columns = images_by_key(base)
    items = []
    for image in images:
        if not image.url:
            continue
        values = dict(old_items.get(image.url, {}))
        columns = old_columns.get(image.url, {})
        for key, (column, convert) in IMAGE_COLUMNS.items():
            put_if_changed(values, key, getattr(image, column), columns.get(column, convert(None)))
        items.append(in_order(values, schema.IMAGE.fields))
    return with_items_without_row(items, base, "url")


def related_values(links: Iterable[RelatedLink], base: Sequence[Values] | None) -> list[Values]:
    """Return the list of a story's related items; one that nobody changed is as in `base`."""
    old_items, items = related_by_key(base), []
    for place, link in links_by_key(links).items():
        item = old_items.get(place, {})
        values = dict(item)
        for key, (column, convert) in COVERAGE_COLUMNS.items():
            put_if_changed(values, key, getattr(link, column), convert(item.get(key)))
        put_provider(values, link)
        put_list(values, "images", image_values(link.images.all(), item.get("images")))
        items.append(in_order(values, schema.COVERAGE.fields))
    return with_items_without_row(items, base, "title")


def with_items_without_row(items: list[Values], base: Sequence[Values] | None, key: str) -> list[Values]:
    """Insert upstream's items that have no row, because they lack `key`, into `items` at their places; return it."""
    for place, item in enumerate(base or []):
        if key not in item:
            items.insert(place, item)
    return items


def put_list(values: Values, key: str, items: list[Values]) -> None:
    if items != values.get(key, []):
        forget_raw(values, key)
    if items or key in values:
        values[key] = items
