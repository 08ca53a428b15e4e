"""Merge the rows that belong to a story: topics, images and related coverage; and the logos of providers."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from articles.choices import MergePolicy
from articles.db.pending_rows import PendingRows
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
from articles.exporting.story_values import RelatedMemo
from articles.importing.merge import ListMerge, belongs_to_desk, merge_lists, merge_sets
from articles.importing.writing.context import TopicDirectory
from articles.importing.writing.rows import PreparedStory
from articles.models import Article, ArticleTopic, Image, RelatedLink, TopicAlias
from providers.resolving import ProviderDirectory

# The key of an item of related coverage, as articles.documents.mapping.related_by_key makes it.
RelatedKey = tuple[str, int]
# {upstream's name of a topic: its current name, None for a deleted topic}, of those names that a topic has or had.
CurrentNames = Mapping[str, str | None]


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
    ours: Sequence[str],
    base: Sequence[str] | None,
    theirs: Sequence[str] | None,
    current_names: CurrentNames,
    rules: ListRules = ASK,
) -> list[str]:
    """Return the names of a story's topics after a merge.

    `ours` are the names of its topics, `base` and `theirs` the format's values. `current_names` must have every name
    in `base`, `theirs` and `rules.removed` that a topic has or had.
    """
    old_names = as_current_names(topic_names(base), current_names)
    return merge_sets(
        old_names,
        ours,
        as_current_names(topic_names(theirs), current_names),
        as_current_names(rules.removed, current_names),
        is_desk_owned=belongs_to_desk(rules.policy, set(old_names), set(ours), is_set=rules.is_set),
    )


def set_topics(
    article: Article,
    links: Iterable[ArticleTopic],
    names: Iterable[str],
    topics: TopicDirectory,
    pending: PendingRows,
) -> list[str]:
    """Give a story the topics `names` instead of those of its `links`; return the names that it has then.

    A topic that an editor has deleted since it was looked up is left out.
    """
    by_name = {link.tag.name: link for link in links}
    names = list(names)
    for name, link in by_name.items():
        if name not in names:
            pending.delete(link)
    topics.load(name for name in names if name not in by_name)
    keys = {link.tag_id for name, link in by_name.items() if name in names}
    result = []
    for name in names:
        if name not in by_name:
            key = topics[name]
            if key is None or key in keys:
                continue
            keys.add(key)
            pending.insert(ArticleTopic(content_object=article, tag_id=key))
        result.append(name)
    return result


def names_of_topics(names: Collection[str]) -> dict[str, str | None]:
    """Return {name: current name, None for a deleted topic} of those names that a topic has or had. One query."""
    aliases = TopicAlias.objects.meaning(set(names))
    return {name: alias.topic.name if alias.topic else None for name, alias in aliases.items()}


def as_current_names(names: Iterable[str], current_names: CurrentNames) -> list[str]:
    """Return upstream's topic names with renamed and merged topics under their current names, without deleted ones."""
    return list(dict.fromkeys(present for name in names if (present := current_names.get(name, name)) is not None))


@dataclass
class ImagesMerge:
    """The images after a merge, in order, whether they changed, and whether there is a conflict."""

    images: list[Image]
    has_changed: bool
    has_conflict: bool


def merge_images(
    owner: Mapping[str, Any],
    images: Iterable[Image],
    base: Sequence[Values] | None,
    theirs: Sequence[Values] | None,
    pending: PendingRows,
    rules: ListRules = ASK,
) -> ImagesMerge:
    """Merge images and add the changed rows to `pending`; return the ImagesMerge.

    `owner` is {"article": …} or the like, `images` are its Images in order, `base` and `theirs` the format's lists.
    Pictures that the desk uploaded have no URL, and no import changes them.
    """
    images = list(images)
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
    if not merge.changes_rows(ours):
        return ImagesMerge(images, has_changed=False, has_conflict=bool(merge.conflicts))
    # Uploads, and rows of the same URL, of which the dict has the last one, stay.
    others = [image for image in images if rows.get(image.url) is not image]
    for url in merge.delete:
        pending.delete(rows[url])
    merged_images = []
    for position, url in enumerate(merge.order):
        if url in merge.create:
            image = Image(**owner, position=position, **merge.create[url])
            pending.insert(image)
        else:
            image = rows[url]
            pending.update(image, {**merge.update.get(url, {}), "position": position})
        merged_images.append(image)
    return ImagesMerge(sorted_rows([*others, *merged_images]), has_changed=True, has_conflict=bool(merge.conflicts))


def sorted_rows(rows: Iterable[Any]) -> list[Any]:
    """Return rows in the order in which lists show them: by position, then by key, those without a key last."""
    return sorted(rows, key=lambda row: (row.position, row.pk is None, row.pk or 0))


