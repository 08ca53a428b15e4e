"""Give existing stories the value of a field that was unknown to the format when they were imported.

For data migrations (docs/recipes.md, "When upstream's unknown key becomes a known field"). The models are the
migration's own, the schema is that of the release that runs.
"""

import logging
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Any

from django.db import transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps
from django.db.models import Field, Model, Q

from articles.documents import schema
from articles.documents.as_written import AS_WRITTEN, forget_raw, values_as_written
from articles.documents.composite_types import Mapping
from articles.documents.digests import digest_of
from articles.documents.field_types import Timestamp
from articles.documents.findings import Findings
from articles.documents.mapping import (
    COVERAGE_COLUMNS,
    KEY_OF_COLUMN,
    columns_of,
    links_by_key,
    related_by_key,
    story_columns,
)
from articles.documents.nodes import RAW_SCALAR, Node, Values
from articles.documents.unknown_values import ANYTHING, node_of

logger = logging.getLogger(__name__)
STORIES_AT_ONCE = 500
# What `column_values` returns.
ColumnValues = tuple[Values, dict[tuple[str, int], Values]]
# A row of a migration's model, whose columns no type describes.
Row = Any


def adopt_unknown_key(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor, *, key: str) -> None:
    """Make what upstream gave under `key` the known field of that name, in all stories and their related coverage.

    It is typed by the schema, as the parser would have; a value that does not fit is kept as written, with a line in
    the log. The column gets the value, unless the desk has filled it already or keeps the field for good. The next
    import of the same document finds it unchanged. Each 500 stories take one transaction and at most six queries.
    """

    def adopt(upstream: Row) -> tuple[ColumnValues, ColumnValues]:
        raws = [(upstream.values, upstream.unknown.pop(key))] if key in upstream.unknown else []
        raws += [(item, item.pop(key)) for item in related_items(upstream, key) if key in item]
        before = column_values(upstream, key)
        for values, raw in raws:
            read_into(values, key, raw, upstream.pk)
        return before, column_values(upstream, key)

    change_documents(apps, schema_editor, key, Q(unknown__has_key=key), adopt)


def release_known_key(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor, *, key: str) -> None:
    """Undo `adopt_unknown_key`: make the field unknown again, and empty columns that have upstream's value."""

    def release(upstream: Row) -> tuple[ColumnValues, ColumnValues]:
        before = column_values(upstream, key)
        unknown = [(upstream.unknown, take_out(upstream.values, schema.STORY, key))]
        unknown += [(item, take_out(item, schema.COVERAGE, key)) for item in related_items(upstream, key)]
        after = column_values(upstream, key)
        for values, field in unknown:
            values.update(field)
        return before, after

    is_known = Q(values__has_key=key) | Q(**{f"values__{AS_WRITTEN}__has_key": key})
    change_documents(apps, schema_editor, key, is_known, release)


def read_into(values: Values, key: str, raw: object, story: int) -> None:
    """Put an unknown field's stored value into `values` as the parser would have; log one that does not fit."""
    urls: dict[str, Node] = {name: values[name] for name in ("webUrl", "originalUrl") if name in values}
    findings = Findings(schema.STRICT["story"], urls)
    field = Mapping({key: schema.STORY.fields[key]}).read({key: node_of(raw)}, (), findings) or {}
    raw_values = field.pop(AS_WRITTEN, None)
    values |= field
    if raw_values:
        values[AS_WRITTEN] = values.get(AS_WRITTEN, {}) | raw_values
    if key not in field and findings.problems:
        _path, problem = findings.problems[0]
        logger.warning("%s of story %s is kept as written: %s", key, story, problem.message)


def take_out(values: Values, mapping: Mapping, key: str) -> Values:
    """Take a field out of `values`; return {key: value} as the parser stores an unknown one, {} if it is absent."""
    raw_values = values_as_written({name: values[name] for name in (key, AS_WRITTEN) if name in values}, mapping)
    forget_raw(values, key)
    if not values.get(AS_WRITTEN, True):
        del values[AS_WRITTEN]
    values.pop(key, None)
    if key not in raw_values:
        return {}
    is_time = isinstance(mapping.fields[key], Timestamp) and isinstance(raw_values[key], str)
    raw = {RAW_SCALAR: raw_values[key]} if is_time else raw_values[key]
    return {key: ANYTHING.read(node_of(raw), (), Findings())}


def related_items(upstream: Row, key: str) -> list[Values]:
    """Return a document's related items, none if the format has no field `key` in them."""
    return upstream.values.get("related", []) if key in schema.COVERAGE.fields else []


