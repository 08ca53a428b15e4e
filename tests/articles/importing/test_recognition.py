"""The same story over time: files whose URL changes, several files with one URL, former identities."""

import io
from datetime import timedelta
from pathlib import PurePath

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, OperationalError
from django.forms.models import model_to_dict
from django.utils import timezone

from articles import workflow
from articles.canonical_urls import identity_of
from articles.choices import Action, State
from articles.documents.parse import parse_document
from articles.editing.joining import join_stories
from articles.former_urls import former_identity_of
from articles.importing import runner
from articles.importing.batches import new_batch
from articles.importing.duplicate_files import DuplicateFile, remember_files
from articles.importing.recognition import Recognition
from articles.importing.runner import import_sources, run_batch
from articles.importing.sources import prefetch
from articles.importing.sources.uploads import store_files
from articles.importing.undo import undo_batch
from articles.importing.writing import chunk_writer, transactions
from articles.importing.writing.context import WriteContext
from articles.importing.writing.rows import prepare
from articles.models import (
    Article,
    FormerIdentity,
    ImportBatch,
    PossibleDuplicate,
    RelatedLink,
    Tombstone,
    UpstreamDocument,
)
from articles.models.identity import DUPLICATE
from tests.articles.importing.expected import NO_COUNTS, only, snapshot
from tests.factories import as_document, make_story, make_values

pytestmark = pytest.mark.django_db

ONE, TWO = "https://one.example.com/x", "https://two.example.com/x-copy"
THREE = "https://three.example.com/x"


def values_at(url, **fields):
    return make_values(**{"webUrl": url, "title": "The gates close", "secured": None, **fields})


def two_files():
    """Return the documents of two files of one story; that of b, which counts, is newer."""
    return {
        "a": values_at(ONE, published=True),
        "b": values_at(ONE, published=True, publishedDateTime="2026-11-21T09:30:00Z"),
    }


def withdraw(story):
    workflow.apply(Action.WITHDRAW, story, workflow.COMMAND_LINE)


def reject(story):
    withdraw(story)
    workflow.apply(Action.RESTORE, story, workflow.COMMAND_LINE)
    workflow.apply(Action.REJECT, story, workflow.COMMAND_LINE, "As agreed.")


def schedule(story):
    withdraw(story)
    later = timezone.now() + timedelta(days=1)
    workflow.apply(Action.SCHEDULE, story, workflow.COMMAND_LINE, visible_from=later)


def take_down(story):
    workflow.apply(Action.EXPIRE, story, workflow.COMMAND_LINE)


def rows():
    """Return all rows that identify stories."""
    models = (Article, UpstreamDocument, FormerIdentity, Tombstone, PossibleDuplicate)
    return [
        [model_to_dict(row, fields=None) | {"pk": row.pk} for row in model.objects.order_by("pk")] for model in models
    ]


