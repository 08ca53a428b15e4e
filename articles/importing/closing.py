"""Close conflicts by themselves as soon as upstream and the desk no longer disagree."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Self

from django.utils import timezone

from articles import workflow
from articles.choices import Origin, State
from articles.db.pending_rows import PendingRows
from articles.documents.mapping import (
    COVERAGE_COLUMNS,
    columns_of,
    columns_of_key,
    images_by_key,
    provider_pair,
    related_by_key,
)
from articles.documents.nodes import Values
from articles.exporting.story_values import current_values, with_related_rows
from articles.importing.conflicts import Settlement, column_values, upstream_values, value_of
from articles.models import Article, Conflict, UpstreamDocument
from providers.resolving import ProviderDirectory


@dataclass(frozen=True)
class PresentStory:
    """The present values of a story: its row, upstream's document, and the format's fields of both.

    `ours` must have the fields of the conflicts that are compared.
    """

    article: Article
    upstream: UpstreamDocument
    ours: Values
    providers: ProviderDirectory = field(default_factory=ProviderDirectory)

    @cached_property
    def theirs(self) -> Values:
        """The format's fields of upstream."""
        return upstream_values(self.upstream)

    @classmethod
    def stored(cls, key: int, upstream: UpstreamDocument) -> Self:
        """Return the PresentStory with this key from the database."""
        story = with_related_rows(Article.objects.all()).get(pk=key)
        values = current_values(story, upstream.values, upstream.body)
        return cls(story, upstream, values | {"body": story.body, "published": story.state == State.PUBLISHED})


def close_resolved_on_change(
    sender: type[Article], key: int, actor: workflow.Actor, is_decision: bool, **kwargs: object
) -> None:
    """Close the conflicts of a story that a change at the desk resolved; receives `story_changed`.

    Imports call `close_resolved` themselves, once the document is stored.
    """
    if actor.origin is Origin.IMPORT or not is_decision:
        return
    close_resolved_of(key)


def close_resolved_of(key: int) -> None:
    """Close the open conflicts of the story with this key that are resolved by what the database has."""
    open_conflicts = list(Conflict.objects.filter(article=key, settlement=""))
    upstream = UpstreamDocument.objects.filter(article=key).first() if open_conflicts else None
    if upstream is not None:
        pending = PendingRows()
        close_resolved(open_conflicts, PresentStory.stored(key, upstream), pending)
        pending.write()


def close_resolved(conflicts: Iterable[Conflict], story: PresentStory, pending: PendingRows) -> None:
    """Close those open conflicts on whose fields upstream and the desk no longer disagree.

    The others get the present values of both. A conflict that is not saved yet is changed in memory only.
    """
    now = timezone.now()
    for conflict in conflicts:
        settlement = resolution_of(conflict, story)
        ours, theirs = value_of(story.ours, conflict.field), value_of(story.theirs, conflict.field)
        values = {"ours": ours, "theirs": theirs}
        changes = values if settlement is None else {"settlement": settlement, "settled_at": now}
        if conflict.pk is None:
            for name, value in changes.items():
                setattr(conflict, name, value)
        elif any(getattr(conflict, name) != value for name, value in changes.items()):
            pending.update(conflict, {**changes, "updated_at": now})


def resolution_of(conflict: Conflict, story: PresentStory) -> Settlement | None:
    """Return how a conflict was resolved by present values of upstream and the desk, None if it was not."""
    field, article, theirs = conflict.field, story.article, value_of(story.theirs, conflict.field)
    if field == "published":
        is_equal = theirs is not None and bool(theirs) == article.published
        return Settlement.AGREED if is_equal else None
    if field == "removed" and theirs:
        return None if article.published else Settlement.AGREED
    if field in ("images", "related"):
        return resolution_of_rows(conflict, value_of(story.ours, field), theirs)
    columns = columns_of_key(field)
    their_columns = column_values(field, columns, theirs, story.providers)
    if {column: getattr(article, column) for column in columns} == their_columns:
        return Settlement.AGREED
    was = column_values(field, columns, conflict.base, story.providers)
    return Settlement.RETURNED if their_columns == was else None


def resolution_of_rows(conflict: Conflict, ours: Any, theirs: Any) -> Settlement | None:
    """Return how a conflict on pictures or coverage was resolved by the present lists, None if it was not.

    The conflict is about the values that all three of its stored lists have, each differently.
    """
    base, our_rows, their_rows, ours_now, theirs_now = (
        comparable_rows(conflict.field, rows) for rows in (conflict.base, conflict.ours, conflict.theirs, ours, theirs)
    )
    disputed = [
        (key, name)
        for key in base.keys() & our_rows.keys() & their_rows.keys()
        for name, before in base[key].items()
        if before != our_rows[key][name] != their_rows[key][name] != before
    ]
    if not disputed:
        return Settlement.AGREED if ours_now == theirs_now else None
    values = [
        (base[key][name], ours_now[key][name], theirs_now[key][name])
        for key, name in disputed
        if key in ours_now and key in theirs_now
    ]
    if all(our_value == their_value for _before, our_value, their_value in values):
        return Settlement.AGREED
    has_returned = all(their_value in (before, our_value) for before, our_value, their_value in values)
    return Settlement.RETURNED if has_returned else None


def comparable_rows(field: str, rows: Any) -> dict[Any, dict[str, Any]]:
    """Return {key: {name: value}} of a list of pictures or coverage, with values that can be compared."""
    if field == "images":
        return {url: dict(columns) for url, columns in images_by_key(rows).items()}
    return {
        key: {
            **columns_of(item, COVERAGE_COLUMNS),
            "provider": provider_pair(item),
            "images": images_by_key(item.get("images")),
        }
        for key, item in related_by_key(rows).items()
    }
