"""Upgrading a database of the previous release, with stories in it; and what migrations must leave to that release.

After a release, PREVIOUS_RELEASE is set to its last migrations, ALLOWED is emptied, and the objects that its triggers
consist of replace `objects_of_0_1_0.json`.
"""

import json
from datetime import timedelta
from itertools import count
from pathlib import Path

import pytest
from django.apps import apps as installed_apps
from django.core.management import call_command
from django.db import connection
from django.db.migrations import operations
from django.db.migrations.loader import MigrationLoader
from django.utils import timezone

from articles.canonical_urls import identity_of
from articles.db.triggers.database_objects import OBJECTS
from articles.db.triggers.installation import drop, missing_objects
from articles.db.triggers.migration_effects import database_operations
from articles.models import Article, UnchangedDocuments
from articles.search import matching, parse_query
from tests.articles.db.schema_snapshots import column_requirements, differences, schema_snapshot
from tests.articles.db.test_column_migrations import UNUSED_COLUMNS
from tests.articles.db.test_triggers import renews_version, topic_order_is_right
from tests.factories import NOON

# 0.1.0
PREVIOUS_RELEASE = {"articles": "0013_coverage_joins_our_stories", "providers": "0002_former_addresses"}
# Operations that can break the previous release, by migration, each with the reason why it does not.
BREAKING = (
    operations.RemoveField,
    operations.RenameField,
    operations.DeleteModel,
    operations.RenameModel,
    operations.AlterModelTable,
    operations.AddConstraint,
    operations.RunSQL,
)
ALLOWED = {
    ("0015_when_stories_were_first_visible", "AddConstraint"): "allows more than the constraint that it replaces",
    ("0025_rename_edition_to_cache_version", "AlterModelTable"): "names the table as it is called already",
    ("0025_rename_edition_to_cache_version", "RenameModel"): "the table has a fixed name, so it is not renamed",
    ("0027_stories_over_time", "AddConstraint"): "constrains only tables that it creates",
    ("0040_pictures", "AddConstraint"): "constrains only tables and columns that it creates",
}
OLD_OBJECTS = json.loads(Path(__file__).with_name("objects_of_0_1_0.json").read_text(encoding="utf-8"))
# Columns that the upgrade corrects, and one that no field uses any more.
NOT_COMPARED = {
    ("articles.article", "rank"),
    ("articles.articletopic", "rank"),
    ("articles.relatedlink", "added_by_desk"),
}


def new_migrations():
    """Return the migrations of our apps that the previous release does not have."""
    loader = MigrationLoader(None)
    old = {node for key in PREVIOUS_RELEASE.items() for node in loader.graph.forwards_plan(key)}
    return [
        loader.get_migration(app, name)
        for app, name in sorted(loader.disk_migrations)
        if app in PREVIOUS_RELEASE and (app, name) not in old
    ]


def test_migrations_break_nothing_in_the_previous_release():
    used = {
        (migration.name, type(operation).__name__)
        for migration in new_migrations()
        for operation in database_operations(migration.operations)
        if isinstance(operation, BREAKING)
    }
    assert used == set(ALLOWED)


@pytest.fixture
def previous_schema(transactional_db):
    """Give the database the schema of the previous release; return a snapshot of the present one."""
    new_schema = schema_snapshot()
    call_command("migrate", "articles", PREVIOUS_RELEASE["articles"], verbosity=0)
    call_command("migrate", "providers", PREVIOUS_RELEASE["providers"], verbosity=0)
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            for obj in reversed(OBJECTS["sqlite"]):
                drop(cursor, obj, connection)
        for statement in OLD_OBJECTS[connection.vendor]:
            cursor.execute(statement)
    yield new_schema
    call_command("migrate", verbosity=0)