class TestNewUrl:
    def test_is_the_same_story(self, folder, client):
        folder(a=values_at(ONE, provider={"name": "One", "domain": "one.example.com"}))
        story = Article.objects.get()
        outcome = only(folder(a=values_at(TWO, provider={"name": "Two", "domain": "two.example.com"})))
        assert (outcome.action, outcome.problems) == ("updated", [])
        assert {"webUrl", "provider"} <= set(outcome.changed)
        changed = Article.objects.get()
        assert (changed.pk, changed.web_url, changed.provider.name) == (story.pk, TWO, "Two")
        assert changed.identity == changed.upstream.identity == identity_of(TWO)
        assert client.get(story.get_absolute_url()).status_code == 200
        assert FormerIdentity.objects.get().identity == identity_of(ONE)
        # By its former URL, even under another file name.
        (folder.place / "a.md").unlink()
        assert only(folder(b=values_at(ONE, publishedDateTime="2026-11-21T09:30:00Z"))).action == "updated"
        assert Article.objects.get().pk == story.pk

    @pytest.mark.parametrize(
        "fields",
        [
            {"title": "THE GATES CLOSE"},
            {"title": " The  gates close", "publishedDateTime": "2026-11-22T09:30:00Z"},
            # The outlet and the instant are the same.
            {"title": "Another", "publishedDateTime": "2026-11-20T11:30:00.000+02:00"},
        ],
    )
    def test_title_or_outlet_and_time_decide(self, folder, fields):
        folder(a=values_at(ONE))
        assert only(folder(a=values_at(TWO, **fields))).action == "updated"

    @pytest.mark.parametrize(
        "fields",
        [
            {"publishedDateTime": "2026-11-20T09:30:00.5Z"},
            {"provider": {"name": "The Outlet", "domain": "two.example.com"}},
            {"publishedDateTime": None},
        ],
    )
    def test_path_alone_is_not_enough(self, folder, fields):
        folder(a=values_at(ONE))
        outcome = only(folder(a=values_at(TWO, title="Another", **fields)))
        (warning,) = outcome.problems
        assert outcome.action == "created"
        assert warning.message == (
            "a new story, although a.md was the file of 'The gates close': title, outlet and date differ"
        )
        assert only(folder()).action == "unchanged"

    def test_standard_input_has_no_path(self):
        for url in (ONE, TWO):
            import_sources(["-"], io.BytesIO(as_document(values_at(url))))
        assert Article.objects.count() == 2

    def test_other_file_is_another_story(self, folder):
        folder(a=values_at(ONE))
        (folder.place / "a.md").unlink()
        assert only(folder(b=values_at(TWO))).action == "created"

    def test_withdrawn_story_stays_withdrawn(self, folder):
        folder(a=values_at(ONE))
        workflow.apply(Action.WITHDRAW, Article.objects.get(), workflow.COMMAND_LINE)
        folder(a=values_at(TWO))
        assert Article.objects.get().state == State.WITHDRAWN

    def test_deleted_story_stays_deleted_under_every_url(self, folder):
        folder(a=values_at(ONE))
        folder(a=values_at(TWO))
        Article.objects.get().delete()
        assert Tombstone.objects.get().path == "a.md"
        for url in (ONE, TWO, "https://three.example.com/x", "https://four.example.com/x", TWO):
            outcome = only(folder(a=values_at(url)))
            assert outcome.action == "unchanged"
            assert "deleted at the desk" in outcome.problems[0].message
        assert not Article.objects.exists()
        assert FormerIdentity.objects.count() == 3
        Tombstone.objects.get().delete()
        assert only(folder()).action == "created"

    def test_hidden_coverage_stays_hidden(self, folder):
        related = [{"title": "Copy", "webUrl": "https://copy.example/1"}]
        folder(a=values_at(ONE, related=related))
        RelatedLink.objects.update(is_hidden=True)
        folder(a=values_at(TWO, related=related))
        assert RelatedLink.objects.get().is_hidden

    def test_url_appears_and_disappears(self, folder):
        folder(a=values_at(None))
        assert only(folder(a=values_at(ONE))).action == "updated"
        assert only(folder(a=values_at(None))).action == "updated"
        assert Article.objects.count() == 1

    def test_swapping_back_and_forth_is_quiet(self, folder):
        for url in (ONE, TWO):
            folder(a=values_at(url))
        counts = [model.objects.count() for model in (Article, FormerIdentity, PossibleDuplicate)]
        for url in (ONE, TWO, TWO, ONE):
            outcome = only(folder(a=values_at(url)))
            assert outcome.action in ("updated", "unchanged")
            assert outcome.problems == []
        assert [model.objects.count() for model in (Article, FormerIdentity, PossibleDuplicate)] == counts == [1, 1, 0]

    @pytest.mark.parametrize("day", [19, 20, 21])
    def test_two_files_swap_their_urls(self, folder, day):
        a, b = {"title": "A"}, {"title": "B", "publishedDateTime": f"2026-11-{day}T09:30:00Z"}
        folder(a=values_at(ONE, **a), b=values_at(TWO, **b))
        for url_of_a, url_of_b in ((TWO, ONE), (ONE, TWO)):
            report = folder(a=values_at(url_of_a, **a), b=values_at(url_of_b, **b))
            assert report.counts == NO_COUNTS | {"updated": 2}
            assert not any(outcome.problems for outcome in report.outcomes)
            assert {story.title: story.web_url for story in Article.objects.all()} == {"A": url_of_a, "B": url_of_b}
        assert not PossibleDuplicate.objects.exists()

    def test_newer_file_that_cannot_be_read_still_counts(self, folder):
        folder(b=values_at(ONE, publishedDateTime="2026-11-21T09:30:00Z"))
        report = folder(a=values_at(ONE, heat=99), b=b"---\ntitle: [\n---\n")
        assert report.counts == NO_COUNTS | {"duplicate": 1, "rejected": 1}

    def test_url_of_another_story_is_suggested_for_joining_once(self, folder):
        folder(a=values_at(ONE), b=values_at(TWO, title="Other", publishedDateTime="2026-11-19T09:30:00Z"))
        (folder.place / "b.md").unlink()
        outcome = only(folder(a=values_at(TWO)))
        assert outcome.action == "updated"
        assert [problem.message for problem in outcome.problems] == [
            "a.md was the file of 'The gates close' before; if both are one story, join them at the desk"
        ]
        first, second = Article.objects.order_by("pk")
        assert {first.web_url, second.web_url} == {ONE, TWO}
        pair = PossibleDuplicate.objects.get()
        assert (pair.first, pair.second, pair.path) == (first, second, "a.md")
        assert only(folder(a=values_at(TWO, heat=99))).problems == []
        assert PossibleDuplicate.objects.count() == 1

    def test_undoing_takes_the_suggestion_back(self, folder):
        folder(a=values_at(ONE), b=values_at(TWO, title="Other", publishedDateTime="2026-11-19T09:30:00Z"))
        (folder.place / "b.md").unlink()
        report = folder(a=values_at(TWO))
        undo_batch(report.batch, workflow.COMMAND_LINE)
        assert not PossibleDuplicate.objects.exists()
        assert len(only(folder()).problems) == 1

    def test_story_with_a_document_of_its_own_is_not_taken(self, folder):
        folder(a=values_at(ONE))
        report = folder(a=values_at(TWO), b=values_at(ONE, heat=99, publishedDateTime="2026-11-21T09:30:00Z"))
        assert report.counts == NO_COUNTS | {"created": 1, "updated": 1}
        assert "that story has another document" in report.outcomes[0].problems[0].message
        # An editor decides whether they are one.
        first, second = Article.objects.order_by("pk")
        pair = PossibleDuplicate.objects.get()
        assert (pair.first, pair.second, pair.path) == (first, second, "a.md")
        undo_batch(report.batch, workflow.COMMAND_LINE)
        assert not PossibleDuplicate.objects.exists()

    def test_file_of_a_joined_story_is_recognised_under_a_new_url(self, folder):
        folder(a=values_at(ONE), b=values_at(TWO, title="Other"))
        target, other = Article.objects.order_by("pk")
        workflow.apply(Action.WITHDRAW, target, workflow.COMMAND_LINE)
        join_stories(target, other, workflow.COMMAND_LINE)
        folder()
        report = folder(b=values_at("https://three.example.com/x", title="Other"))
        assert report.counts["created"] == 0
        assert Article.objects.get().state == State.WITHDRAWN

    @pytest.mark.parametrize("changed", ["a", "b"])
    def test_every_file_of_a_joined_story_is_recognised_under_a_new_url(self, folder, changed):
        urls, titles = {"a": ONE, "b": TWO}, {"a": "The gates close", "b": "Other"}
        documents = {name: values_at(urls[name], title=titles[name]) for name in "ab"}
        folder(**documents)
        join_stories(*Article.objects.order_by("pk"), workflow.COMMAND_LINE)
        folder()
        documents[changed] = values_at(THREE, title=titles[changed])
        report = folder(**documents)
        assert report.counts["created"] == 0
        assert [
            problem for outcome in report.outcomes if outcome.action != "duplicate" for problem in outcome.problems
        ] == []
        # Of two documents with one date, the last by name counts.
        story = Article.objects.get()
        assert (story.title, story.web_url) == ("Other", THREE if changed == "b" else TWO)
        assert folder().counts == NO_COUNTS | {"unchanged": 1, "duplicate": 1}

    def test_both_files_of_a_joined_story_get_new_urls(self, folder):
        folder(a=values_at(ONE), b=values_at(TWO, title="Other"))
        join_stories(*Article.objects.order_by("pk"), workflow.COMMAND_LINE)
        report = folder(a=values_at(THREE), b=values_at(f"{THREE}-copy", title="Other"))
        assert report.counts["created"] == 0
        assert Article.objects.get().web_url == f"{THREE}-copy"

    def test_other_text_in_a_file_of_a_joined_story_is_a_new_story(self, folder):
        folder(a=values_at(ONE), b=values_at(TWO, title="Other"))
        join_stories(*Article.objects.order_by("pk"), workflow.COMMAND_LINE)
        (folder.place / "a.md").unlink()
        outcome = only(folder(b=values_at(THREE, title="Unrelated", publishedDateTime="2026-11-25T09:30:00Z")))
        (warning,) = outcome.problems
        assert (outcome.action, warning.message) == (
            "created",
            "a new story, although b.md was the file of 'The gates close': title, outlet and date differ",
        )

    @pytest.mark.parametrize("name", ["a", "b"])
    def test_file_of_a_joined_and_deleted_story_stays_deleted(self, folder, name):
        titles = {"a": "The gates close", "b": "Other"}
        folder(a=values_at(ONE), b=values_at(TWO, title="Other"))
        join_stories(*Article.objects.order_by("pk"), workflow.COMMAND_LINE)
        Article.objects.get().delete()
        for path in folder.place.glob("*.md"):
            path.unlink()
        for number in range(2):
            outcome = only(folder(**{name: values_at(f"{THREE}/{number}", title=titles[name])}))
            assert "deleted at the desk" in outcome.problems[0].message
        assert not Article.objects.exists()

    def test_files_of_joined_stories_count_for_holding(self, folder, settings):
        folder(a=values_at(ONE, published=True), b=values_at(TWO, title="Other", published=True))
        join_stories(*Article.objects.order_by("pk"), workflow.COMMAND_LINE)
        (folder.place / "a.md").unlink()
        folder()
        (folder.place / "b.md").unlink()
        assert UpstreamDocument.objects.get().path == "b.md"
        settings.IMPORT_HOLD_LEAST = settings.IMPORT_HOLD_UNPUBLISHED = 0
        newer = values_at(THREE, published=False, publishedDateTime="2026-11-21T09:30:00Z")
        assert folder(a=newer).counts == NO_COUNTS | {"held": 1}

    def test_dry_run_shows_it_and_writes_nothing(self, folder):
        folder(a=values_at(ONE), b=values_at(None, title="B"))
        (folder.place / "a.md").write_bytes(as_document(values_at(TWO)))
        before = rows()
        shown = import_sources([str(folder.place)], dry_run=True)
        assert rows() == before
        done = import_sources([str(folder.place)])
        assert [outcome.action for outcome in shown.outcomes] == [outcome.action for outcome in done.outcomes]

    def test_undoing_restores_the_identity(self, folder):
        folder(a=values_at("https://zero.example.com/x"))
        folder(a=values_at(ONE))
        before = [snapshot(), Article.objects.values("identity").get(), list(FormerIdentity.objects.values())]
        folder(a=values_at(TWO))
        undo_batch(ImportBatch.objects.first(), workflow.COMMAND_LINE)
        assert [
            snapshot(),
            Article.objects.values("identity").get(),
            list(FormerIdentity.objects.values()),
        ] == before
        assert UpstreamDocument.objects.get().identity == identity_of(ONE)

    def test_story_whose_identity_another_one_has_now_is_left(self, folder):
        folder(a=values_at(ONE), b=values_at(None, title="B"))
        report = folder(a=values_at(TWO), b=values_at(None, title="B", heat=99))
        make_story(web_url=ONE)
        undone = undo_batch(report.batch, workflow.COMMAND_LINE)
        assert (undone.undone, undone.left) == (1, 1)

    def test_story_whose_former_identity_another_one_has_now_is_left(self, folder):
        folder(a=values_at(ONE))
        report = folder(a=values_at(TWO))
        join_stories(make_story(), make_story(web_url=ONE), workflow.COMMAND_LINE)
        undone = undo_batch(report.batch, workflow.COMMAND_LINE)
        assert (undone.undone, undone.left) == (0, 1)

    def test_published_stories_of_changed_files_count_for_holding(self, folder, settings):
        settings.IMPORT_HOLD_LEAST = 1
        names = [f"a{number}" for number in range(4)]
        folder(**{name: values_at(f"{ONE}/{name}", title=name) for name in names})
        report = folder(**{name: values_at(f"{TWO}/{name}", title=name, published=False) for name in names})
        assert report.counts == NO_COUNTS | {"held": 4}


