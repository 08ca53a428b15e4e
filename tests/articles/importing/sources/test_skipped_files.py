"""Files that are not documents are skipped in folders and archives, and counted."""

import io
import json
import tarfile
import unicodedata
import zipfile
from functools import partial

import pytest
import zstandard
from django.core.management import call_command

from articles.importing.runner import import_sources
from articles.importing.sources import archives, prefetch
from articles.importing.sources.files import read_sources
from articles.importing.sources.skipped_files import has_title
from articles.models import ImportBatch
from tests.articles.importing.expected import NO_COUNTS, only
from tests.factories import as_document, make_document, make_values

GOOD = make_document(title="Good")
FILES = {
    **dict.fromkeys(("a.md", "b.txt", "no-extension", "deep/c.md", "readme-of-a-story.md", "License.md"), GOOD),
    # The original does not exist, so this is a document.
    **dict.fromkeys(("alone.md.bak", "alone~", "deep/a.md.bak"), GOOD),
    "README": b"title: YAML from end to end\n",
}
SKIPPED = {
    **dict.fromkeys(("a.md.bak", "a.md~", "deep/c.md.BAK", "deep/c.md~", "_config.yml", "deep/_config.yaml"), GOOD),
    **dict.fromkeys(
        ("Thumbs.db", "deep/thumbs.DB", "desktop.ini", "Icon\r", ".DS_Store", "._a.md", "._b.zip"), b"\x00\x01"
    ),
    **{f"deep/picture.{end}": b"\x89PNG" for end in ("png", "JPG", "jpeg", "gif", "webp", "svg", "ico", "avif")},
    **{f"__MACOSX/{name}": GOOD for name in ("._a.md", "deep/._c.md", "a.md")},
    "deep/README.md": b"# About\n\nText.\n\n---\ntext: no title\n",
    "LICENSE": b"Anyone may.",
    ".hidden.md": GOOD,
}
HIDDEN = {".git/config": b"x", ".git/a.md": GOOD, "deep/.svn/entries": b"x"}


def make_folder(place):
    for name, content in (FILES | SKIPPED | HIDDEN).items():
        path = place / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return place


def make_zip(place):
    with zipfile.ZipFile(place.with_suffix(".zip"), "w") as archive:
        for name, content in (SKIPPED | FILES | HIDDEN).items():
            archive.writestr(name, content)
    return place.with_suffix(".zip")


def make_tar(place, ending):
    path = place.with_suffix(ending)
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz" if ending == ".tar.gz" else "w") as archive:
        # Backups before their originals.
        for name, content in (SKIPPED | FILES | HIDDEN).items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    data = buffer.getvalue()
    path.write_bytes(zstandard.compress(data) if ending == ".tar.zst" else data)
    return path


@pytest.mark.parametrize("kind", ["", ".zip", ".tar", ".tar.gz", ".tar.zst"])
def test_kinds_of_files(tmp_path, kind):
    make = {"": make_folder, ".zip": make_zip}.get(kind, partial(make_tar, ending=kind))
    source = str(make(tmp_path / "source"))
    documents = list(read_sources([source]))
    names = {one.source.removeprefix(f"{source}/"): one for one in documents}
    assert sorted(name for name, one in names.items() if one.is_skipped) == sorted(
        name.replace("\r", "\\r") for name in SKIPPED
    )
    assert {name: one.content for name, one in names.items() if not one.is_skipped} == FILES
    assert not any(one.problem for one in documents)


@pytest.mark.parametrize(
    ("content", "is_one"),
    [
        (b"---\ntitle: A\n---\n", True),
        (b"\xef\xbb\xbf\n# note\n<!-- x -->\n--- # note\n'title' : A\n---\n", True),
        (b"---\r\ntitle: A\r\n---\r\n", True),
        (b"---\rtitle: A\r---\r", True),
        (b"---\n{title: A}\n---\n", True),
        (b"---\ntitle: [\n---\n", True),
        (b"---\ntaxonomy: topic\nname: A\n---\n", True),
        (b"title: A\nheat: 5\n", True),
        (b"---\ntitles: A\nimages:\n- x\n---\ntitle: in the body\n", False),
        (b"# About\n\ntitle: of something\n", False),
        (b"About\n---\ntitle: A\n---\n", False),
        (b"", False),
        (b"\0\xff", False),
    ],
)
def test_front_matter_with_a_title(content, is_one):
    assert has_title(content) is is_one


