"""Each text, file and JSON column of each model can be altered, renamed and dropped while the tables have rows."""

import json
import re

import pytest
from django.apps import apps
from django.db import connection, models
from django.db.migrations import Migration, operations
from django.db.migrations.state import ModelState, ProjectState

from articles.choices import Action, BulkAction, MergePolicy, Origin, Result, RowResult, State
from articles.db.triggers.installation import install, suspend
from articles.models import (
    Article,
    BlockedPicture,
    BulkChange,
    BulkChangeRow,
    CacheVersion,
    Conflict,
    DeskDecisions,
    FieldPolicy,
    FormerIdentity,
    FormerStoryAddress,
    FormerTopicSlug,
    Image,
    ImportBatch,
    ImportedDocument,
    ImportPreference,
    OpenStory,
    PictureSource,
    PossibleDuplicate,
    Revision,
    SavedView,
    StoredPicture,
    Tombstone,
    Transition,
    UnchangedDocuments,
    UpstreamDocument,
    UpstreamSecret,
    WrittenDocument,
)
from articles.models.picture import SourceState, digest_of_url
from articles.search import matching, parse_query
from providers.models import FormerSlug
from tests.articles.db.schema_snapshots import differences, schema_snapshot
from tests.articles.db.test_triggers import object_digests, renews_version, topic_order_is_right
from tests.conftest import make_user
from tests.factories import make_picture, make_provider, make_related, make_story, make_topic

KINDS = models.CharField | models.TextField | models.FileField | models.JSONField
UNUSED_COLUMNS = [("column or constraint", 'articles_relatedlink: "added_by_desk" bool DEFAULT 0 NOT NULL')]
ANOTHER_NAME = "another_name"


def columns_of(model):
    """Return the text, file and JSON fields of a model, without its primary key, which no table can lose."""
    fields = model._meta.concrete_fields
    return [field for field in fields if isinstance(field, KINDS) and not field.primary_key]


MODELS = [
    model
    for label in ("providers", "articles")
    for model in apps.get_app_config(label).get_models()
    if columns_of(model)
]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_columns_are_altered_renamed_and_dropped(model):
    make_rows()
    table = MigratedTable(model)
    faults = {field.name: faults_of_column(table, model, field) for field in columns_of(model)}
    assert {name: lines for name, lines in faults.items() if lines} == {}
    assert_objects_work()


class MigratedTable:
    """A model's table, with the state of its migrations, and a snapshot of the schema after the last column.

    Models that its foreign keys refer to are reduced to their keys, because rendering them takes most of the time.
    """

    def __init__(self, model):
        self.app_label, self.name = model._meta.app_label, model._meta.model_name
        self.state = ProjectState()
        model_state = ModelState.from_model(model)
        for field in model._meta.many_to_many:
            del model_state.fields[field.name]
        self.state.add_model(model_state)
        for field in model._meta.concrete_fields:
            self.add_target(field)
        self.schema = schema_snapshot()

    def add_target(self, field):
        target = field.related_model
        if target is not None and (target._meta.app_label, target._meta.model_name) not in self.state.models:
            key = target._meta.pk
            fields = [(key.name, key.clone())]
            self.state.add_model(ModelState(target._meta.app_label, target.__name__, fields))
            self.add_target(key)

    def migrate(self, *changes):
        """Run operations as `migrate` does: signal, migration, signal."""
        migration = Migration("0999_test", self.app_label)
        migration.operations = list(changes)
        suspend("default", plan=[(migration, False)], apps=self.state.apps)
        try:
            with connection.schema_editor() as editor:
                self.state = migration.apply(self.state.clone(), editor)
        finally:
            install("default")


