"""Close conflicts by themselves as soon as upstream and the desk no longer disagree."""

from collections.abc import Collection
from typing import Any

from django.db.models import QuerySet

from articles import workflow
from articles.choices import Origin, State
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
from articles.importing.conflicts import Settlement, close, column_values, upstream_values, value_of
from articles.models import Article, Conflict, UpstreamDocument


def without_returned(article: Article, fields: Collection[str], upstream: UpstreamDocument) -> list[str]:
    """Return `fields` without those in whose open conflict upstream now has its value from before the conflict."""
    if not fields:
        return []
    open_conflicts = {conflict.field: conflict for conflict in open_conflicts_of(article.pk)}
    return [
        field
        for field in fields
        if field not in open_conflicts
        or resolution_of(open_conflicts[field], article, upstream) is not Settlement.RETURNED
    ]


def close_resolved_on_change(
    sender: type[Article], key: int, actor: workflow.Actor, is_decision: bool, **kwargs: object
) -> None:
    """Close the conflicts of a story that a change at the desk resolved; receives `story_changed`.

    Imports call `close_resolved` themselves, once the document is stored.
    """
    if actor.origin is Origin.IMPORT or not is_decision or not open_conflicts_of(key).exists():
        return
    upstream = UpstreamDocument.objects.filter(article=key).first()
    if upstream is not None:
        close_resolved(Article.objects.get(pk=key), upstream)


def close_resolved(article: Article, upstream: UpstreamDocument) -> None:
    """Close the open conflicts of a story on whose fields upstream and the desk no longer disagree.

    The others get the present values of both.
    """
    open_conflicts = list(open_conflicts_of(article.pk))
    if not open_conflicts:
        return
    ours, theirs = present_values(article, upstream), upstream_values(upstream)
    for conflict in open_conflicts:
        settlement = resolution_of(conflict, article, upstream, ours)
        if settlement is not None:
            close(conflict, settlement, None)
            continue
        values = (value_of(ours, conflict.field), value_of(theirs, conflict.field))
        if (conflict.ours, conflict.theirs) != values:
            conflict.ours, conflict.theirs = values
            conflict.save(update_fields=["ours", "theirs", "updated_at"])


def open_conflicts_of(key: int) -> QuerySet[Conflict]:
    return Conflict.objects.filter(article=key, settlement="")


def resolution_of(
    conflict: Conflict, article: Article, upstream: UpstreamDocument, ours: Values | None = None
) -> Settlement | None:
    """Return how a conflict was resolved by present values of upstream and the desk, None if it was not.

    `ours` are the `present_values` of the story, which are read if they are not given and needed.
    """
    field, theirs = conflict.field, value_of(upstream_values(upstream), conflict.field)
    if field == "published":
        is_equal = theirs is not None and bool(theirs) == article.published
        return Settlement.AGREED if is_equal else None
    if field == "removed" and theirs:
        return None if article.published else Settlement.AGREED
    if field in ("images", "related"):
        ours = present_values(article, upstream) if ours is None else ours
        return resolution_of_rows(conflict, value_of(ours, field), theirs)
    columns = columns_of_key(field)
    their_columns = column_values(field, columns, theirs)
    if {column: getattr(article, column) for column in columns} == their_columns:
        return Settlement.AGREED
    return Settlement.RETURNED if their_columns == column_values(field, columns, conflict.base) else None


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


def present_values(article: Article, upstream: UpstreamDocument) -> Values:
    """Return the format's fields of a story as it is in the database, with `body` and `published`."""
    story = with_related_rows(Article.objects.all()).get(pk=article.pk)
    values = current_values(story, upstream.values, upstream.body)
    return values | {"body": story.body, "published": story.state == State.PUBLISHED}
