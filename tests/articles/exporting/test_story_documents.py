"""Exports: what the desk changed, round trips, the command, and stories that cannot be exported."""

import io
import json
import zipfile
from datetime import UTC, datetime, timedelta

import pytest
import yaml
from django.contrib.contenttypes.models import ContentType
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from articles import workflow
from articles.choices import Action, Origin
from articles.documents.durations import iso_duration
from articles.documents.parse import parse_document
from articles.exporting import output, story_documents
from articles.exporting.file_names import FileNames
from articles.exporting.output import whole_file, write_folder
from articles.exporting.story_documents import document_text, export_stories
from articles.importing.runner import import_sources
from articles.models import Article, RelatedLink, Tombstone, Topic, TopicAlias
from providers.models import Provider
from tests.articles.documents.sample_documents import documents_given
from tests.conftest import ROOT
from tests.factories import as_document, make_story, make_values

pytestmark = pytest.mark.django_db
FIXTURES = [str(ROOT / "fixtures" / name) for name in ("seed", "stories")]


def exported():
    return {document.name: document.text for document in export_stories(Article.objects.all())}


def front_matter(text):
    return yaml.safe_load(text.split("\n---", 1)[0].removeprefix("---"))


def write_to(folder, documents):
    folder.mkdir()
    for name, text in documents.items():
        (folder / name).write_bytes(text.encode())
    return str(folder)


def empty_the_database():
    for model in (RelatedLink, Article, Tombstone, Topic, TopicAlias, Provider):
        model.objects.all().delete()
    ContentType.objects.clear_cache()


def test_fixtures_round_trip_byte_for_byte(tmp_path):
    check_round_trip(tmp_path, FIXTURES)


@documents_given
def test_archive_round_trips_byte_for_byte(tmp_path, folder_of):
    check_round_trip(tmp_path, [str(folder_of(tmp_path / "documents"))])


def check_round_trip(tmp_path, sources):
    import_sources(sources)
    first = exported()
    assert len(first) == Article.objects.count() > 20
    for story in Article.objects.select_related("upstream"):
        text = next(text for name, text in first.items() if parse_document(text.encode(), name).url == story.link)
        again = parse_document(text.encode(), story.upstream.source_name)
        assert again.is_valid, again.problems
        assert again.values == story.upstream.values or not story.link
        assert (again.unknown, again.body) == (story.upstream.unknown, story.upstream.body) or not story.link
        assert again.secured == story.upstream.secured or not story.link
    place = write_to(tmp_path / "export", first)
    assert import_sources([place]).counts["unchanged"] == len(first)
    empty_the_database()
    assert import_sources([place]).counts["created"] == len(first)
    assert exported() == first


def test_an_untouched_story_is_equal_as_data_to_its_document(tmp_path):
    seed = next((ROOT / "fixtures" / "seed").iterdir())
    import_sources([str(seed)])
    (text,) = exported().values()
    assert front_matter(text) == front_matter(seed.read_text(encoding="utf-8"))
    keys = [key for key in front_matter(text) if key != "secured"]
    assert keys == [key for key in front_matter(seed.read_text(encoding="utf-8")) if key != "secured"]


def test_desk_changes_are_written(tmp_path, editor):
    related = [{"title": f"Other {n}", "webUrl": f"https://other.example/{n}"} for n in range(3)]
    path = tmp_path / "a.md"
    path.write_bytes(as_document(make_values(published=False, related=related, mood="calm")))
    import_sources([str(path)])
    story = Article.objects.get()
    story.title, story.heat, story.excerpt = "The desk's", 99, ""
    story.published_at = datetime(2026, 11, 1, 8, tzinfo=UTC)
    story.duration = timedelta(hours=1, minutes=49)
    story.save()
    story.topics.add(Topic.objects.create(name="Added"))
    story.related_links.filter(title="Other 1").update(is_hidden=True)
    provider = story.provider
    provider.name = "Renamed, and still found by its old name"
    provider.save()
    workflow.apply(Action.PUBLISH, story, workflow.Actor(Origin.ADMIN, editor))
    (text,) = exported().values()
    values = front_matter(text)
    assert (values["title"], values["heat"], values["published"]) == ("The desk's", 99, True)
    assert "excerpt" not in values
    assert values["publishedDateTime"] == datetime(2026, 11, 1, 8, tzinfo=UTC)
    assert values["length"] == "PT1H49M"
    assert values["topics"] == ["AI", "Added"]
    assert [item["title"] for item in values["related"]] == ["Other 0", "Other 2"]
    assert values["provider"]["name"] == "The Outlet"
    assert values["mood"] == "calm"