class TestPath:
    def test_is_relative_to_the_source(self, folder):
        (folder.place / "storm").mkdir()
        (folder.place / "storm" / "index.md").write_bytes(as_document(values_at(ONE)))
        folder()
        assert UpstreamDocument.objects.get().path == "storm/index.md"
        assert only(import_sources([str(folder.place / "storm" / "index.md")])).action == "unchanged"

    def test_same_name_in_two_folders_is_two_stories(self, folder):
        for name in ("storm", "flood"):
            (folder.place / name).mkdir()
            (folder.place / name / "index.md").write_bytes(as_document(values_at(None, title=name)))
        assert folder().counts == NO_COUNTS | {"created": 2}
        assert folder().counts == NO_COUNTS | {"unchanged": 2}

    @pytest.mark.parametrize("in_folder", ["storm", "flood"])
    def test_story_of_an_earlier_release_is_found_by_its_stem(self, folder, in_folder):
        for name in ("storm", "flood"):
            (folder.place / name).mkdir()
        document = folder.place / in_folder / "index.md"
        document.write_bytes(as_document(values_at(None)))
        folder()
        for model in (Article, UpstreamDocument):
            model.objects.update(identity=identity_of("", "index"))
        UpstreamDocument.objects.update(path=None)
        story = Article.objects.get()
        (folder.place / "storm" / "index.md").write_bytes(as_document(values_at(None, heat=99)))
        (folder.place / "flood" / "index.md").write_bytes(as_document(values_at(None, heat=99)))
        actions = {outcome.source.split("/")[-2]: outcome.action for outcome in folder().outcomes}
        assert actions.pop(in_folder) == "updated"
        assert list(actions.values()) == ["created"]
        assert UpstreamDocument.objects.get(pk=story.pk).path == f"{in_folder}/index.md"

    def test_story_of_an_earlier_release_gets_its_path(self, folder):
        folder(a=values_at(ONE))
        UpstreamDocument.objects.update(path=None, text_digest="of an earlier release")
        assert folder().counts == NO_COUNTS | {"unchanged": 1}
        assert UpstreamDocument.objects.get().path == "a.md"