def test_stories_of_the_previous_release_are_upgraded(previous_schema, client):
    old_apps = MigrationLoader(connection).project_state(list(PREVIOUS_RELEASE.items())).apps
    rows = OldRows(old_apps)
    rows.write()
    columns, values = column_requirements(), values_of(old_apps)

    call_command("migrate", verbosity=0)

    assert lost_values(values) == []
    assert removed_or_required(columns) == []
    assert schema_changes(previous_schema) == []
    assert missing_objects() == []
    assert topic_order_is_right()
    # Visibility: what readers see, and when they first saw it.
    visible = [rows.undated.pk, rows.published.pk]
    assert [story.pk for story in Article.objects.visible().newly_visible_first()] == visible
    assert sorted(story.pk for story in Article.objects.visible()) == sorted(visible)
    assert dict(Article.objects.values_list("title", "first_visible_at")) == {
        "Published": rows.published.visible_from,
        "Scheduled": rows.scheduled.visible_from,
        "Expired": rows.expired.visible_from,
        "Withdrawn": rows.withdrawn.visible_from,
        "Undated": rows.undated.visible_from,
        "Inbox": None,
    }
    assert dict(Article.objects.values_list("title", "rank")) == {
        "Published": rows.published.rank,
        "Scheduled": rows.scheduled.rank,
        "Expired": rows.expired.rank,
        "Withdrawn": rows.withdrawn.rank,
        "Undated": None,
        "Inbox": None,
    }
    pages = {story.title: client.get(story.get_absolute_url()).status_code for story in Article.objects.all()}
    assert pages == {"Published": 200, "Undated": 200, "Scheduled": 404, "Expired": 410, "Withdrawn": 410, "Inbox": 404}
    # Search index and cache version follow writes again.
    assert matching(Article.objects.all(), parse_query("körper")).get().pk == rows.published.pk
    assert renews_version(lambda: Article.objects.filter(pk=rows.published.pk).update(body="Boats"))
    assert matching(Article.objects.all(), parse_query("boats")).get().pk == rows.published.pk


def schema_changes(new):
    """Return how the schema differs from that of a new database."""
    upgraded = schema_snapshot()
    return differences(
        {key: part for key, part in new.items() if key not in UNUSED_COLUMNS},
        {key: part for key, part in upgraded.items() if key not in UNUSED_COLUMNS},
    )


def lost_values(before):
    """Return the values of the previous release that rows do not have any more."""
    after = values_of(installed_apps)
    return [
        f"{label} {key}: {name} was {value!r}"
        for (label, key), row in before.items()
        for name, value in row.items()
        if (label, name) not in NOT_COMPARED and after.get((label, key), {}).get(name, "missing") != value
    ]


def values_of(apps):
    """Return {(model, key): values by column} of all rows; triggers replace those of the cache version."""
    return {
        (model._meta.label_lower, row["pk"]): row
        for label in PREVIOUS_RELEASE
        for model in apps.get_app_config(label).get_models()
        if model._meta.db_table != "articles_edition"
        for row in model.objects.values("pk", *(field.attname for field in model._meta.concrete_fields))
    }


def removed_or_required(before):
    """Return the columns that are gone, and those that an INSERT must name, but the previous release does not know."""
    after = column_requirements()
    tables = {table for table, _column in before}
    return [
        column
        for column in sorted({*before, *after})
        if column not in after or (column[0] in tables and after[column] and not before.get(column, False))
    ]