class StoryCoverage:
    """The related coverage of a story and the pictures of each piece, while they are merged."""

    def __init__(self, links: Iterable[RelatedLink], pictures: Mapping[int, Sequence[Image]]) -> None:
        self.links = list(links)
        # {id() of a RelatedLink: its pictures in order}, as new ones have no key yet. A deleted one is kept, so that no
        # other object gets its id.
        self.stored_links = tuple(self.links)
        # The id() of each RelatedLink that is new, or has changed itself or in its pictures.
        self.changed: set[int] = set()
        # For `related_values`.
        self.memo: RelatedMemo = {}
        self.pictures = {id(link): list(pictures.get(link.pk, ())) for link in self.links}

    def mark_changed(self, link: RelatedLink) -> None:
        """Take into account that a piece or its pictures have changed."""
        self.changed.add(id(link))
        self.memo.pop(id(link), None)

    def pictures_of(self, link: RelatedLink) -> list[Image]:
        """Return the pictures of a piece in order."""
        return self.pictures.get(id(link), [])


def merge_related(
    article: Article,
    coverage: StoryCoverage,
    base: Sequence[Values] | None,
    theirs: Sequence[Values] | None,
    providers: ProviderDirectory,
    pending: PendingRows,
    rules: ListRules = ASK,
) -> tuple[bool, bool]:
    """Merge a StoryCoverage and add the changed rows to `pending`; return (whether it changed, has a conflict).

    `base` and `theirs` are the format's lists. It has the merged rows afterwards.
    """
    old_items: dict[RelatedKey, Values] = related_by_key(base)
    new_items: dict[RelatedKey, Values] = related_by_key(theirs)
    rows: dict[RelatedKey, RelatedLink] = links_by_key(coverage.links)
    ours = {key: {**row_columns(link, COVERAGE_COLUMNS), "provider_id": link.provider_id} for key, link in rows.items()}
    old = {key: related_columns(item, providers) for key, item in old_items.items()}
    new = {
        key: old[key] if key in old and old_items[key] == item else related_columns(item, providers)
        for key, item in new_items.items()
    }
    is_desk_owned = belongs_to_desk(rules.policy, list(old.items()), list(ours.items()), is_set=rules.is_set)
    merge = merge_lists(
        old,
        ours,
        new,
        pinned={key for key, link in rows.items() if link.is_hidden},
        removed=rules.removed,
        policy=rules.policy,
        first=rules.first,
        is_desk_owned=is_desk_owned,
    )
    has_changed, has_conflict = merge.changes_rows(ours), bool(merge.conflicts)
    if has_changed:
        set_related(article, coverage, rows, merge, new_items, pending)
    for key in new_items.keys() & rows.keys():
        link = rows[key]
        images = coverage.pictures_of(link)
        if is_desk_owned or (images and key not in old_items):
            # The desk added the coverage, with pictures.
            continue
        old_images = old_items[key].get("images") if key in old_items else None
        new_images = new_items[key].get("images")
        if old_images == new_images:
            continue
        images_merge = merge_images(
            {"related_link": link}, images, old_images, new_images, pending, ListRules(rules.policy)
        )
        coverage.pictures[id(link)] = images_merge.images
        if images_merge.has_changed:
            coverage.mark_changed(link)
        has_changed, has_conflict = has_changed or images_merge.has_changed, has_conflict or images_merge.has_conflict
    return has_changed, has_conflict


def set_related(
    article: Article,
    coverage: StoryCoverage,
    rows: dict[RelatedKey, RelatedLink],
    merge: ListMerge[RelatedKey],
    theirs: Mapping[RelatedKey, Values],
    pending: PendingRows,
) -> None:
    """Apply a ListMerge to a StoryCoverage; `rows` are its {key: RelatedLink}. Both are updated in place."""
    for key in merge.delete:
        pending.delete(rows.pop(key))
    for position, key in enumerate(merge.order):
        if key in merge.create:
            identity = related_identity(theirs[key])
            rows[key] = RelatedLink(article=article, position=position, identity=identity, **merge.create[key])
            pending.insert(rows[key])
            coverage.mark_changed(rows[key])
        elif pending.update(rows[key], {**merge.update.get(key, {}), "position": position}):
            coverage.mark_changed(rows[key])
    coverage.links = sorted_rows(rows.values())


def related_columns(item: Values, providers: ProviderDirectory) -> Values:
    pair = provider_pair(item)
    provider_id = providers[pair].pk if pair else None
    return {**columns_of(item, COVERAGE_COLUMNS), "provider_id": provider_id}


def row_columns(row: Image | RelatedLink, table: Mapping[str, Column]) -> Values:
    """Return {column: value} of a model's row, for the columns of `table`."""
    return {column: getattr(row, column) for column, _convert in table.values()}


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