def test_zero_is_exported(tmp_path):
    path = tmp_path / "a.md"
    path.write_bytes(as_document(make_values(heat=9, quality=9)))
    import_sources([str(path)])
    Article.objects.update(heat=0, quality=0)
    (text,) = exported().values()
    assert (front_matter(text)["heat"], front_matter(text)["quality"]) == (0, 0)


def test_story_without_url_is_unchanged_when_imported_again(tmp_path):
    path = tmp_path / "000_x.txt"
    path.write_bytes(as_document(make_values(webUrl=None)))
    import_sources([str(path)])
    place = write_to(tmp_path / "export", exported())
    assert import_sources([place]).counts["unchanged"] == 1


def test_changed_provider_is_exported(tmp_path):
    path = tmp_path / "a.md"
    path.write_bytes(as_document(make_values()))
    import_sources([str(path)])
    other = Provider.objects.create(name="Other", domain="other.example")
    Article.objects.update(provider=other)
    (text,) = exported().values()
    assert front_matter(text)["provider"] == {"name": "Other", "domain": "other.example"}


def test_a_story_of_our_own_is_a_document_too(tmp_path):
    story = make_story(title="Our own", topics=[Topic.objects.create(name="AI")], outlets=1, picture=True)
    ((name, text),) = exported().items()
    assert name == f"{story.url_date:%Y-%m-%d}-our-own.md"
    values = parse_document(text.encode(), name).values
    assert (values["title"], values["published"], values["topics"]) == ("Our own", True, ["AI"])
    assert len(values["related"]) == len(values["images"]) == 1


def test_files_with_the_same_name_are_renamed(tmp_path):
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "same.md").write_bytes(as_document(make_values()))
    import_sources([str(tmp_path)])
    assert len(exported()) == 2


@pytest.mark.parametrize(
    ("length", "text"),
    [(timedelta(minutes=49), "PT49M"), (timedelta(days=1, seconds=1), "PT24H1S"), (timedelta(0), "PT0S")],
)
def test_durations(length, text):
    assert iso_duration(length) == text


class TestCommand:
    def export(self, *arguments, **options):
        call_command("export_articles", *arguments, verbosity=0, **options)

    def test_a_folder(self, tmp_path):
        make_story(title="One")
        self.export(str(tmp_path / "new"))
        assert [path.suffix for path in (tmp_path / "new").iterdir()] == [".md"]
        with pytest.raises(CommandError, match="not empty") as refused:
            self.export(str(tmp_path / "new"))
        assert refused.value.returncode == 2

    def test_desk_state_unless_plain(self, tmp_path):
        make_story(title="One")
        for name, options in (("state", {}), ("plain", {"plain": True})):
            self.export(str(tmp_path / name), **options)
        texts = [next((tmp_path / name).iterdir()).read_text() for name in ("state", "plain")]
        assert ["\nnewsroom:\n  version: 1\n" in text for text in texts] == [True, False]
        assert texts[0].startswith(texts[1].removesuffix("---\n"))

    def test_zip_archive_can_be_imported(self, tmp_path):
        story = make_story(title="One", body="Text")
        for name in ("a.zip", "b.zip"):
            self.export(str(tmp_path / name))
        assert (tmp_path / "a.zip").read_bytes() == (tmp_path / "b.zip").read_bytes()
        empty_the_database()
        assert import_sources([str(tmp_path / "a.zip")]).counts["created"] == 1
        assert Article.objects.get().body == story.body
        with pytest.raises(CommandError, match="exists"):
            self.export(str(tmp_path / "a.zip"))

    def test_filters(self, tmp_path):
        top = Topic.objects.create(name="AI")
        below = Topic.objects.create(name="Robotics", parent=top)
        selected = make_story(topics=[below], published_at=datetime(2026, 11, 20, tzinfo=UTC))
        make_story(topics=[below], published_at=datetime(2026, 11, 19, tzinfo=UTC))
        make_story(topics=[below], state="inbox", published_at=datetime(2026, 11, 21, tzinfo=UTC))
        make_story(published_at=datetime(2026, 11, 21, tzinfo=UTC))
        self.export(str(tmp_path / "some"), published=True, topic="AI", since="2026-11-20")
        assert [path.name for path in (tmp_path / "some").iterdir()] == [f"2026-11-20-{selected.slug}.md"]

    @pytest.mark.parametrize("options", [{"topic": "None such"}, {"since": "yesterday"}])
    def test_wrong_arguments(self, tmp_path, options):
        with pytest.raises(CommandError) as refused:
            self.export(str(tmp_path / "x"), **options)
        assert refused.value.returncode == 2
        assert not (tmp_path / "x").exists()