class OldRows:
    """Rows that the previous release could have written, by its models."""

    def __init__(self, apps):
        self.apps, self.numbers, self.now = apps, count(1), timezone.now().replace(microsecond=0)

    def create(self, label, **fields):
        return self.apps.get_model(label).objects.create(**fields)

    def write(self):
        """Write stories in several states, one of them with everything that a story can have, and imports."""
        day = timedelta(days=1)
        self.user = self.create("auth.User", username="editor")
        self.provider = self.create("providers.Provider", name="Outlet", domain="outlet.example", slug="outlet")
        self.create("providers.ProviderAlias", provider=self.provider, domain="outlet.example", name="Outlet")
        self.create("providers.FormerSlug", provider=self.provider, slug="old-outlet")
        self.topic = self.create("articles.Topic", name="Sea", slug="sea", keywords=["ship"])
        self.create("articles.TopicAlias", topic=self.topic, name="Ocean")
        self.create("articles.FormerTopicSlug", topic=self.topic, slug="ocean")
        self.published = self.story("Published", state="published", visible_from=self.now - 2 * day, pin=1)
        self.scheduled = self.story("Scheduled", state="published", visible_from=self.now + day)
        self.expired = self.story(
            "Expired", state="published", visible_from=self.now - 3 * day, visible_until=self.now - day
        )
        self.withdrawn = self.story("Withdrawn", state="withdrawn", visible_from=self.now - day)
        self.undated = self.story("Undated", state="published", visible_from=self.now - day, published_at=None)
        self.inbox = self.story("Inbox", state="inbox", heat=-1, rank=None)
        self.write_parts()
        self.write_imports()
        self.write_desk()

    def story(self, title, **fields):
        number = next(self.numbers)
        url = f"https://outlet.example/{number}"
        fields = {"published_at": NOON, "heat": 50, "rank": 5000.0 + number, **fields}
        story = self.create(
            "articles.Article",
            title=title,
            slug=f"story-{number}",
            web_url=url,
            identity=identity_of(url),
            url_date=fields["published_at"] and NOON.date(),
            dated_at=fields["published_at"] or self.now,
            provider=self.provider,
            authors=["Ä. Person"],
            body="Körper" if title == "Published" else "",
            **fields,
        )
        self.create("articles.ArticleTopic", content_object=story, tag=self.topic)
        return story

    def write_parts(self):
        story = self.published
        link = self.create(
            "articles.RelatedLink", article=story, title="Elsewhere", web_url="https://x.example/1", added_by_desk=True
        )
        for owner in ({"article": story}, {"related_link": link}, {"provider": self.provider}):
            self.create("articles.Image", url="https://x.example/1.png", file="pictures/1.png", **owner)
        upstream = self.create(
            "articles.UpstreamDocument",
            article=story,
            values={"title": "Published"},
            unknown={"mood": "ä"},
            source_name="1.md",
            identity=story.identity,
            digest="a" * 32,
            text_digest="b" * 32,
        )
        self.create("articles.UpstreamSecret", upstream=upstream, text="hush")

    def write_imports(self):
        batch = self.create("articles.ImportBatch", state="finished", finished_at=self.now, counts={"created": 1})
        self.create(
            "articles.ImportedDocument",
            batch=batch,
            position=1,
            source="1.md",
            action="created",
            snapshot={"article": {}},
        )
        packed = UnchangedDocuments.pack([(2, "2.md", self.published.pk)])
        self.create("articles.UnchangedDocuments", batch=batch, position=2, number=1, packed=packed)
        self.create("articles.Conflict", article=self.published, field="title", ours="a", theirs="b", batch=batch)
        self.create(
            "articles.Revision", article=self.published, origin="import", batch=batch, changes={"title": ["", "a"]}
        )
        self.create("articles.Tombstone", identity="c" * 32, title="Deleted", deleted_by=self.user)

    def write_desk(self):
        self.create("articles.SavedView", owner=self.user, name="Mine", query="state=inbox", is_shared=True)
        self.create("articles.OpenStory", article=self.inbox, user=self.user)
        self.create(
            "articles.Transition",
            article=self.withdrawn,
            action="withdraw",
            from_state="published",
            to_state="withdrawn",
            actor=self.user,
            origin="admin",
            reason="Wrong",
        )
        change = self.create("articles.BulkChange", action="set_heat", total=1, actor=self.user, options={"heat": 5})
        self.create(
            "articles.BulkChangeRow", change=change, position=1, article=self.inbox, title="Inbox", result="done"
        )