def column_values(upstream: Row, key: str) -> ColumnValues:
    """Return ({column: value} of the story, {place: {column: value}} of its coverage), the latter for `key` alone."""
    table = {key: COVERAGE_COLUMNS[key]} if key in COVERAGE_COLUMNS else {}
    items = related_by_key(upstream.values.get("related")) if table else {}
    return story_columns(upstream.values, ""), {place: columns_of(item, table) for place, item in items.items()}


def change_documents(
    apps: StateApps,
    schema_editor: BaseDatabaseSchemaEditor,
    key: str,
    condition: Q,
    change: Callable[[Row], tuple[ColumnValues, ColumnValues]],
) -> None:
    """Call `change` for each UpstreamDocument that fulfils `condition`, and change the columns of `key` accordingly.

    `change` returns `column_values` before and after it. Raises LookupError when there are such documents and stories
    lack a column that the schema names for `key`.
    """
    alias, last_key = schema_editor.connection.alias, 0
    if key in COVERAGE_COLUMNS:
        condition |= Q(values__related__icontains=f'"{key}"')
    documents = apps.get_model("articles", "UpstreamDocument").objects.using(alias).filter(condition).order_by("pk")
    while True:
        with transaction.atomic(using=alias):
            batch = list(documents.filter(pk__gt=last_key).select_for_update()[:STORIES_AT_ONCE])
            if not batch:
                return
            change_some(apps, schema_editor.connection, key, batch, change)
        last_key = batch[-1].pk


def change_some(
    apps: StateApps,
    connection: BaseDatabaseWrapper,
    key: str,
    documents: Sequence[Row],
    change: Callable[[Row], tuple[ColumnValues, ColumnValues]],
) -> None:
    stories, links = (
        apps.get_model("articles", name).objects.using(connection.alias).select_for_update()
        for name in ("Article", "RelatedLink")
    )
    columns = [column for column, name in KEY_OF_COLUMN.items() if name.partition(".")[0] == key]
    check_columns(stories.model, columns, key)
    keys = [upstream.pk for upstream in documents]
    story_of, links_of = stories.only("kept_fields", *columns).in_bulk(keys), defaultdict(list)
    coverage_columns = [COVERAGE_COLUMNS[key].name] if key in COVERAGE_COLUMNS else []
    if coverage_columns:
        for link in links.filter(article__in=keys).order_by("position", "pk"):
            links_of[link.article_id].append(link)
    for upstream in documents:
        (before, before_by_place), (after, after_by_place) = change(upstream)
        story = story_of[upstream.pk]
        follow(story, [name for name in columns if KEY_OF_COLUMN[name] not in story.kept_fields], before, after)
        for place, link in links_by_key(links_of[upstream.pk]).items():
            if place in after_by_place:
                follow(link, coverage_columns, before_by_place[place], after_by_place[place])
        upstream.digest = digest_of(upstream.values, upstream.unknown, upstream.body)
    update_rows(connection, documents, ["values", "unknown", "digest"])
    update_rows(connection, list(story_of.values()), columns)
    update_rows(connection, [link for story_links in links_of.values() for link in story_links], coverage_columns)


def check_columns(model: type[Model], columns: Collection[str], key: str) -> None:
    missing_columns = set(columns) - {field.name for field in model._meta.get_fields()}
    if missing_columns or not columns:
        raise LookupError(f"stories have no column for {key}: {sorted(missing_columns) or 'the schema names none'}")


def follow(row: Row, columns: Iterable[str], before: Values, after: Values) -> None:
    """Give columns of a row their values in `after` where they have those in `before`: the desk's values stay."""
    for column in columns:
        if getattr(row, column) == before[column]:
            setattr(row, column, after[column])


def update_rows(connection: BaseDatabaseWrapper, rows: Sequence[Row], names: Iterable[str]) -> None:
    """Write the columns `names` of rows of one model; `bulk_update` takes several times as long."""
    if not rows:
        return
    options, quote = rows[0]._meta, connection.ops.quote_name
    fields = [options.get_field(name) for name in names]
    assignments = ", ".join(f"{quote(field.column)} = %s" for field in fields)
    sql = f"UPDATE {quote(options.db_table)} SET {assignments} WHERE {quote(options.pk.column)} = %s"  # noqa: S608
    with connection.cursor() as cursor:
        cursor.executemany(sql, [(*stored_values(row, fields, connection), row.pk) for row in rows])


def stored_values(row: Row, fields: Iterable[Field], connection: BaseDatabaseWrapper) -> list[Any]:
    return [field.get_db_prep_save(getattr(row, field.attname), connection) for field in fields]