class TestFaults:
    """One story that cannot be exported costs nothing but itself, and an export that fails leaves nothing behind."""

    @pytest.fixture
    def stories(self, monkeypatch):
        stories = [make_story(title=title) for title in ("One", "Broken", "Three")]

        def text_of(story, **options):
            if story.title == "Broken":
                raise ValueError("its secret is hush")
            return document_text(story, **options)

        monkeypatch.setattr(story_documents, "document_text", text_of)
        return stories

    @pytest.mark.parametrize("destination", ["new", "new.zip"])
    def test_other_stories_are_written_and_the_failed_one_is_named(self, tmp_path, stories, capsys, destination):
        place, report = tmp_path / destination, tmp_path / "report.json"
        with pytest.raises(CommandError, match="1 stories could not be exported") as failed:
            call_command("export_articles", str(place), report=str(report))
        assert failed.value.returncode == 1
        names = zipfile.ZipFile(place).namelist() if place.is_file() else [path.name for path in place.iterdir()]
        assert len(names) == 2
        out, err = capsys.readouterr()
        assert "2 stories written to" in out
        assert err.strip() == (
            f"error: {stories[1].get_absolute_url()} (Broken): the story could not be exported (ValueError)"
        )
        results = json.loads(report.read_text())
        assert results["counts"] == {"written": 2, "failed": 1}
        assert [(story["title"], story["result"], bool(story["file"])) for story in results["stories"]] == [
            ("One", "written", True),
            ("Broken", "failed", False),
            ("Three", "written", True),
        ]
        assert results["stories"][1]["problems"][0]["level"] == "error"
        assert sorted(path.name for path in tmp_path.iterdir() if path.suffix in ("", ".zip", ".part", ".json")) == (
            sorted([destination, "report.json"])
        )

    def test_name_that_the_disk_refuses(self, tmp_path, monkeypatch):
        make_story(title="One")
        monkeypatch.setattr(FileNames, "name_for", lambda *_given: "x" * 256)
        with pytest.raises(CommandError, match="could not be exported"):
            call_command("export_articles", str(tmp_path / "new"), verbosity=0)

    @pytest.mark.parametrize("is_there", [True, False], ids=["an empty folder", "a new folder"])
    def test_a_folder_that_was_interrupted_is_as_before(self, tmp_path, stories, monkeypatch, is_there):
        place = tmp_path / "place"
        if is_there:
            place.mkdir()
        monkeypatch.setattr(output.Export, "add", interrupt)
        with pytest.raises(KeyboardInterrupt):
            write_folder(export_stories(Article.objects.all()), place)
        assert [path.name for path in tmp_path.rglob("*")] == (["place"] if is_there else [])

    def test_an_archive_that_was_interrupted_is_not_there(self, tmp_path, stories, monkeypatch):
        monkeypatch.setattr(output.Export, "add", interrupt)
        with pytest.raises(KeyboardInterrupt):
            call_command("export_articles", str(tmp_path / "a.zip"), report=str(tmp_path / "report.json"))
        assert list(tmp_path.iterdir()) == []

    def test_remains_of_a_killed_export_do_not_block_the_next(self, tmp_path):
        make_story(title="One")
        (tmp_path / ".a.zip.part").write_bytes(b"half an archive" * 9999)
        call_command("export_articles", str(tmp_path / "a.zip"), verbosity=0)
        assert len(zipfile.ZipFile(tmp_path / "a.zip").namelist()) == 1
        for place in (tmp_path / "new", tmp_path / "there"):
            left = place / ".export.part" if place.name == "there" else tmp_path / ".new.part"
            left.mkdir(parents=True)
            (left / "half.md").write_bytes(b"---")
            call_command("export_articles", str(place), verbosity=0)
            assert [path.suffix for path in place.iterdir()] == [".md"]
            assert [path.stem for path in place.iterdir()] != ["half"]
        assert sorted(path.name for path in tmp_path.iterdir()) == ["a.zip", "new", "there"]

    def test_two_exports_do_not_write_one_archive(self, tmp_path):
        with whole_file(tmp_path / "a.zip") as file:
            file.write(b"of the first")
            with pytest.raises(CommandError, match="cannot write the export"):
                call_command("export_articles", str(tmp_path / "a.zip"), verbosity=0)
        assert (tmp_path / "a.zip").read_bytes() == b"of the first"

    def test_desk_names_stories_that_are_missing(self, client, administrator, stories):
        client.force_login(administrator)
        posted = {"action": "export_selected", "_selected_action": [story.pk for story in stories]}
        response = client.post("/admin/articles/article/", posted)
        archive = zipfile.ZipFile(io.BytesIO(b"".join(response.streaming_content)))
        assert len(archive.namelist()) == 2
        page = client.get("/admin/articles/article/").content.decode()
        assert "1 story is missing from the archive because it could not be exported: Broken" in page


