"""Stories get the value of a field that was unknown when they were imported, and lose nothing when that is undone."""

import logging
from dataclasses import replace

import pytest
from django.apps import apps
from django.db import connection
from django.db.migrations import Migration, RunPython
from django.db.migrations.state import ProjectState
from django.test.utils import CaptureQueriesContext

from articles.documents import schema
from articles.documents.composite_types import ListOf, Mapping
from articles.editing import unknown_keys
from articles.editing.unknown_keys import adopt_unknown_key, release_known_key
from articles.exporting.story_documents import document_text
from articles.importing.runner import import_sources
from articles.models import Article, Conflict, RelatedLink, Tombstone, UpstreamDocument
from tests.factories import as_document, make_values

pytestmark = pytest.mark.django_db
# Fields that the format knows; these tests have stories imported as if it had not known them yet.
KEYS = {"price": "5 EUR", "quality": 70, "updatedDateTime": "2026-11-20T11:30:00Z", "levels": ["A", "B"]}


class Editor:
    """In place of a schema editor, which SQLite does not open within the transaction of a test."""

    connection = connection


def adopt(key):
    adopt_unknown_key(apps, Editor, key=key)


def release(key):
    release_known_key(apps, Editor, key=key)


@pytest.fixture
def folder(tmp_path):
    related = [
        {"title": "Coverage", "webUrl": "https://other.example/1", "quality": 70, "price": "1 EUR"},
        {"title": "No URL", "quality": 70},
    ]
    # Upstream writes times without quotes.
    (tmp_path / "story.md").write_bytes(as_document(make_values(**KEYS, related=related)).replace(b"'", b""))
    return tmp_path


def import_without(monkeypatch, folder, *keys):
    """Import documents as a release that did not know the fields `keys`."""
    fields = without(schema.STORY.fields, keys)
    fields["related"] = ListOf(replace(schema.COVERAGE, fields=without(schema.COVERAGE.fields, keys)), 500)
    with monkeypatch.context() as patch:
        patch.setattr(schema, "STORY", Mapping(fields, required=("title",)))
        report = import_sources([str(folder)])
    if "quality" in keys:
        # Their rows are written by the columns, which were there already.
        RelatedLink.objects.update(quality=None)
    return report


def without(fields, keys):
    return {key: kind for key, kind in fields.items() if key not in keys}


def forget_stories():
    Article.objects.all().delete()
    Tombstone.objects.all().delete()


def import_read_again(folder):
    """Import documents as if their text were not known, so that they are parsed and compared."""
    UpstreamDocument.objects.update(text_digest="")
    return import_sources([str(folder)]).counts


@pytest.mark.parametrize("key", KEYS)
def test_story_gets_the_value_and_its_document_is_unchanged(monkeypatch, folder, key):
    import_sources([str(folder)])
    expected = UpstreamDocument.objects.get()
    columns = [column for column, name in unknown_keys.KEY_OF_COLUMN.items() if name == key]
    values = Article.objects.values_list(*columns).get()
    coverage = list(RelatedLink.objects.values_list("quality"))
    forget_stories()
    import_without(monkeypatch, folder, key)
    upstream = UpstreamDocument.objects.get()
    assert key in upstream.unknown
    assert Article.objects.values_list(*columns).get() != values
    adopt(key)
    adopted = UpstreamDocument.objects.get()
    assert Article.objects.values_list(*columns).get() == values
    assert list(RelatedLink.objects.values_list("quality")) == coverage
    assert (adopted.values, adopted.unknown, adopted.digest) == (expected.values, {}, expected.digest)
    assert import_sources([str(folder)]).counts["unchanged"] == 1
    assert import_read_again(folder)["unchanged"] == 1


@pytest.mark.parametrize("key", KEYS)
def test_release_moves_the_field_back_to_unknown_keys(monkeypatch, folder, key):
    import_without(monkeypatch, folder, key)
    before, story = UpstreamDocument.objects.get(), Article.objects.values().get()
    coverage = list(RelatedLink.objects.values())
    adopt(key)
    release(key)
    after = UpstreamDocument.objects.get()
    assert (after.values, after.unknown, after.digest) == (before.values, before.unknown, before.digest)
    assert Article.objects.values().get() == story
    assert list(RelatedLink.objects.values()) == coverage


def test_a_value_of_the_desk_stays_and_is_exported(monkeypatch, folder):
    import_without(monkeypatch, folder, "price")
    Article.objects.update(price="Free")
    for step in (lambda: None, lambda: adopt("price")):
        step()
        assert Article.objects.get().price == "Free"
        assert 'price: "Free"' in document_text(Article.objects.get())
    assert import_read_again(folder)["unchanged"] == 1