def faults_of_column(table, model, field):
    """Alter, rename, drop and restore one column; return what differs afterwards, or the error."""
    digests, rows = object_digests(), rows_of(model)
    values = {row["pk"]: row[field.name] for row in rows}
    try:
        renamed_values = replace_column(table, model, field)
        restore_column(table, model, field, values)
    except Exception as error:
        return [repr(error)]
    before, table.schema = table.schema, schema_snapshot()
    # SQLite loses a column without a field, such as the one of migration 0020, when it rebuilds the table.
    before = {key: part for key, part in before.items() if key in table.schema or key not in UNUSED_COLUMNS}
    faults = differences(before, table.schema)
    if renamed_values != values:
        faults.append(f"{values} became {renamed_values}")
    if object_digests() != digests:
        faults.append("triggers or search index differ")
    # Triggers replace the rows of the cache version.
    if model is not CacheVersion and rows_of(model) != rows:
        faults.append(f"{rows} became {rows_of(model)}")
    return faults


def replace_column(table, model, field):
    """Alter, rename and drop a column, and add it again without values; return {key: value} after the renaming."""
    values = {}

    def record(apps, schema_editor):
        for key, value in apps.get_model(model._meta.label).objects.order_by().values_list("pk", ANOTHER_NAME):
            values[key] = json.loads(value) if is_json(field) and value is not None else value

    generated = generated_from(model, field)
    table.migrate(
        # docs/recipes.md: PostgreSQL alters no column from which another is generated.
        *(removal(table.name, part) for part in parts_that_name(model, generated)),
        *(operations.RemoveField(table.name, one.name) for one in generated),
        operations.AlterField(table.name, field.name, altered(field)),
        # As the autodetector does with constraints and indexes that name the column.
        *(
            removal(table.name, part)
            for part in parts_that_name(model, [field])
            if part not in parts_that_name(model, generated)
        ),
        operations.RenameField(table.name, field.name, ANOTHER_NAME),
        operations.RunPython(record),
        operations.RemoveField(table.name, ANOTHER_NAME),
        operations.AddField(table.name, field.name, nullable(field)),
    )
    return values


def restore_column(table, model, field, values):
    """Write the values into the column that was added without them, then add what names it."""
    for key, value in values.items():
        model.objects.filter(pk=key).update(**{field.name: value})
    generated = generated_from(model, field)
    table.migrate(
        operations.AlterField(table.name, field.name, field.clone()),
        *(operations.AddField(table.name, one.name, one.clone()) for one in generated),
        *(addition(table.name, part) for part in parts_that_name(model, [field, *generated])),
    )


def is_json(field):
    return isinstance(field, models.JSONField)


def altered(field):
    """Return a field of another type for the same column."""
    options = {"null": field.null, "unique": field.unique, "blank": True}
    if is_json(field):
        return models.TextField(**options)
    if isinstance(field, models.FileField):
        return models.CharField(max_length=field.max_length + 100, **options)
    return models.TextField(**options) if field.max_length else models.CharField(max_length=3000, **options)


def nullable(field):
    """Return a copy of a field that allows NULL in every row."""
    _name, _path, arguments, options = field.deconstruct()
    return type(field)(*arguments, **{**options, "null": True, "unique": False})


def generated_from(model, field):
    """Return the generated fields that are computed from a field."""
    return [one for one in model._meta.concrete_fields if one.generated and names(one.expression, field)]


def parts_that_name(model, fields):
    """Return the constraints and indexes of a model that name one of some fields."""
    parts = [*model._meta.constraints, *model._meta.indexes]
    return [part for part in parts if any(names(part.deconstruct(), field) for field in fields)]


def names(definition, field):
    return re.search(rf"['(]-?{field.name}(__\w+)?[')]", str(definition)) is not None


def removal(name, part):
    """Return the operation that removes a constraint or index."""
    operation = operations.RemoveIndex if isinstance(part, models.Index) else operations.RemoveConstraint
    return operation(name, part.name)


def addition(name, part):
    operation = operations.AddIndex if isinstance(part, models.Index) else operations.AddConstraint
    return operation(name, part)


def rows_of(model):
    return [{"pk": row.pk, **model_values(row)} for row in model.objects.order_by("pk")]


