"""An applied preview does exactly what it showed; an import above a limit is held."""

import io

import pytest
from django.core.management import CommandError, call_command

from articles.importing.previews import NotApplicable, apply_preview
from articles.importing.runner import SourcesChanged, import_sources, run_batch
from articles.importing.sources import prefetch
from articles.models import Article, ImportBatch, Tombstone
from articles.workflow import COMMAND_LINE
from providers.models import Provider
from tests.factories import as_document, make_values

pytestmark = pytest.mark.django_db


def preview(place):
    return import_sources([place.name], dry_run=True).batch


def apply(batch):
    return run_batch(apply_preview(batch, COMMAND_LINE))


def result_rows(report):
    return [(o.source, o.action, o.title, o.changed, o.conflicts, o.duplicate_of, o.problems) for o in report.outcomes]


class TestPreview:
    def test_application_equals_the_preview(self, place):
        updated, ours = make_values(), make_values()
        place(a=updated, b=ours, e=updated | {"publishedDateTime": "2026-11-01T09:00:00Z"})
        import_sources([place.name])
        story = Article.objects.get(web_url=ours["webUrl"])
        story.title = "Ours"
        story.save()
        place(a=updated | {"heat": 99}, b=ours | {"title": "Theirs"}, c=make_values(), d={"title": None})
        first = import_sources([place.name], dry_run=True)
        assert not Article.objects.filter(heat=99).exists()
        report = apply(first.batch)
        assert report.counts == first.counts
        assert {
            "created": 1,
            "updated": 1,
            "conflict": 1,
            "duplicate": 1,
            "rejected": 1,
        }.items() <= report.counts.items()
        assert result_rows(report) == result_rows(first)
        assert report.batch.preview == first.batch

    def test_stories_changed_since_the_preview_are_held(self, place, monkeypatch):
        monkeypatch.setattr(prefetch, "DOCUMENTS_PER_CHUNK", 2)
        values = {name: make_values(title=name) for name in "abcd"}
        place(**values)
        import_sources([place.name])
        place(**{name: old | {"heat": 99} for name, old in values.items()}, e=make_values(title="e"), f=make_values())
        batch = preview(place)
        Article.objects.get(title="b").save()
        Article.objects.get(title="c").delete()
        import_sources([f"{place.name}/e.md"])
        report = apply(batch)
        assert [str(outcome.action) for outcome in report.outcomes] == [
            "updated",
            "held",
            "held",
            "updated",
            # Imported in the meantime: nothing is left to do.
            "unchanged",
            "created",
        ]
        assert "changed since" in report.outcomes[1].problems[0].message
        assert Article.objects.get(title="b").heat == 70
        assert not Article.objects.filter(title="c").exists()
        assert Tombstone.objects.count() == 1
        assert not report.is_complete

    def test_changed_sources_are_refused(self, place):
        place(a=make_values())
        batch = preview(place)
        place(b=make_values())
        with pytest.raises(SourcesChanged):
            apply(batch)
        assert not Article.objects.exists()
        assert ImportBatch.objects.first().state == "interrupted"

    def test_preview_can_be_applied_only_once(self, place):
        place(a=make_values())
        batch = preview(place)
        apply(batch)
        with pytest.raises(NotApplicable, match="already"):
            apply_preview(batch, COMMAND_LINE)

    def test_only_a_preview_can_be_applied(self, place):
        place(a=make_values())
        with pytest.raises(NotApplicable, match="not a preview"):
            apply_preview(import_sources([place.name]).batch, COMMAND_LINE)
        piped = import_sources(["-"], io.BytesIO(as_document(make_values())), dry_run=True).batch
        with pytest.raises(NotApplicable, match="standard input"):
            apply_preview(piped, COMMAND_LINE)

    def test_the_command(self, place, capsys):
        place(a=make_values())
        batch = preview(place)
        call_command("apply_import", str(batch.pk))
        assert "created            1" in capsys.readouterr().out
        for wrong in (batch.pk, 4711):
            with pytest.raises(CommandError) as refused:
                call_command("apply_import", str(wrong))
            assert refused.value.returncode == 2

    def test_preview_leaves_no_rows(self, place):
        place(a=make_values(provider={"name": "New", "domain": "new.example"}))
        preview(place)
        assert not Provider.objects.exists()
