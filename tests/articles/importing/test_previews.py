"""A preview applied does just what it showed; what would do too much waits for a person."""

import io
import json
from pathlib import Path

import pytest
import yaml
from django.core.management import CommandError, call_command

from articles.importing.previews import NotApplicable, apply_preview
from articles.importing.runner import SourcesChanged, import_sources, run_batch
from articles.importing.sources import prefetch
from articles.models import Article, ImportBatch, Tombstone, UpstreamDocument
from articles.workflow import COMMAND_LINE
from providers.models import Provider
from tests.factories import as_document, make_values

pytestmark = pytest.mark.django_db


@pytest.fixture
def place(tmp_path):
    """Write documents: place(a=values); `place.name` is the folder."""

    def put(**documents):
        for name, values in documents.items():
            (tmp_path / f"{name}.md").write_bytes(as_document(values))

    put.name = str(tmp_path)
    return put


def preview(place):
    return import_sources([place.name], dry_run=True).batch


def apply(batch):
    return run_batch(apply_preview(batch, COMMAND_LINE))


def told(report):
    return [(o.source, o.action, o.title, o.changed, o.conflicts, o.duplicate_of, o.problems) for o in report.outcomes]


def reordered(value):
    """The same data with the keys of every mapping in another order."""
    if isinstance(value, dict):
        return {key: reordered(below) for key, below in reversed(value.items())}
    return [reordered(below) for below in value] if isinstance(value, list) else value


class TestPreview:
    def test_it_does_what_it_showed(self, place):
        kept, ours = make_values(), make_values()
        place(a=kept, b=ours, e=kept | {"publishedDateTime": "2026-11-01T09:00:00Z"})
        import_sources([place.name])
        story = Article.objects.get(web_url=ours["webUrl"])
        story.title = "Ours"
        story.save()
        place(a=kept | {"heat": 99}, b=ours | {"title": "Theirs"}, c=make_values(), d={"title": None})
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
        assert told(report) == told(first)
        assert report.batch.preview == first.batch

    def test_what_changed_since_is_left_alone_and_the_rest_done(self, place, monkeypatch):
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
            # Said and done by then: there is nothing left to do.
            "unchanged",
            "created",
        ]
        assert "changed since" in report.outcomes[1].problems[0].message
        assert Article.objects.get(title="b").heat == 70
        assert not Article.objects.filter(title="c").exists()
        assert Tombstone.objects.count() == 1
        assert not report.is_complete

    def test_other_documents_than_those_shown_are_refused_whole(self, place):
        place(a=make_values())
        batch = preview(place)
        place(b=make_values())
        with pytest.raises(SourcesChanged):
            apply(batch)
        assert not Article.objects.exists()
        assert ImportBatch.objects.first().state == "interrupted"

    def test_it_is_applied_once(self, place):
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

    def test_it_leaves_nothing_behind(self, place):
        place(a=make_values(provider={"name": "New", "domain": "new.example"}))
        preview(place)
        assert not Provider.objects.exists()


