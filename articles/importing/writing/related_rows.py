"""Merge the rows that belong to a story: topics, images and related coverage; and the logos of providers."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from articles.choices import MergePolicy
from articles.documents.columns import Column
from articles.documents.mapping import (
    COVERAGE_COLUMNS,
    IMAGE_COLUMNS,
    columns_of,
    images_by_key,
    links_by_key,
    provider_pair,
    related_by_key,
    related_identity,
    topic_names,
)
from articles.documents.nodes import Values
from articles.importing.merge import ListMerge, belongs_to_desk, merge_lists, merge_sets
from articles.importing.writing.rows import PreparedStory
from articles.models import Article, Image, RelatedLink, Topic, TopicAlias
from providers.resolving import ProviderDirectory

# The key of an item of related coverage, as articles.documents.mapping.related_by_key makes it.
RelatedKey = tuple[str, int]


@dataclass(frozen=True)
class ListRules:
    """How a list is merged: its policy, and what the desk decided.

    `removed` are the keys of what it removed earlier, `first` that of what it put first; `is_set`: it changed the list.
    """

    policy: MergePolicy = MergePolicy.ASK
    removed: Collection[Any] = ()
    is_set: bool = False
    first: Any = None


ASK = ListRules()


def merge_topics(
    article: Article,
    ours: list[str],
    base: Sequence[str] | None,
    theirs: Sequence[str] | None,
    rules: ListRules = ASK,
) -> bool:
    """Merge and write a story's topics; return whether they changed.

    `ours` are the names of the story's topics, `base` and `theirs` the format's values.
    """
    old_names, new_names = topic_names(base), topic_names(theirs)
    current_names = names_of_topics([*old_names, *new_names, *rules.removed])
    old_names = as_current_names(old_names, current_names)
    merged_names = merge_sets(
        old_names,
        ours,
        as_current_names(new_names, current_names),
        as_current_names(rules.removed, current_names),
        is_desk_owned=belongs_to_desk(rules.policy, set(old_names), set(ours), is_set=rules.is_set),
    )
    if merged_names == ours:
        return False
    links = article.topics.through.objects
    removed_names = [name for name in ours if name not in merged_names]
    if removed_names:
        links.filter(content_object=article, tag__name__in=removed_names).delete()
    for name in merged_names:
        if name not in ours:
            topic, _is_new = Topic.objects.get_or_create_by_upstream_name(name)
            # An editor may have deleted the topic since its name was looked up.
            if topic is not None:
                links.get_or_create(content_object=article, tag=topic)
    return True


def names_of_topics(names: Collection[str]) -> dict[str, str | None]:
    """Return {name: current name, None for a deleted topic} of those names that a topic has or had. One query."""
    aliases = TopicAlias.objects.meaning(set(names))
    return {name: alias.topic.name if alias.topic else None for name, alias in aliases.items()}


def as_current_names(names: Iterable[str], current_names: Mapping[str, str | None]) -> list[str]:
    """Return upstream's topic names with renamed and merged topics under their current names, without deleted ones.

    `current_names` are {upstream's name: current name, or None for a deleted topic}.
    """
    return list(dict.fromkeys(present for name in names if (present := current_names.get(name, name)) is not None))


def merge_images(
    owner: Mapping[str, Any],
    images: Iterable[Image],
    base: Sequence[Values] | None,
    theirs: Sequence[Values] | None,
    rules: ListRules = ASK,
) -> tuple[bool, bool]:
    """Merge and write images; return (whether they changed, whether there is a conflict).

    `owner` is {"article": …} or the like, `images` are its Images in order, `base` and `theirs` the format's lists.
    Pictures that the desk uploaded have no URL, and no import changes them.
    """
    rows = {image.url: image for image in images if image.url}
    ours = {url: row_columns(image, IMAGE_COLUMNS) for url, image in rows.items()}
    old = images_by_key(base)
    is_desk_owned = belongs_to_desk(rules.policy, list(old.items()), list(ours.items()), is_set=rules.is_set)
    merge = merge_lists(
        old,
        ours,
        images_by_key(theirs),
        removed=rules.removed,
        policy=rules.policy,
        first=rules.first,
        is_desk_owned=is_desk_owned,
    )
    has_changed = merge.changes_rows(ours)
    if has_changed:
        for url in merge.delete:
            rows[url].delete()
        new_images = []
        for position, url in enumerate(merge.order):
            if url in merge.create:
                new_images.append(Image(**owner, position=position, **merge.create[url]))
            else:
                save_changes(rows[url], {**merge.update.get(url, {}), "position": position})
        Image.objects.bulk_create(new_images)
    return has_changed, bool(merge.conflicts)


def merge_related(
    article: Article,
    links: Iterable[RelatedLink],
    base: Sequence[Values] | None,
    theirs: Sequence[Values] | None,
    providers: ProviderDirectory,
    rules: ListRules = ASK,
) -> tuple[bool, bool]:
    """Merge and write a story's related coverage; return (whether it changed, whether there is a conflict).

    `links` are its RelatedLinks in order with their images prefetched, `base` and `theirs` the format's lists.
    """
    old_items: dict[RelatedKey, Values] = related_by_key(base)
    new_items: dict[RelatedKey, Values] = related_by_key(theirs)
    rows: dict[RelatedKey, RelatedLink] = links_by_key(links)
    ours = {key: {**row_columns(link, COVERAGE_COLUMNS), "provider_id": link.provider_id} for key, link in rows.items()}
    old = {key: related_columns(item, providers) for key, item in old_items.items()}
    is_desk_owned = belongs_to_desk(rules.policy, list(old.items()), list(ours.items()), is_set=rules.is_set)
    merge = merge_lists(
        old,
        ours,
        {key: related_columns(item, providers) for key, item in new_items.items()},
        pinned={key for key, link in rows.items() if link.is_hidden},
        removed=rules.removed,
        policy=rules.policy,
        first=rules.first,
        is_desk_owned=is_desk_owned,
    )
    has_changed, has_conflict = merge.changes_rows(ours), bool(merge.conflicts)
    if has_changed:
        write_related(article, rows, merge, new_items)
    for key in new_items.keys() & rows.keys():
        images: Sequence[Image] = [] if key in merge.create else list(rows[key].images.all())
        if is_desk_owned or (images and key not in old_items):
            # The desk added the coverage, with pictures.
            continue
        old_images = old_items[key].get("images") if key in old_items else None
        images_changed, images_conflict = merge_images(
            {"related_link": rows[key]}, images, old_images, new_items[key].get("images"), ListRules(rules.policy)
        )
        has_changed, has_conflict = has_changed or images_changed, has_conflict or images_conflict
    return has_changed, has_conflict


def write_related(
    article: Article,
    rows: dict[RelatedKey, RelatedLink],
    merge: ListMerge[RelatedKey],
    theirs: Mapping[RelatedKey, Values],
) -> None:
    """Apply a ListMerge to a story's RelatedLinks; `rows`, {key: RelatedLink}, is updated in place."""
    for key in merge.delete:
        rows.pop(key).delete()
    for position, key in enumerate(merge.order):
        if key in merge.create:
            identity = related_identity(theirs[key])
            rows[key] = RelatedLink(article=article, position=position, identity=identity, **merge.create[key])
        else:
            save_changes(rows[key], {**merge.update.get(key, {}), "position": position})
    RelatedLink.objects.bulk_create([rows[key] for key in merge.create])


def related_columns(item: Values, providers: ProviderDirectory) -> Values:
    pair = provider_pair(item)
    provider_id = providers[pair].pk if pair else None
    return {**columns_of(item, COVERAGE_COLUMNS), "provider_id": provider_id}


def row_columns(row: Image | RelatedLink, table: Mapping[str, Column]) -> Values:
    """Return {column: value} of a model's row, for the columns of `table`."""
    return {column: getattr(row, column) for column, _convert in table.values()}


def save_changes(row: Image | RelatedLink, changes: Mapping[str, object]) -> None:
    """Save those of `changes` that differ from the row, if there are any."""
    new_values = {name: value for name, value in changes.items() if getattr(row, name) != value}
    for name, value in new_values.items():
        setattr(row, name, value)
    if new_values:
        row.save(update_fields=list(new_values))


def add_provider_logos(story: PreparedStory, providers: ProviderDirectory) -> None:
    """Add the logos that a story gives for its provider; each only once, so that a removed one stays removed."""
    logos = images_by_key(story.logos)
    provider = providers[story.pair] if logos and story.pair else None
    if provider is None:
        return
    new_urls = [url for url in logos if url not in provider.logos_offered]
    if not new_urls:
        return
    positions = dict(provider.images.values_list("url", "position"))
    Image.objects.bulk_create(
        Image(provider=provider, position=position, **logos[url])
        for position, url in enumerate(
            (url for url in new_urls if url not in positions), start=max(positions.values(), default=-1) + 1
        )
    )
    provider.logos_offered = [*provider.logos_offered, *new_urls]
    provider.save(update_fields=["logos_offered"])