def test_a_value_that_was_not_adopted_is_still_exported(monkeypatch, folder):
    import_without(monkeypatch, folder, "price")
    assert 'price: "5 EUR"' in document_text(Article.objects.get())


def test_an_update_does_not_need_the_adoption(monkeypatch, folder):
    import_without(monkeypatch, folder, *KEYS)
    (folder / "story.md").write_bytes((folder / "story.md").read_bytes() + b"More.")
    assert import_sources([str(folder)]).counts["updated"] == 1
    assert Article.objects.get().price == "5 EUR"


def test_a_field_that_the_desk_keeps_is_not_filled(monkeypatch, folder):
    import_without(monkeypatch, folder, "price")
    Article.objects.update(kept_fields=["price"])
    adopt("price")
    assert Article.objects.get().price == ""


def test_coverage_that_the_desk_changed_stays(monkeypatch, folder):
    import_without(monkeypatch, folder, "quality")
    RelatedLink.objects.filter(title="Coverage").update(quality=1)
    adopt("quality")
    assert dict(RelatedLink.objects.values_list("title", "quality")) == {"Coverage": 1, "No URL": 70}


def test_a_change_after_the_adoption_is_no_conflict(monkeypatch, folder):
    import_without(monkeypatch, folder, "price")
    adopt("price")
    changed = (folder / "story.md").read_text().replace("5 EUR", "6 EUR")
    (folder / "story.md").write_text(changed)
    assert import_sources([str(folder)]).counts["updated"] == 1
    assert (Article.objects.get().price, Conflict.objects.count()) == ("6 EUR", 0)


def test_a_value_that_does_not_fit_is_kept_as_written_and_logged(monkeypatch, tmp_path, caplog):
    (tmp_path / "story.md").write_bytes(as_document(make_values(quality="high")))
    import_without(monkeypatch, tmp_path, "quality")
    with caplog.at_level(logging.WARNING):
        adopt("quality")
    story = Article.objects.get()
    assert caplog.messages == [
        f"quality of story {story.pk} is kept as written: 'high' is not a whole number; left out"
    ]
    assert (story.quality, UpstreamDocument.objects.get().unknown) == (None, {})
    assert 'quality: "high"' in document_text(story)
    assert import_read_again(tmp_path)["unchanged"] == 1
    release("quality")
    assert UpstreamDocument.objects.get().unknown == {"quality": "high"}


def test_parts_of_a_mapping_are_filled(monkeypatch, tmp_path):
    (tmp_path / "story.md").write_bytes(as_document(make_values(ratings={"count": 5, "average": "4.5"})))
    import_without(monkeypatch, tmp_path, "ratings")
    adopt("ratings")
    assert Article.objects.values_list("rating_count", "rating_average").get() == (5, 4.5)
    assert import_read_again(tmp_path)["unchanged"] == 1


def test_the_number_of_queries_depends_on_the_number_of_batches_alone(monkeypatch, tmp_path):
    counts = []
    for number in (2, 6):
        forget_stories()
        for name in range(number):
            (tmp_path / f"{name}.md").write_bytes(as_document(make_values(price=f"{name} EUR")))
        import_without(monkeypatch, tmp_path, "price")
        with CaptureQueriesContext(
            connection,
        ) as queries:
            adopt("price")
        counts.append(len(queries))
        assert Article.objects.exclude(price="").count() == number
    assert counts[0] == counts[1]
    monkeypatch.setattr(unknown_keys, "STORIES_AT_ONCE", 4)
    release("price")
    adopt("price")
    assert Article.objects.exclude(price="").count() == 6


def test_a_field_without_a_column_is_refused_only_if_documents_have_it(monkeypatch, folder):
    adopt("removedFromTheFormatSince")
    import_without(monkeypatch, folder, "topics")
    with pytest.raises(LookupError, match="topics"):
        adopt("topics")


@pytest.mark.django_db(transaction=True)
def test_in_a_migration_forwards_and_backwards(monkeypatch, folder):
    import_without(monkeypatch, folder, "price")
    migration = Migration("prices", "articles")
    migration.atomic = False
    migration.operations = [
        RunPython(
            lambda *given: adopt_unknown_key(*given, key="price"),
            lambda *given: release_known_key(*given, key="price"),
        )
    ]
    state = ProjectState.from_apps(apps)
    with connection.schema_editor(atomic=False) as editor:
        migration.apply(state.clone(), editor)
    assert (Article.objects.get().price, UpstreamDocument.objects.get().unknown) == ("5 EUR", {})
    with connection.schema_editor(atomic=False) as editor:
        migration.unapply(state.clone(), editor)
    assert (Article.objects.get().price, UpstreamDocument.objects.get().unknown) == ("", {"price": "5 EUR"})