def model_values(row):
    return {field.name: field.value_from_object(row) for field in row._meta.concrete_fields}


def assert_objects_work():
    """Assert that topic order, search index and cache version follow writes."""
    Article.objects.update(body="Boats", heat=7, rank=7)
    assert topic_order_is_right()
    assert matching(Article.objects.all(), parse_query("boats")).count() == 2
    assert matching(Article.objects.all(), parse_query("ships")).count() == 0
    assert renews_version(lambda: Image.objects.update(file="pictures/new.png"))


def make_rows():
    """Write rows into each table, with text in each column that may have any."""
    for number in (1, 2):
        make_row_of_each_model(number)
    first, second = Article.objects.order_by("pk")
    PossibleDuplicate.objects.create(first=first, second=second, path="a.md")
    for model in MODELS:
        assert model.objects.exists()
        for field in columns_of(model):
            empty = {} if is_json(field) else ""
            if not field.choices and not field.unique:
                model.objects.filter(**{field.name: empty}).update(**{field.name: sample_value(field)})


def make_row_of_each_model(number):
    user = make_user(f"editor{number}")
    topic, provider = make_topic(f"Sea {number}", short_name=f"S{number}"), make_provider()
    FormerTopicSlug.objects.create(topic=topic, slug=f"ocean-{number}")
    FormerSlug.objects.create(provider=provider, slug=f"former-{number}")
    story = make_story(title=f"Harbour {number}", body="Ships", topics=[topic], picture=True, provider=provider)
    make_picture(related_link=make_related(story))
    upstream = UpstreamDocument.objects.create(
        article=story, source_name=f"{number}.md", identity=story.identity, digest="a", text_digest="b"
    )
    UpstreamSecret.objects.create(upstream=upstream)
    WrittenDocument.objects.create(article=story, text_digest="c")
    batch = ImportBatch.objects.create(state=ImportBatch.State.FINISHED, finished_at=story.published_at)
    ImportedDocument.objects.create(batch=batch, position=1, action=Result.CREATED, article=story, snapshot={"a": 1})
    UnchangedDocuments.objects.create(batch=batch, position=2, number=1, packed=b"x")
    Conflict.objects.create(article=story, field="title", base="a", ours="b", theirs="c", batch=batch)
    DeskDecisions.objects.create(article=story)
    block = BlockedPicture.objects.create(title="Ships", url=f"https://img.example/{number}.png", article=story)
    stored = StoredPicture.objects.create(
        digest=f"{number}",
        file=f"pictures/{number}.jpg",
        width=1,
        height=1,
        bytes=1,
        media_type="image/png",
        block=block,
    )
    url = f"https://img.example/{number}.png"
    PictureSource.objects.create(url=url, url_digest=digest_of_url(url), state=SourceState.STORED, stored=stored)
    FieldPolicy.objects.create(field=f"title{number}", policy=MergePolicy.ASK)
    Revision.objects.create(article=story, origin=Origin.ADMIN)
    Transition.objects.create(
        article=story, action=Action.PUBLISH, from_state=State.INBOX, to_state=State.PUBLISHED, origin=Origin.ADMIN
    )
    tombstone = Tombstone.objects.create(identity=f"deleted{number}", title="Deleted")
    FormerIdentity.objects.create(identity=f"former{number}", tombstone=tombstone)
    FormerStoryAddress.objects.create(article=story, slug=f"former-{number}")
    OpenStory.objects.create(article=story, user=user)
    SavedView.objects.create(owner=user, name="Mine", query="state=inbox")
    ImportPreference.objects.create(user=user, publish="inbox")
    change = BulkChange.objects.create(action=BulkAction.SET_HEAT, total=1)
    BulkChangeRow.objects.create(change=change, position=1, article=story, title="Harbour", result=RowResult.DONE)


def sample_value(field):
    """Return a value that every constraint allows."""
    return {"ä": [field.name, None]} if is_json(field) else f"https://ä.example/{field.name}"[: field.max_length]