class TestFormerForm:
    URL = "https://www.one.example.com/x/?ncid=1&b=2"

    @pytest.fixture
    def story(self, folder):
        folder(a=values_at(self.URL))
        for model in (Article, UpstreamDocument):
            model.objects.update(identity=former_identity_of(self.URL))
        return Article.objects.get()

    def test_story_is_recognised(self, folder, story):
        (folder.place / "a.md").unlink()
        outcome = only(folder(b=values_at(self.URL, heat=99, publishedDateTime="2026-11-21T09:30:00Z")))
        assert outcome.action == "updated"
        assert Article.objects.get().identity == identity_of(self.URL)
        assert not FormerIdentity.objects.exists()

    @pytest.mark.parametrize("is_deleted", [False, True])
    def test_other_page_of_its_url_is_another_story(self, folder, is_deleted):
        folder(a=values_at(f"{ONE}#!a"))
        for model in (Article, UpstreamDocument):
            model.objects.update(identity=former_identity_of(ONE))
        story = Article.objects.get()
        if is_deleted:
            story.delete()
        documents = {"a": values_at(f"{ONE}#!a", heat=99), "b": values_at(f"{ONE}#!b", title="Another page")}
        actions = {PurePath(outcome.source).stem: outcome.action for outcome in folder(**documents).outcomes}
        assert actions == {"a": "unchanged" if is_deleted else "updated", "b": "created"}
        titles = ["Another page"] if is_deleted else ["Another page", "The gates close"]
        assert list(Article.objects.order_by("title").values_list("title", flat=True)) == titles

    def test_unchanged_story_keeps_it(self, folder, story):
        UpstreamDocument.objects.update(text_digest="of an earlier release")
        assert folder().counts == NO_COUNTS | {"unchanged": 1}
        assert Article.objects.get().identity == story.identity

    def test_tombstone_is_recognised(self, folder, story):
        story.delete()
        assert only(folder()).action == "unchanged"
        assert not Article.objects.exists()


