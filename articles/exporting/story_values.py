"""The current values of a story, by the format's keys: upstream's where the desk has changed nothing."""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Self

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
from articles.history.states import stored_pictures
from articles.models import Article, Image, RelatedLink
from providers.name_keys import name_key

PicturesOf = Callable[[RelatedLink], Iterable[Image]]
# {id() of a RelatedLink: (upstream's item, the related item)} of those that have not changed since.
RelatedMemo = dict[int, tuple[Values, Values]]
LIST_KEYS = ("topics", "images", "related")
URL_KEYS = ("webUrl", "originalUrl")
CURRENT_KEYS = frozenset(schema.STORY_FIELDS)


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


@dataclass
class StoryLists:
    """The topics, pictures and related coverage of a story, in order; `pictures` returns those of a RelatedLink."""

    topics: Sequence[str]
    images: Sequence[Image]
    links: Sequence[RelatedLink]
    pictures: PicturesOf = stored_pictures
    memo: RelatedMemo | None = None

    @classmethod
    def of(cls, story: Article, keys: Collection[str] = LIST_KEYS) -> Self:
        """Return those lists of a story that `keys` name; no query if they are prefetched."""
        return cls(
            [topic.name for topic in story.topics_in_order] if "topics" in keys else (),
            list(story.images.all()) if "images" in keys else (),
            list(story.related_links.all()) if "related" in keys else (),
        )


def current_values(
    story: Article,
    base: Values,
    base_body: str,
    keys: Collection[str] | None = None,
    lists: StoryLists | None = None,
) -> Values:
    """Return the format's fields of a story; `base` and `base_body` are upstream's last values and body.

    A field that the desk has not changed is as in `base`. With `keys`, only these fields are current, and only their
    `lists` need to be given; without `lists`, the story's own are read.
    """
    values = dict(base)
    keys = CURRENT_KEYS if keys is None else {*keys, *(URL_KEYS if "provider" in keys else ())}
    lists = StoryLists.of(story, keys) if lists is None else lists
    old_columns = story_columns(base, base_body, keys)
    for key in STORY_COLUMNS:
        if key in keys:
            column = STORY_COLUMNS[key].name
            put_if_changed(values, key, getattr(story, column), old_columns[column])
    if "length" in keys and story.duration is None:
        put_if_changed(values, "length", story.duration_text, old_columns["duration_text"])
    if "provider" in keys:
        put_provider(values, story)
    for (key, *parts), (column, _convert) in FURTHER_STORY_COLUMNS:
        for part in parts if key in keys else ():
            put_part_if_changed(values, key, part, getattr(story, column), old_columns[column])
    put_lists(values, base, keys, lists)
    if story.state_owner == Owner.DESK or not base:
        values["published"] = story.state == State.PUBLISHED
    return values


def put_lists(values: Values, base: Values, keys: Collection[str], lists: StoryLists) -> None:
    """Set those lists of a story that `keys` name."""
    if "topics" in keys:
        put_topics(values, base, lists.topics)
    if "images" in keys:
        put_list(values, "images", image_values(lists.images, base.get("images")))
    if "related" in keys:
        shown_links = [link for link in lists.links if not link.is_hidden]
        put_list(values, "related", related_values(shown_links, base.get("related"), lists.pictures, lists.memo))


def put_topics(values: Values, base: Values, names: Sequence[str]) -> None:
    """Set the topics of a story if they differ from upstream's.

    They are merged as a set: their order in the story is that of their arrival.
    """
    if {*map(name_key, names)} != {*map(name_key, topic_names(base.get("topics")))}:
        forget_raw(values, "topics")
        values["topics"] = list(names)


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
    if row.provider is None:
        if pair:
            forget_raw(values, "provider")
            values.pop("provider", None)
    elif pair is None or (pair[0], name_key(pair[1])) not in row.provider.alias_keys:
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
        # Most values are equal, for which a call takes longer than the comparison.
        for key, (column, convert) in IMAGE_COLUMNS.items():
            ours, before = getattr(image, column), columns[column] if column in columns else convert(None)
            if ours != before:
                put_if_changed(values, key, ours, before)
        items.append(in_order(values, schema.IMAGE.fields))
    return with_items_without_row(items, base, "url")


def related_values(
    links: Iterable[RelatedLink],
    base: Sequence[Values] | None,
    pictures: PicturesOf = stored_pictures,
    memo: RelatedMemo | None = None,
) -> list[Values]:
    """Return the list of a story's related items; one that nobody changed is as in `base`.

    `pictures` returns the Images of a RelatedLink, by default from the database. Items are taken from `memo`, if it is
    given, and added to it.
    """
    old_items, items, memo = related_by_key(base), [], {} if memo is None else memo
    for place, link in links_by_key(links).items():
        old_item = old_items.get(place, {})
        if id(link) not in memo or memo[id(link)][0] != old_item:
            memo[id(link)] = old_item, related_value(link, old_item, pictures)
        items.append(memo[id(link)][1])
    return with_items_without_row(items, base, "title")


def related_value(link: RelatedLink, item: Values, pictures: PicturesOf = stored_pictures) -> Values:
    """Return a related item; `item` is upstream's, {} for none."""
    values = dict(item)
    # As in `image_values`, only what differs is passed on.
    for key, (column, convert) in COVERAGE_COLUMNS.items():
        ours, before = getattr(link, column), convert(item.get(key))
        if ours != before:
            put_if_changed(values, key, ours, before)
    put_provider(values, link)
    put_list(values, "images", image_values(pictures(link), item.get("images")))
    return in_order(values, schema.COVERAGE.fields)


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
