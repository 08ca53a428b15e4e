"""Giving existing stories the value of a field that was unknown to the format when they were imported.

For data migrations (docs/recipes.md, "When upstream's unknown key becomes a known field"). The models are the
migration's own, the schema is that of the release that runs.
"""

import logging

from django.db import transaction
from django.db.models import Q

from articles.documents import schema
from articles.documents.as_written import AS_WRITTEN, forget_raw, values_as_written
from articles.documents.composite_types import Mapping
from articles.documents.digests import digest_of
from articles.documents.field_types import Timestamp
from articles.documents.findings import Findings
from articles.documents.mapping import KEY_OF_COLUMN, story_columns
from articles.documents.nodes import RAW_SCALAR
from articles.documents.unknown_values import ANYTHING, node_of

logger = logging.getLogger(__name__)
STORIES_AT_ONCE = 500


def adopt_unknown_key(apps, schema_editor, *, key):
    """Move what upstream gave under `key` from the unknown fields of all stories to their known ones.

    It is typed by the schema, as the parser would have; a value that does not fit is kept as written, with a line in
    the log. The story's column gets the value, unless the desk has filled it already or keeps the field for good. The
    next import of the same document finds it unchanged. One transaction of four queries for every 500 stories.
    """

    def adopt(upstream):
        raw = upstream.unknown.pop(key)
        read_into(upstream.values, key, raw, upstream.pk)

    change_documents(apps, schema_editor, key, Q(unknown__has_key=key), adopt)


def release_known_key(apps, schema_editor, *, key):
    """Undo `adopt_unknown_key`: move the field back to the unknown ones, and empty columns with upstream's value."""

    def release(upstream):
        written = values_as_written(upstream.values, schema.STORY)
        forget_raw(upstream.values, key)
        if not upstream.values.get(AS_WRITTEN, True):
            del upstream.values[AS_WRITTEN]
        upstream.values.pop(key, None)
        if key in written:
            is_time = isinstance(schema.STORY.fields[key], Timestamp) and isinstance(written[key], str)
            raw = {RAW_SCALAR: written[key]} if is_time else written[key]
            upstream.unknown[key] = ANYTHING.read(node_of(raw), (), Findings())

    is_known = Q(values__has_key=key) | Q(**{f"values__{AS_WRITTEN}__has_key": key})
    change_documents(apps, schema_editor, key, is_known, release)


def read_into(values, key, raw, story):
    """Put an unknown field's stored value into `values` as the parser would have; log one that does not fit."""
    urls = {name: values[name] for name in ("webUrl", "originalUrl") if name in values}
    findings = Findings(schema.STRICT["story"], urls)
    field = Mapping({key: schema.STORY.fields[key]}).read({key: node_of(raw)}, (), findings)
    written = field.pop(AS_WRITTEN, None)
    values |= field
    if written:
        values[AS_WRITTEN] = values.get(AS_WRITTEN, {}) | written
    if key not in field and findings.problems:
        _path, problem = findings.problems[0]
        logger.warning("%s of story %s is kept as written: %s", key, story, problem.message)


def change_documents(apps, schema_editor, key, condition, change):
    """Call `change` for each UpstreamDocument that fulfils `condition`, and have its story follow in the field `key`.

    Raises LookupError when there are such documents and stories lack a column that the schema names for `key`.
    """
    connection = schema_editor.connection
    columns = [column for column, name in KEY_OF_COLUMN.items() if name.partition(".")[0] == key]
    stories = apps.get_model("articles", "Article").objects.using(connection.alias).select_for_update()
    documents = apps.get_model("articles", "UpstreamDocument").objects.using(connection.alias).select_for_update()
    last = 0
    while True:
        with transaction.atomic(using=connection.alias):
            chosen = list(documents.filter(condition, pk__gt=last).order_by("pk")[:STORIES_AT_ONCE])
            if not chosen:
                return
            check_columns(stories.model, columns, key)
            theirs = stories.only("pk", "kept_fields", *columns).in_bulk([upstream.pk for upstream in chosen])
            for upstream in chosen:
                before = story_columns(upstream.values, "")
                change(upstream)
                follow(theirs[upstream.pk], before, story_columns(upstream.values, ""), columns)
                upstream.digest = digest_of(upstream.values, upstream.unknown, upstream.body)
            update_rows(connection, chosen, ["values", "unknown", "digest"])
            update_rows(connection, list(theirs.values()), columns)
        last = chosen[-1].pk


def check_columns(model, columns, key):
    missing = set(columns) - {field.name for field in model._meta.get_fields()}
    if missing or not columns:
        raise LookupError(f"stories have no column for {key}: {sorted(missing) or 'the schema names none'}")


def follow(story, before, after, columns):
    """Give a story's columns their values in `after` where they have those in `before`: the desk's values stay."""
    for column in columns:
        if KEY_OF_COLUMN[column] not in story.kept_fields and getattr(story, column) == before[column]:
            setattr(story, column, after[column])


def update_rows(connection, rows, names):
    """Write the columns `names` of rows of one model; `bulk_update` takes several times as long."""
    options, quote = rows[0]._meta, connection.ops.quote_name
    fields = [options.get_field(name) for name in names]
    assignments = ", ".join(f"{quote(field.column)} = %s" for field in fields)
    sql = f"UPDATE {quote(options.db_table)} SET {assignments} WHERE {quote(options.pk.column)} = %s"  # noqa: S608
    with connection.cursor() as cursor:
        cursor.executemany(sql, [(*stored_values(row, fields, connection), row.pk) for row in rows])


def stored_values(row, fields, connection):
    return [field.get_db_prep_save(getattr(row, field.attname), connection) for field in fields]