class TestHolding:
    @pytest.fixture
    def published(self, place, settings):
        """Ten published stories, of which two may change, none be unpublished, and none be shifted in time."""
        settings.IMPORT_HOLD_LEAST = 0
        settings.IMPORT_HOLD_CHANGED, settings.IMPORT_HOLD_UNPUBLISHED, settings.IMPORT_HOLD_REDATED = 0.2, 0, 0
        values = {f"s{number}": make_values() for number in range(10)}
        place(**values)
        assert import_sources([place.name]).batch.state == "finished"
        return values

    @pytest.mark.parametrize(
        ("number", "change", "why"),
        [
            (3, {"heat": 99}, "This would change 3 of 10 published stories (limit 20%)."),
            (1, {"published": False}, "This would unpublish 1 of 10"),
            (
                1,
                {"publishedDateTime": "2026-11-18T09:30:00Z"},
                "This would shift by more than a day the date of 1 of 10",
            ),
        ],
    )
    def test_what_would_do_too_much_is_held_whole(self, place, published, number, change, why):
        before = list(Article.objects.values())
        place(**{f"s{n}": published[f"s{n}"] | change for n in range(number)}, new=make_values())
        report = import_sources([place.name])
        assert report.batch.state == "held"
        assert why in report.batch.note
        assert report.counts["held"] == number + 1
        assert list(Article.objects.values()) == before
        assert [outcome.changed for outcome in report.outcomes if outcome.changed] == [list(change)] * number
        assert not report.is_complete
        applied = apply(report.batch)
        assert (applied.counts["updated"], applied.counts["created"], applied.counts["held"]) == (number, 1, 0)
        assert applied.batch.state == "finished"

    @pytest.mark.parametrize(
        ("number", "change"),
        [
            (2, {"heat": 99}),
            (10, {"secured": "other;blob"}),
            (10, {"related": None}),
            (1, {"publishedDateTime": "2026-11-20T12:30:00Z"}),
        ],
    )
    def test_less_goes_in(self, place, published, number, change):
        place(**{f"s{n}": published[f"s{n}"] | change for n in range(number)})
        assert import_sources([place.name]).batch.state == "finished"

    def test_a_state_that_is_the_desks_is_not_upstreams_to_change(self, place, published):
        Article.objects.update(state_owner="desk")
        place(s1=published["s1"] | {"published": False})
        assert import_sources([place.name]).batch.state == "finished"

    def test_the_losers_of_a_batch_do_not_count(self, place, published):
        old = published["s1"] | {"published": False, "publishedDateTime": "2026-11-20T08:30:00Z"}
        place(again=old)
        assert import_sources([place.name]).batch.state == "finished"

    @pytest.mark.parametrize("digest", ["", "0" * 32])
    def test_stories_of_a_former_version_are_not_taken_as_changed(self, place, published, digest):
        """Their digests are of another kind, so the stored values are compared."""
        UpstreamDocument.objects.update(digest=digest, text_digest="")
        place(**{name: dict(reversed(values.items())) for name, values in published.items()})
        report = import_sources([place.name])
        assert (report.batch.state, report.counts["unchanged"]) == ("finished", 10)
        assert not UpstreamDocument.objects.filter(digest=digest).exists()
        UpstreamDocument.objects.update(digest=digest, text_digest="")
        place(s1=published["s1"] | {"published": False})
        assert "unpublish 1 of 10" in import_sources([place.name]).batch.note

    def test_a_reformatted_export_is_unchanged_and_not_held(self, place, published):
        """Neither the order of keys, at any depth, nor quotes, indents or flow style say anything new."""
        for number, (name, values) in enumerate(published.items()):
            form = {"sort_keys": number % 2 == 0, "indent": 8, "width": 20, "default_flow_style": number % 4 == 0}
            text = yaml.safe_dump(reordered(values), **form)
            if number % 3 == 0:
                text = json.dumps(reordered(values), indent=3) + "\n"
            Path(place.name, f"{name}.md").write_text(f"---\n{text}---\n")
        report = import_sources([place.name])
        assert (report.batch.state, report.batch.note) == ("finished", "")
        assert report.counts["unchanged"] == 10
        assert list(UpstreamDocument.objects.filter(changed_at__isnull=False)) == []

    def test_a_document_that_comes_twice_is_counted_by_the_one_that_counts(self, place, published):
        """The loser is the last that is read of the two."""
        late = {"publishedDateTime": "2026-11-20T23:00:00Z"}
        changed = {f"s{n}": published[f"s{n}"] | {"heat": 99} | late for n in range(3)}
        place(**changed, **{f"z{n}": reordered(published[f"s{n}"]) for n in range(3)})
        assert "This would change 3 of 10" in import_sources([place.name]).batch.note

    def test_unless_one_is_told_not_to_hold(self, place, published):
        place(**{f"s{n}": published[f"s{n}"] | {"published": False} for n in range(10)})
        assert import_sources([place.name], hold=False).counts["updated"] == 10

    def test_a_dry_run_says_that_it_would_be_held(self, place, published, capsys):
        place(**{f"s{n}": published[f"s{n}"] | {"published": False} for n in range(10)})
        call_command("import_articles", place.name, dry_run=True)
        out = capsys.readouterr().out
        assert "It would be held: This would unpublish 10 of 10" in out
        assert ImportBatch.objects.first().counts["updated"] == 10

    def test_a_few_stories_are_never_too_many(self, place, published, settings):
        settings.IMPORT_HOLD_LEAST = 10
        place(**{f"s{n}": published[f"s{n}"] | {"published": False} for n in range(10)})
        assert import_sources([place.name]).batch.state == "finished"

    def test_the_command_tells_how_to_say_yes(self, place, published, capsys):
        place(s1=published["s1"] | {"published": False})
        with pytest.raises(SystemExit, match="1"):
            call_command("import_articles", place.name)
        assert f"apply_import {ImportBatch.objects.first().pk}" in capsys.readouterr().out