class TestSeveralFiles:
    def test_newer_one_counts_in_separate_imports(self, folder):
        folder(a=values_at(ONE, publishedDateTime="2022-01-01T00:00:00Z"))
        (folder.place / "a.md").unlink()
        before = snapshot()
        outcome = only(folder(b=values_at(ONE, publishedDateTime="2020-01-01T00:00:00Z", heat=99)))
        assert outcome.action == "duplicate"
        assert outcome.duplicate_of.endswith("a.md")
        assert outcome.problems[0].message == "skipped: a.md has a newer version of the story"
        assert snapshot() == before
        (folder.place / "b.md").unlink()
        assert only(folder(c=values_at(ONE, publishedDateTime="2023-01-01T00:00:00Z"))).action == "updated"

    @pytest.mark.parametrize(
        ("published_at", "action"),
        [
            ("2026-11-20T09:29:59Z", "duplicate"),
            ("2026-11-20T09:30:00Z", "updated"),
            ("2026-11-20T09:30:01Z", "updated"),
        ],
    )
    def test_newer_one_counts_in_separate_uploads(self, published_at, action):
        first, second = values_at(ONE), values_at(ONE, heat=99, publishedDateTime=published_at)
        for name, values in (("story.md", first), ("story (1).md", second)):
            upload, names = store_files([SimpleUploadedFile(name, as_document(values))])
            report = run_batch(new_batch(names, upload=upload))
        outcome = only(report)
        assert outcome.action == action
        expected_path = "story.md" if action == "duplicate" else "story (1).md"
        assert UpstreamDocument.objects.get().path == expected_path
        assert outcome.duplicate_of == ("story.md" if action == "duplicate" else "")

    def test_same_file_with_an_earlier_date_is_a_correction(self, folder):
        folder(a=values_at(ONE, publishedDateTime="2036-01-01T00:00:00Z"))
        assert only(folder(a=values_at(ONE, publishedDateTime="2026-01-01T00:00:00Z"))).action == "updated"

    @pytest.mark.parametrize(
        ("a", "b", "winner"),
        [
            ("2026-11-20T09:30:00.5Z", "2026-11-20T09:30:00Z", "a"),
            ("2026-11-20T09:30:00.25Z", "2026-11-20T09:30:00.5Z", "b"),
            ("2026-11-20T12:00:00+02:00", "2026-11-20T09:30:00Z", "a"),
            ("2026-11-20T09:30:00Z", "2026-11-20T09:30:00Z", "b"),
        ],
    )
    def test_times_are_compared_as_instants(self, folder, a, b, winner):
        documents = {"a": values_at(ONE, publishedDateTime=a), "b": values_at(ONE, publishedDateTime=b)}
        folder(**documents)
        assert UpstreamDocument.objects.get().path == f"{winner}.md"
        if a != b:
            loser = "b" if winner == "a" else "a"
            (folder.place / f"{winner}.md").unlink()
            assert only(folder(**{loser: documents[loser] | {"heat": 99}})).action == "duplicate"

    def test_files_of_one_story_do_not_alternate(self, folder):
        folder(a=values_at(ONE))
        folder(a=values_at(TWO))
        documents = {"a": values_at(TWO), "b": values_at(ONE, heat=99)}
        folder(**documents)
        settled = snapshot()
        for _again in range(2):
            assert folder(**documents).counts["updated"] == 0
            assert snapshot() == settled

    def test_older_file_of_a_joined_story_is_compared_with_a_duplicate(self, folder):
        folder(a=values_at(TWO, title="Other", publishedDateTime="2026-11-19T09:30:00Z"), b=two_files()["a"])
        other, target = Article.objects.order_by("pk")
        join_stories(target, other, workflow.COMMAND_LINE)
        report = folder(c=two_files()["b"])
        assert [outcome.action for outcome in report.outcomes] == ["duplicate", "duplicate", "updated"]

    def test_only_the_newest_of_three_files_of_a_joined_story_is_merged(self, folder):
        days = {"a": 20, "b": 21, "c": 22}
        documents = {
            name: values_at(
                f"{ONE}/{name}",
                title=name,
                topics=["AI", "Film"] if name == "b" else ["AI"],
                publishedDateTime=f"2026-11-{day}T09:30:00Z",
            )
            for name, day in days.items()
        }
        folder(**documents)
        target, *others = Article.objects.order_by("title")
        for other in others:
            join_stories(target, other, workflow.COMMAND_LINE)
        report = folder()
        assert report.counts == NO_COUNTS | {"unchanged": 1, "duplicate": 1, "updated": 1}
        # The desk has it from b, whose document does not count.
        assert set(Article.objects.get().topics.names()) == {"AI", "Film"}

    @pytest.mark.parametrize("date", ["2026-11-20T08:00:00Z", None])
    @pytest.mark.parametrize("names", ["ab", "ba"])
    def test_other_file_with_an_earlier_date_no_longer_counts(self, folder, names, date):
        first, second = names
        other, newest = {"publishedDateTime": "2026-11-20T09:30:00Z"}, {"publishedDateTime": "2199-01-01T09:30:00Z"}
        documents = {first: values_at(ONE, **other), second: values_at(TWO, title="Other", **newest)}
        folder(**documents)
        join_stories(*Article.objects.order_by("title"), workflow.COMMAND_LINE)
        folder()
        assert UpstreamDocument.objects.get().path == f"{second}.md"
        documents[second] |= {"publishedDateTime": date}
        folder(**documents)
        assert UpstreamDocument.objects.get().path == f"{first}.md"
        assert folder().counts["updated"] == 0

    @pytest.mark.parametrize("hide", [withdraw, reject, schedule, take_down])
    @pytest.mark.parametrize("moving", ["a", "b"])
    def test_story_that_readers_must_not_see_does_not_return_by_one_of_them(self, folder, moving, hide):
        documents = two_files()
        folder(**documents)
        hide(Article.objects.get())
        state = Article.objects.values("state", "visible_from", "visible_until").get()
        documents[moving]["webUrl"] = TWO
        for heat in (98, 99, 99):
            report = folder(**{name: values | {"heat": heat} for name, values in documents.items()})
            assert report.counts["created"] == 0
            story = Article.objects.get()
            assert (story.title, story.heat) == ("The gates close", heat)
            assert Article.objects.values("state", "visible_from", "visible_until").get() == state
        # Also if the other file is gone.
        (folder.place / f"{'ab'.replace(moving, '')}.md").unlink()
        assert folder(**{moving: documents[moving] | {"heat": 97}}).counts["created"] == 0

    @pytest.mark.parametrize("moving", ["a", "b"])
    def test_deleted_story_does_not_return_by_one_of_them(self, folder, moving):
        documents = two_files()
        folder(**documents)
        Article.objects.get().delete()
        documents[moving]["webUrl"] = TWO
        folder(**documents)
        folder(**documents)
        assert not Article.objects.exists()

    @pytest.mark.parametrize("moving", ["a", "b"])
    def test_visible_story_and_new_one_are_suggested_for_joining(self, folder, moving):
        documents = two_files()
        folder(**documents)
        documents[moving]["webUrl"] = TWO
        report = folder(**documents)
        assert report.counts["created"] == 1
        assert set(Article.objects.values_list("web_url", "state")) == {(ONE, "published"), (TWO, "published")}
        assert PossibleDuplicate.objects.get().path == f"{moving}.md"
        undo_batch(report.batch, workflow.COMMAND_LINE)
        assert not PossibleDuplicate.objects.exists()
        assert Article.objects.count() == 1

    def test_other_text_in_a_file_of_a_withdrawn_story_is_a_new_story(self, folder):
        documents = two_files()
        folder(**documents)
        withdraw(Article.objects.get())
        documents["a"] |= {"webUrl": TWO, "title": "Another", "publishedDateTime": "2026-11-25T09:30:00Z"}
        assert folder(**documents).counts["created"] == 1

    def test_file_of_a_duplicate_in_a_separate_import_is_remembered(self, folder):
        folder(b=two_files()["b"])
        (folder.place / "b.md").unlink()
        folder(a=two_files()["a"])
        withdraw(Article.objects.get())
        assert folder(a=values_at(TWO, published=True)).counts["created"] == 0
        # By its URL, whatever the file.
        (folder.place / "a.md").unlink()
        assert folder(c=values_at(TWO, published=True, publishedDateTime="2026-11-25T09:30:00Z")).counts["created"] == 0
        assert Article.objects.get().state == State.WITHDRAWN

    def test_file_of_a_duplicate_is_stored_once(self, folder):
        documents = two_files()
        folder(**documents)
        [row] = FormerIdentity.objects.values()
        assert (row["path"], row["values"]["title"], row["article_id"]) == (
            "a.md",
            "The gates close",
            Article.objects.get().pk,
        )
        assert row["identity"].startswith("duplicate-")
        folder(**documents)
        assert list(FormerIdentity.objects.values()) == [row]
        documents["a"]["title"] = "The gates open"
        folder(**documents)
        assert FormerIdentity.objects.get().values["title"] == "The gates open"

    @pytest.mark.parametrize("hide", [withdraw, lambda story: story.delete()])
    def test_file_whose_unchanged_document_no_longer_counts_is_remembered(self, folder, hide):
        documents = two_files()
        folder(a=documents["a"])
        assert folder(**documents).counts["duplicate"] == 1
        hide(Article.objects.get())
        documents["a"]["webUrl"] = TWO
        assert folder(**documents).counts["created"] == 0

    def test_files_of_identical_documents_are_remembered(self, folder):
        documents = {"a": values_at(ONE), "b": values_at(ONE)}
        folder(**documents)
        FormerIdentity.objects.all().delete()
        folder()
        assert FormerIdentity.objects.get().path == "a.md"

    @pytest.mark.parametrize("is_eager", [True, False])
    def test_file_whose_story_is_written_later_is_remembered(self, folder, monkeypatch, is_eager):
        monkeypatch.setattr(prefetch, "DOCUMENTS_PER_CHUNK", 1)
        monkeypatch.setattr(chunk_writer, "DOCUMENTS_TOGETHER", 1)
        monkeypatch.setattr(runner, "can_be_held", lambda batch: not is_eager)
        folder(**two_files(), c=values_at(TWO, title="Other"))
        former = FormerIdentity.objects.get()
        assert (former.path, former.article.web_url) == ("a.md", ONE)

    def test_file_that_turns_out_to_be_of_a_new_story_does_not_count_for_its_former_one(self, folder, monkeypatch):
        folder(a=values_at(ONE, publishedDateTime="2026-11-22T09:30:00Z"))
        monkeypatch.setattr(prefetch, "DOCUMENTS_PER_CHUNK", 1)
        documents = {"a": values_at(TWO, publishedDateTime="2026-11-22T09:30:00Z"), "b": values_at(ONE, title="Other")}
        report = folder(**documents, c=values_at(THREE, title="Third"))
        assert [outcome.action for outcome in report.outcomes] == ["created", "updated", "created"]

    def test_story_of_a_duplicate_is_undone_before_the_one_that_counts_is_written(self, folder, monkeypatch):
        folder(a=values_at(ONE))
        monkeypatch.setattr(prefetch, "DOCUMENTS_PER_CHUNK", 1)
        monkeypatch.setattr(chunk_writer, "DOCUMENTS_TOGETHER", 1)
        # When b is read, it is not known that the story of a has another document, d.
        newer = {"publishedDateTime": "2026-11-21T09:30:00Z", "published": False}
        documents = {"a": values_at(TWO, **newer), "b": values_at(TWO, title="Other", published=True)}
        report = folder(**documents, c=values_at(THREE, title="Third"), d=values_at(ONE, heat=99))
        assert [outcome.action for outcome in report.outcomes] == ["created", "duplicate", "created", "updated"]
        assert Article.objects.get(web_url=TWO).state == State.INBOX

    @pytest.mark.parametrize("names", ["ab", "ba"])
    def test_withdrawn_story_does_not_return_after_another_file_got_its_url(self, folder, monkeypatch, names):
        monkeypatch.setattr(prefetch, "DOCUMENTS_PER_CHUNK", 1)
        monkeypatch.setattr(chunk_writer, "DOCUMENTS_TOGETHER", 1)
        moving, taking = names
        folder(**{moving: values_at(ONE, published=True)})
        withdraw(Article.objects.get())
        documents = {moving: values_at(TWO, published=True), taking: values_at(ONE, published=True, title="Other")}
        for _again in range(2):
            folder(**documents)
            assert not Article.objects.filter(state=State.PUBLISHED, title="The gates close").exists()

    def test_undoing_leaves_files_of_duplicates(self, folder):
        documents = two_files()
        folder(**documents)
        documents["a"]["webUrl"] = documents["b"]["webUrl"] = TWO
        report = folder(**documents)
        names = set(FormerIdentity.objects.filter(identity__startswith=DUPLICATE))
        assert len(names) == 2
        undo_batch(report.batch, workflow.COMMAND_LINE)
        assert set(FormerIdentity.objects.all()) == names

    def test_files_are_remembered_again_after_a_conflict_with_another_writer(
        self, folder, monkeypatch, caplog, transactional_db
    ):
        errors = [IntegrityError(), OperationalError()]

        def remember(files):
            if errors:
                raise errors.pop()
            remember_files(files)

        monkeypatch.setattr(transactions, "remember_files", remember)
        folder(**two_files())
        assert FormerIdentity.objects.get().path == "a.md"
        assert [record.levelname for record in caplog.records] == ["WARNING"] * 2

    @pytest.mark.parametrize("number", [1, 30])
    def test_remembering_files_takes_five_queries(self, django_assert_num_queries, number):
        documents = [
            parse_document(as_document(values_at(f"{ONE}/{n}")), f"a{n}.md", path=f"a{n}.md") for n in range(number)
        ]
        stories = [prepare(document, "2026-11-20T12:00:00Z") for document in documents]
        files = [DuplicateFile.of(story) for story in stories]
        for story in stories:
            make_story(web_url=story.url)
        with django_assert_num_queries(5):
            remember_files(files)
        with django_assert_num_queries(4):
            remember_files(files)
        assert FormerIdentity.objects.count() == number

    def test_dry_run_remembers_no_file(self, folder):
        documents = two_files()
        folder(b=documents["b"])
        (folder.place / "a.md").write_bytes(as_document(documents["a"]))
        import_sources([str(folder.place)], dry_run=True)
        assert not FormerIdentity.objects.exists()