@pytest.mark.django_db
class TestImport:
    def test_skipped_files_are_counted_and_named(self, tmp_path, capsys):
        place = make_folder(tmp_path / "source")
        (place / "no-extension").write_bytes(make_document())
        call_command("import_articles", str(place), report=str(tmp_path / "report.json"))
        report = json.loads((tmp_path / "report.json").read_text())
        assert report["counts"]["skipped"] == len(SKIPPED)
        assert len(report["documents"]) == len(FILES)
        assert {document["action"] for document in report["documents"]} == {"created", "duplicate"}
        out = capsys.readouterr().out
        assert f"  skipped    {len(SKIPPED):>9,} files that are not documents: {place}/.DS_Store, " in out
        assert f"  total      {len(FILES):>9,} documents in " in out

    def test_import_of_only_skipped_files_is_complete(self, tmp_path, monkeypatch):
        monkeypatch.setattr(prefetch, "DOCUMENTS_PER_CHUNK", 2)
        for number in range(105):
            (tmp_path / f"{number:03}.png").write_bytes(b"x")
        report = import_sources([str(tmp_path)])
        assert (report.counts, report.is_complete) == (NO_COUNTS | {"skipped": 105}, True)
        names = [f"{tmp_path}/{number:03}.png" for number in range(100)]
        assert report.as_json()["skipped"] == {"count": 105, "names": names}
        assert ImportBatch.objects.get().skipped == [f"{tmp_path}/{number:03}.png" for number in range(100)]
        assert import_sources([str(tmp_path)], dry_run=True).counts == report.counts

    def test_skipped_files_among_prefetched_documents(self, tmp_path, monkeypatch):
        monkeypatch.setattr(prefetch, "DOCUMENTS_PER_CHUNK", 2)
        for number in range(7):
            (tmp_path / f"{number}.md").write_bytes(make_document())
            (tmp_path / f"{number}.png").write_bytes(b"x")
        counts = import_sources([str(tmp_path)], jobs=2).counts
        assert counts == NO_COUNTS | {"created": 7, "skipped": 7}

    @pytest.mark.parametrize(
        ("name", "content", "result"),
        [
            ("README.md", b"# About\n", "skipped"),
            ("Thumbs.db", b"\0", "skipped"),
            ("._a.md", b"\0", "skipped"),
            ("README.md", GOOD, "created"),
            (".draft.md", GOOD, "created"),
            ("a.md.bak", GOOD, "created"),
            ("picture.png", b"\x89PNG\r\n", "rejected"),
            (".draft.md", b"---\nheat: 5\n---\n", "rejected"),
            ("a.md", b"# About\n", "rejected"),
        ],
    )
    def test_file_named_in_the_call_is_read(self, tmp_path, name, content, result):
        """A shell's * includes the README; any other file that is not a document is rejected."""
        (tmp_path / name).write_bytes(content)
        (tmp_path / "a.md").touch()
        counts = import_sources([str(tmp_path / name)]).counts
        assert counts == NO_COUNTS | {result: 1}

    def test_desk_names_skipped_files(self, tmp_path, client, administrator):
        (tmp_path / "a.md").write_bytes(GOOD)
        (tmp_path / "Thumbs.db").write_bytes(b"\0")
        batch = import_sources([str(tmp_path)]).batch
        client.force_login(administrator)
        page = client.get(f"/admin/articles/importbatch/{batch.pk}/change/").content.decode()
        assert f"1 file was skipped because it is not a document: {tmp_path}/Thumbs.db" in " ".join(page.split())


class TestNames:
    """A member of an archive has the name of the file that it was made of."""

    @pytest.fixture
    def raw_zip(self, tmp_path):
        """Make a zip of one member with these bytes as its name, without the UTF-8 flag."""

        def make(name, system=3):
            with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
                member = zipfile.ZipInfo("x" * len(name))
                member.create_system = system
                archive.writestr(member, GOOD)
            path = tmp_path / "a.zip"
            path.write_bytes(path.read_bytes().replace(b"x" * len(name), name))
            return path

        return make

    @pytest.mark.parametrize(
        ("name", "system", "expected"),
        [
            ("Zürich.md".encode("cp437"), 0, "Zürich.md"),
            ("Zürich.md".encode(), 3, "Zürich.md"),
            (unicodedata.normalize("NFD", "Zürich.md").encode(), 3, "Zürich.md"),
            ("記事.md".encode(), 3, "記事.md"),
            (b"plain.md", 3, "plain.md"),
            (b"folder\\a.md", 0, "folder/a.md"),
            (b"back\\slash.md", 3, "back\\slash.md"),
        ],
    )
    def test_member_names_without_encoding(self, raw_zip, name, system, expected):
        path = raw_zip(name, system)
        assert [document.source for document in read_sources([str(path)])] == [f"{path}/{expected}"]

    @pytest.mark.django_db
    @pytest.mark.parametrize("form", ["NFC", "NFD"])
    def test_story_without_url_has_one_identity_in_every_source(self, tmp_path, form):
        name, text = unicodedata.normalize(form, "Zürich café.md"), as_document(make_values(webUrl=None))
        (tmp_path / "in").mkdir()
        (tmp_path / "in" / name).write_bytes(text)
        assert only(import_sources([str(tmp_path / "in")])).action == "created"
        with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
            archive.writestr(name, text)
        with tarfile.open(tmp_path / "a.tar", "w") as archive:
            archive.add(tmp_path / "in" / name, name)
        other = unicodedata.normalize("NFD" if form == "NFC" else "NFC", name)
        (tmp_path / "other").mkdir()
        (tmp_path / "other" / other).write_bytes(text)
        for source in ("a.zip", "a.tar", "other"):
            assert only(import_sources([str(tmp_path / source)])).action == "unchanged"


def test_remembered_names_are_limited(tmp_path, monkeypatch):
    monkeypatch.setattr(archives, "NAMES_REMEMBERED", 2)
    path = tmp_path / "a.tar"
    with tarfile.open(path, "w") as archive:
        for name in ("0.md", "1.md", "2.md", "0.md~", "2.md~"):
            archive.addfile(tarfile.TarInfo(name))
    assert [document.is_skipped for document in read_sources([str(path)])] == [False, False, False, True, False]