def interrupt(*_given):
    raise KeyboardInterrupt


def test_time_in_an_unknown_field_stays_text(tmp_path):
    path = tmp_path / "a.md"
    path.write_bytes(as_document(make_values(event={"publishedDateTime": "2020", "updatedDateTime": "null"})))
    import_sources([str(path)])
    (text,) = exported().values()
    assert front_matter(text)["event"] == {"publishedDateTime": "2020", "updatedDateTime": "null"}


@pytest.mark.parametrize(("action", "has_state"), [("export_selected", True), ("export_plain", False)])
def test_the_desk_exports_what_it_selects(client, editor, action, has_state):
    stories = [make_story(), make_story(), make_story()]
    client.force_login(editor)
    posted = {"action": action, "_selected_action": [story.pk for story in stories[:2]]}
    response = client.post("/admin/articles/article/", posted)
    archive = zipfile.ZipFile(io.BytesIO(b"".join(response.streaming_content)))
    assert ["newsroom:" in archive.read(name).decode() for name in archive.namelist()] == [has_state] * 2


def test_the_desk_state_has_no_secured_without_the_permission(tmp_path):
    related = [{"title": "Other", "webUrl": "https://other.example/1", "secured": "hush"}]
    (tmp_path / "a.md").write_bytes(as_document(make_values(related=related, secured="hush")))
    import_sources([str(tmp_path)])
    RelatedLink.objects.update(is_hidden=True)
    (document,) = export_stories(Article.objects.all(), secured=False)
    assert ("newsroom:" in document.text, "hush" in document.text) == (True, False)


def test_queries_do_not_depend_on_the_number_of_stories(django_assert_max_num_queries):
    for number in range(3):
        make_story(outlets=number, picture=True)
    with CaptureQueriesContext(connection) as few:
        list(export_stories(Article.objects.filter(pk=Article.objects.first().pk)))
    with django_assert_max_num_queries(len(few) + 2):
        list(export_stories(Article.objects.all()))


def test_topics_that_upstream_dropped_and_sent_again_are_exported_in_its_order(folder):
    values = make_values(topics=["AI", "Tides"])
    folder(tide=values)
    folder(tide=values | {"topics": ["Tides"]})
    folder(tide=values)
    assert front_matter(exported()["tide.md"])["topics"] == ["AI", "Tides"]