def test_former_stories_of_a_file_that_differ_are_not_looked_up(folder):
    for day in range(1, 4):
        folder(latest=values_at(f"{ONE}/{day}", title=f"Day {day}", publishedDateTime=f"2026-11-{day:02}T09:30:00Z"))
    document = parse_document(as_document(values_at(TWO, title="Another")), "latest.md", path="latest.md")
    context = WriteContext()
    context.is_claimed = lambda key: pytest.fail(f"story {key} was looked up")
    recognition = Recognition.of([prepare(document, "2026-11-20T12:00:00Z")], context)
    assert "title, outlet and date differ" in recognition.warnings.popitem()[1].message


@pytest.mark.parametrize("number", [1, 20])
def test_number_of_queries_does_not_depend_on_the_number_of_documents(folder, django_assert_num_queries, number):
    folder(**{f"a{n}": values_at(f"{ONE}/{n}", title=f"Gate {n}") for n in range(number)})
    Article.objects.get(title="Gate 0").delete()
    documents = {
        f"a{n}": parse_document(as_document(values_at(f"{TWO}/{n}", title="Another")), f"a{n}.md", path=f"a{n}.md")
        for n in range(number)
    }
    stories = [prepare(document, "2026-11-20T12:00:00Z") for document in documents.values()]
    with django_assert_num_queries(8 if number > 1 else 7):
        recognition = Recognition.of(stories, WriteContext())
    assert len(recognition.matches) == number
