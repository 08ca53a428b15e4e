"""Downloading the pictures of an import after it."""

import io
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.core.management import call_command

from articles.importing.batches import new_batch, touched_stories
from articles.importing.runner import import_sources, run_batch
from articles.importing.signals import FollowUp, import_finished
from articles.models import Article, Image, ImportBatch
from articles.models.picture import SourceState
from pictures import console, follow_up
from pictures.downloading import Outcome, Summary
from pictures.follow_up import count_missing
from pictures.linking import link_sources
from pictures.planning import Selection
from tests.conftest import make_user
from tests.factories import make_document, make_provider, make_related, make_story

pytestmark = pytest.mark.django_db
PICTURE = {"images": [{"url": "https://img.example/a.jpg"}, {"url": "https://img.example/b.jpg"}]}


@pytest.fixture
def document(tmp_path):
    path = tmp_path / "story.md"
    path.write_bytes(make_document(**PICTURE))
    return str(path)


@pytest.fixture
def enqueued(monkeypatch):
    """The tasks that were enqueued, as (name, arguments)."""
    calls = []
    for name in ("download_missing", "download_for_import"):
        task = SimpleNamespace(enqueue=lambda *arguments, name=name: calls.append((name, *arguments)))
        monkeypatch.setattr(follow_up, name, task)
    return calls


@pytest.fixture
def received():
    """What was sent with `import_finished`: (batch, titles of stories, in background)."""
    calls = []

    def receive(sender, batch, stories, in_background, **kwargs):
        calls.append((batch.pk, sorted(stories.values_list("title", flat=True)), in_background))

    import_finished.connect(receive)
    yield calls
    import_finished.disconnect(receive)


class TestTheSignal:
    def test_it_names_the_stories_that_an_import_wrote(self, document, received):
        batch = import_sources([document]).batch
        story = Article.objects.get()
        assert received == [(batch.pk, [story.title], True)]
        # Unchanged the second time.
        again = import_sources([document]).batch
        assert received[1:] == [(again.pk, [], True)]

    @pytest.mark.parametrize("options", [{"dry_run": True}, {"follow_up": FollowUp.NONE}])
    def test_dry_runs_do_not_send_it(self, document, received, options):
        import_sources([document], **options)
        assert received == []

    def test_held_imports_do_not_send_it(self, document, received, settings):
        settings.IMPORT_HOLD_LEAST, settings.IMPORT_HOLD_CHANGED = 0, 0
        import_sources([document], follow_up=FollowUp.NONE)
        Path(document).write_bytes(make_document(**PICTURE, title="Other", webUrl=Article.objects.get().web_url))
        assert import_sources([document]).batch.state == ImportBatch.State.HELD
        assert received == []

    def test_a_receiver_that_fails_does_not_fail_the_import(self, document, caplog):
        def fail(**kwargs):
            raise RuntimeError("no clusters today")

        import_finished.connect(fail)
        try:
            assert import_sources([document]).batch.state == ImportBatch.State.FINISHED
        finally:
            import_finished.disconnect(fail)
        assert "no clusters today" in caplog.text


class TestTheTask:
    def test_it_follows_where_pictures_are_fetched(self, document, enqueued, settings):
        import_sources([document])
        assert enqueued == []
        settings.PICTURES_FETCH = True
        import_sources([document])
        assert enqueued == [("download_missing",)]

    def test_the_form_decides_before_the_setting(self, document, enqueued, settings):
        batch = new_batch([document], pictures=True)
        run_batch(batch)
        assert enqueued == [("download_for_import", batch.pk)]
        settings.PICTURES_FETCH = True
        run_batch(new_batch([document], pictures=False))
        assert len(enqueued) == 1

    def test_the_form_posts_its_check_box(self, client, enqueued, document):
        client.force_login(make_user("chief", is_superuser=True))
        with Path(document).open("rb") as file:
            client.post("/admin/articles/importbatch/import/", {"files": file, "publish": "never", "pictures": "on"})
        preview = ImportBatch.objects.get()
        assert preview.options["pictures"] is True
        client.post(f"/admin/articles/importbatch/{preview.pk}/apply/")
        assert enqueued == [("download_for_import", ImportBatch.objects.latest("pk").pk)]


class TestTheCommand:
    def run(self, *arguments):
        out = io.StringIO()
        call_command("import_articles", *arguments, stdout=out, stderr=io.StringIO())
        return out.getvalue()

    def test_it_says_what_is_missing_and_how_to_get_it(self, document, enqueued):
        output = self.run(document)
        assert "2 pictures not downloaded yet. To download them, run manage.py fetch_pictures" in output
        assert enqueued == []

    def test_without_a_worker_it_downloads_them_itself(self, document, enqueued, settings, monkeypatch):
        selections = []

        def download(selection, **options):
            selections.append(selection)
            summary = Summary()
            summary.add(Outcome("https://img.example/a.jpg", SourceState.STORED))
            return summary

        monkeypatch.setattr(console, "download", download)
        settings.PICTURES_FETCH = True
        output = self.run(document)
        assert "Pictures: 1 in 0.0 s\n  stored             1" in output
        # Also what earlier imports left out.
        assert selections == [Selection()]
        assert enqueued == []

    def test_with_a_worker_it_leaves_them_to_it(self, document, enqueued, settings):
        settings.PICTURES_FETCH, settings.TASKS_BACKEND = True, "database"
        self.run(document)
        assert enqueued == [("download_missing",)]

    def test_nothing_follows_on_request(self, document, enqueued, settings, received):
        settings.PICTURES_FETCH, settings.TASKS_BACKEND = True, "database"
        output = self.run(document, "--no-follow-up")
        assert (enqueued, received) == ([], [])
        assert "2 pictures not downloaded yet." in output


def test_missing_pictures_are_those_that_may_still_come():
    story = make_story()
    states = [None, "waiting", "failed", "stored", "refused", "blocked", "never"]
    for state in states:
        Image.objects.create(article=story, url=f"https://img.example/{state}.jpg")
    Image.objects.create(article=story, url="")
    Image.objects.create(related_link=make_related(story), url="https://img.example/c.jpg")
    Image.objects.create(provider=make_provider(), url="https://img.example/l.png")
    link_sources(Image.objects.exclude(url__contains="None"))
    for image in Image.objects.filter(source__isnull=False, article=story):
        state = image.url.removesuffix(".jpg").rpartition("/")[2]
        if state == "stored":
            image.file = "pictures/x.jpg"
            image.save(update_fields=["file"])
        else:
            type(image.source).objects.filter(pk=image.source_id).update(state=state)
    assert count_missing(Article.objects.all()) == 3


def test_touched_stories_exist(document):
    batch = import_sources([document]).batch
    assert [story.pk for story in touched_stories(batch)] == [Article.objects.get().pk]
    Article.objects.all().delete()
    assert list(touched_stories(batch)) == []
