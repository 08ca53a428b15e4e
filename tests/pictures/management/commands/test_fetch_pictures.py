"""The command that downloads pictures."""

import io

import pytest
from django.core.management import CommandError, call_command

from articles.models import Article, StoredPicture
from articles.models.picture import SourceState
from pictures import console
from pictures.downloading import Outcome, Summary
from pictures.storing import store_picture
from tests.factories import make_provider, make_story
from tests.picture_files import picture_bytes

pytestmark = pytest.mark.django_db


@pytest.fixture
def run(monkeypatch):
    """Run the command with a download that returns `run.summary`; `run.calls` are (selection, limit)."""

    def download(selection, *, limit=None, notify=None):
        run_command.calls.append((selection, limit))
        return run_command.summary

    def run_command(*arguments):
        out = io.StringIO()
        try:
            call_command("fetch_pictures", *arguments, stdout=out, stderr=io.StringIO())
        finally:
            run_command.output = out.getvalue()
        return run_command.output

    run_command.calls, run_command.summary = [], Summary()
    monkeypatch.setattr(console, "download", download)
    return run_command


def test_missing_pictures_are_the_default(run):
    run()
    run("--missing", "--limit", "5")
    assert [(selection.missing, selection.failed, limit) for selection, limit in run.calls] == [
        (True, False, None),
        (True, False, 5),
    ]


def test_sizes_that_earlier_runs_did_not_record_are_filled_in(run):
    stored = store_picture(picture_bytes())
    StoredPicture.objects.update(shared_bytes=None)
    run()
    assert StoredPicture.objects.get().shared_bytes == stored.shared_bytes


def test_failed_pictures_alone_or_with_the_missing_ones(run):
    run("--failed")
    run("--failed", "--missing")
    assert [(selection.missing, selection.failed) for selection, _limit in run.calls] == [(False, True), (True, True)]


def test_a_story_by_each_of_its_urls(run):
    story = make_story(title="A Barrier")
    make_story()
    for url in (story.web_url, story.get_absolute_url(), f"https://news.example{story.get_absolute_url()}"):
        run("--story", url)
        selection, _limit = run.calls[-1]
        assert list(selection.stories) == [story]
        assert (selection.missing, selection.failed) == (True, True)


def test_the_story_of_the_day_is_meant_and_not_another_with_its_slug(run):
    story = make_story(title="Same")
    other = make_story(title="Same")
    Article.objects.filter(pk=other.pk).update(url_date="2020-01-01", slug=story.slug)
    run("--story", story.get_absolute_url())
    assert list(run.calls[0][0].stories) == [story]


def test_a_provider_by_its_slug(run):
    provider = make_provider(slug="isobar")
    run("--provider", "isobar")
    assert run.calls[0][0].provider == provider.pk


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--story", "https://nowhere.example/x"), "there is no story https://nowhere.example/x"),
        (("--story", "nonsense"), "there is no story nonsense"),
        (("--provider", "nobody"), "there is no provider nobody"),
        (("--story", "x", "--provider", "y"), "exclude each other"),
        (("--limit", "0"), "a number above 0"),
    ],
)
def test_what_is_not_there_is_refused(run, arguments, message):
    with pytest.raises(CommandError, match=message) as refusal:
        run(*arguments)
    assert refusal.value.returncode == 2
    assert run.calls == []


def test_the_summary_has_a_line_for_each_outcome_and_reason(run):
    for state, reason in [("stored", ""), ("stored", ""), ("refused", "html"), ("refused", "address")]:
        run.summary.add(Outcome("https://x.example/", SourceState(state), reason))
    run.summary.seconds = 2.0
    assert run() == (
        "Pictures: 4 in 2.0 s, 2.0 a second\n"
        "  stored             2\n"
        "  refused            2\n"
        "          1 × The URL leads to a web page, not to a picture.\n"
        "          1 × The host's IP address belongs to a private or reserved network.\n"
    )


@pytest.mark.parametrize(("state", "error"), [("failed", ""), ("stored", "disk full")])
def test_the_exit_code_says_that_something_failed(run, state, error):
    run.summary.add(Outcome("https://x.example/", SourceState(state), "timeout" if state == "failed" else ""))
    run.summary.error = error
    with pytest.raises(SystemExit) as ending:
        run()
    assert ending.value.code == 1
    if error:
        assert "The run ended early: disk full" in run.output
