"""Merge a document into a loaded story: base (upstream before), ours (the desk), theirs (upstream now).

The merge changes the objects in memory and collects the changed rows. Only a change of the workflow's state is written
at once, by `workflow.apply`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from articles.choices import MergePolicy, State
from articles.db.pending_rows import PendingRows
from articles.db.serialization import SerializedRow, serialize_row
from articles.documents.mapping import (
    COLUMNS_BY_KEY,
    KEY_OF_COLUMN,
    images_by_key,
    links_by_key,
    provider_pair,
    related_by_key,
    story_columns,
    topic_names,
    unknown_fields,
)
from articles.documents.nodes import Values
from articles.documents.problems import Problem
from articles.exporting.story_values import LIST_KEYS, current_values
from articles.history.differences import Row
from articles.history.differences import State as HistoryState
from articles.history.states import provider_state, related_from_rows, rows_by_key
from articles.history.states import related_by_key as related_rows_by_key
from articles.importing.desk_decisions import StoredItem, first_keys, removed_coverage, store, stored_coverage
from articles.importing.embargoes import DATE, follow_upstream_date
from articles.importing.merge import merge_fields, updated_removals
from articles.importing.publication import STATE_WARNINGS, StateMerge, may_publish, merge_removal, merge_state
from articles.importing.writing.context import WriteContext
from articles.importing.writing.loading import PROVIDER_KEYS, LoadedStory, serialized
from articles.importing.writing.related_rows import (
    ListRules,
    as_current_names,
    merge_images,
    merge_related,
    merge_topics,
    set_topics,
)
from articles.importing.writing.rows import PreparedStory
from articles.models import KnownFile, UpstreamDocument
from providers.models import Provider


@dataclass
class StoryMerge:
    """The merge of a document into a LoadedStory: what was there before, and what changed.

    `changed` and `conflicts` are the format's keys.
    """

    loaded: LoadedStory
    story: PreparedStory
    context: WriteContext
    changed: list[str] = field(default_factory=list)
    conflicts: list[str] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    # The lists that changed, before the merge: as in the history, and as in a snapshot.
    history_before: HistoryState = field(default_factory=dict)
    snapshot_rows: dict[str, list[SerializedRow]] = field(default_factory=dict)
    values_before: Values = field(default_factory=dict)

    def __post_init__(self) -> None:
        upstream = self.loaded.upstream
        self.base, self.base_body = upstream.values, upstream.body
        self.base_unknown, self.former_proposal = upstream.unknown, former_proposal(upstream)
        self.former_file = KnownFile.of(upstream)
        self.theirs, self.unknown = self.loaded.values, self.story.unknown
        # As in the history.
        self.provider_before = provider_state(self.loaded.article.provider) if self.is_provider_loaded else None

    @property
    def is_provider_loaded(self) -> bool:
        return not self.loaded.keys.isdisjoint(PROVIDER_KEYS)

    def merge_content(self, pending: PendingRows, now: datetime) -> None:
        """Merge columns, topics, pictures and related coverage; `now` becomes the time of the story's last change."""
        loaded = self.loaded
        keys = loaded.keys
        self.values_before = self.document_values(self.base | unknown_fields(self.base_unknown), self.base_body)
        self.merge_columns(pending)
        if not keys.isdisjoint(LIST_KEYS):
            self.merge_lists(pending)
        base_unknown, unknown = self.base_unknown, self.unknown
        self.changed_unknown = [key for key in base_unknown | unknown if base_unknown.get(key) != unknown.get(key)]
        if self.changed or self.changed_unknown:
            pending.update(loaded.article, {"updated_at": now})

    def merge_columns(self, pending: PendingRows) -> None:
        """Merge the story's own columns."""
        loaded, context, article = self.loaded, self.context, self.loaded.article
        keys = [key for key in loaded.keys if key in COLUMNS_BY_KEY or key == "body"]
        base, theirs = story_columns(self.base, self.base_body, keys), story_columns(self.theirs, self.story.body, keys)
        if self.is_provider_loaded:
            base["provider"], theirs["provider"] = (self.provider_of(values) for values in (self.base, self.theirs))
        always_ours = article.kept_fields
        # In the order of the format, which reports follow; fields that the desk keeps for good do not change.
        columns = [name for name in KEY_OF_COLUMN if name in theirs and KEY_OF_COLUMN[name] not in always_ours]
        ours = {name: getattr(article, name) for name in columns}
        desk_columns = [name for name in columns if KEY_OF_COLUMN[name] in loaded.decisions.fields]
        merge = merge_fields(
            base, ours, {name: theirs[name] for name in columns}, context.column_policies, desk_columns
        )
        if merge.changes:
            changes = dict(merge.changes)
            if "provider" in changes:
                provider = changes.pop("provider")
                pending.update(article, {"provider_id": provider.pk if provider else None})
                article.provider = provider
            pending.update(article, changes)
            pending.update(article, article.derived_columns())
        # Two columns may belong to one field.
        self.changed += dict.fromkeys(KEY_OF_COLUMN[column] for column in merge.changes)
        self.conflicts += dict.fromkeys(KEY_OF_COLUMN[column] for column in merge.conflicts)

    def provider_of(self, values: Values) -> Provider | None:
        pair = provider_pair(values)
        return self.context.named_providers[self.context.providers[pair].pk] if pair else None

    def merge_lists(self, pending: PendingRows) -> None:
        """Merge topics, images and related coverage.

        What the desk has removed is recorded, as upstream may leave it out and send it again later.
        """
        loaded, article, decisions = self.loaded, self.loaded.article, self.loaded.decisions
        keys = [key for key in LIST_KEYS if key in loaded.keys and key not in article.kept_fields]
        removed = {key: self.removed_by_desk(key) for key in keys}
        before = [] if decisions._state.adding else [serialize_row(decisions)]
        if store(decisions, {key: items.values() for key, items in removed.items()}):
            self.snapshot_rows["decisions"] = before
        first = first_keys(decisions)
        rules = {
            key: ListRules(
                self.context.field_policies[key], list(removed[key]), key in decisions.fields, first.get(key)
            )
            for key in keys
        }
        if "topics" in keys:
            self.merge_topics(rules["topics"], pending)
        if "images" in keys:
            self.merge_images(rules["images"], pending)
        if "related" in keys:
            self.merge_related(rules["related"], pending)

    def merge_topics(self, rules: ListRules, pending: PendingRows) -> None:
        loaded = self.loaded
        names = loaded.topics
        old, new = self.base.get("topics"), self.theirs.get("topics")
        merged_names = merge_topics(names, old, new, loaded.current_names, rules)
        if merged_names == names:
            return
        self.history_before["topics"] = names
        self.snapshot_rows["topics"] = serialized(loaded.topic_links)
        loaded.topics = set_topics(loaded.article, loaded.topic_links, merged_names, self.context.topics, pending)
        self.changed.append("topics")

    def merge_images(self, rules: ListRules, pending: PendingRows) -> None:
        loaded = self.loaded
        history, rows = rows_by_key("images", by_key(loaded.images)), serialized(loaded.images)
        merge = merge_images(
            {"article": loaded.article},
            loaded.images,
            self.base.get("images"),
            self.theirs.get("images"),
            pending,
            rules,
        )
        loaded.images = merge.images
        if merge.has_changed:
            self.history_before["images"], self.snapshot_rows["images"] = history, rows
            self.changed.append("images")
        self.conflicts += ["images"] if merge.has_conflict else []

    def merge_related(self, rules: ListRules, pending: PendingRows) -> None:
        coverage = self.loaded.coverage
        links = serialized(coverage.links)
        pictures = serialized(image for link in coverage.links for image in coverage.pictures_of(link))
        history = related_from_rows(links, pictures)
        has_changed, has_conflict = merge_related(
            self.loaded.article,
            coverage,
            self.base.get("related"),
            self.theirs.get("related"),
            self.context.providers,
            pending,
            rules,
        )
        if has_changed:
            self.history_before["related"] = history
            self.snapshot_rows |= {"related": links, "related_images": pictures}
            self.changed.append("related")
        self.conflicts += ["related"] if has_conflict else []
        for link in coverage.links:
            if link.provider_id is not None:
                link.provider = self.context.named_providers[link.provider_id]

    def removed_by_desk(self, key: str) -> dict[Any, StoredItem]:
        """Return {key of an item: what is stored} of what the desk removed of a list, now or earlier."""
        loaded, decisions, base = self.loaded, self.loaded.decisions, self.base.get(key)
        removed = decisions.removed.get(key, [])
        if key == "topics":
            former, old = (as_current_names(each, loaded.current_names) for each in (removed, topic_names(base)))
            return {name: name for name in updated_removals(former, old, loaded.topics)}
        if key == "images":
            urls = updated_removals(removed, images_by_key(base), {image.url for image in loaded.images})
            return {url: url for url in urls}
        old_items = related_by_key(base)
        coverage = stored_coverage(old_items) | removed_coverage(decisions)
        present = links_by_key(loaded.coverage.links)
        return {item: coverage[item] for item in updated_removals(removed_coverage(decisions), old_items, present)}

    def merge_state(self) -> None:
        """Follow upstream's `published`, its date and its mark of removal, as far as a person has not decided."""
        article, base, theirs, policy = self.loaded.article, self.base, self.theirs, self.context.policy
        state = StateMerge.NOTHING
        if "published" not in article.kept_fields:
            state = merge_state(article, base | self.former_proposal, theirs, policy)
        if state is StateMerge.CONFLICT and self.context.field_policies["published"] is not MergePolicy.ASK:
            state = StateMerge.NOTHING
        self.changed += ["published"] if state in (StateMerge.CHANGED, StateMerge.REVIEWED) else []
        self.conflicts += ["published"] if state is StateMerge.CONFLICT else []
        was_moved, problems = follow_upstream_date(
            article, base, theirs, may_publish=lambda: may_publish(article, policy)
        )
        self.changed += [DATE] if was_moved and DATE not in [*self.changed, *self.conflicts] else []
        removal = merge_removal(article, base, theirs, policy)
        self.changed += ["published"] if removal is StateMerge.CHANGED and "published" not in self.changed else []
        self.conflicts += ["removed"] if removal is StateMerge.CONFLICT else []
        self.changed += self.changed_unknown
        self.problems = problems + ([STATE_WARNINGS[state]] if state in STATE_WARNINGS else [])

    def document_values(self, base: Values, body: str) -> Values:
        """Return the story's present values of the fields in which the documents differ, with `body` and `published`.

        `base` and `body` are upstream's document, whose form stays where the values are the same. Other fields are
        as in `base`.
        """
        article = self.loaded.article
        values = current_values(article, base, body, self.loaded.keys, self.loaded.lists)
        return values | {"body": article.body, "published": article.state == State.PUBLISHED}

    def present_values(self) -> Values:
        """Return the story's present values, in the form of the new document, of all fields in conflict."""
        keys = self.loaded.keys | {conflict.field.partition(".")[0] for conflict in self.loaded.open_conflicts}
        article, lists = self.loaded.article, self.loaded.lists
        values = current_values(article, self.theirs, self.story.body, keys, lists)
        return values | {"body": article.body, "published": article.state == State.PUBLISHED}

    def history_after(self) -> HistoryState:
        """Return the lists of `history_before` as they are now, once their rows are written."""
        loaded = self.loaded
        after: HistoryState = {}
        if "topics" in self.history_before:
            after["topics"] = loaded.topics
        if "images" in self.history_before:
            after["images"] = rows_by_key("images", by_key(loaded.images))
        if "related" in self.history_before:
            after["related"] = self.related_after()
        return after

    def related_after(self) -> dict[str, Row]:
        """Return the related coverage as in the history; pieces that have not changed are as before."""
        coverage, before = self.loaded.coverage, self.history_before["related"]
        changed = [link for link in coverage.links if id(link) in coverage.changed]
        rows = related_rows_by_key(changed, coverage.pictures_of)
        return {str(link.pk): rows.get(str(link.pk)) or before[str(link.pk)] for link in by_key(coverage.links)}


def former_proposal(upstream: UpstreamDocument) -> Values:
    """Return upstream's last `published` as a value of the format; empty if no document had it."""
    return {} if upstream.proposal is None else {"published": upstream.proposal}


def by_key(rows: Sequence[Any]) -> list[Any]:
    """Return rows in the order of their keys."""
    return sorted(rows, key=lambda row: row.pk)
