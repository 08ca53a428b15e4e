"""A bad member of an archive affects no other, and nothing is unpacked to disk."""

import io
import tarfile
import zipfile

import pytest

from articles.importing.runner import import_sources
from articles.importing.sources.archives import is_archive, read_archive
from tests.factories import make_document

GOOD = make_document(title="Good")


@pytest.fixture
def make_zip(tmp_path):
    def make(**members):
        path = tmp_path / "archive.zip"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in members.items():
                archive.writestr(name, content)
        return path

    return make


@pytest.fixture
def make_tar(tmp_path):
    def make(members, mode="w:gz", name="archive.tar.gz"):
        path = tmp_path / name
        with tarfile.open(path, mode) as archive:
            for member, content in members:
                info = member if isinstance(member, tarfile.TarInfo) else tarfile.TarInfo(member)
                info.size = len(content)
                archive.addfile(info, io.BytesIO(content))
        return path

    return make


def read(path):
    """Return {name of a member that is not skipped: the message of its problem, or ""}."""
    return {
        document.source.removeprefix(f"{path}/"): document.problem.message if document.problem else ""
        for document in read_archive(path)
        if not document.is_skipped
    }


def test_zip_is_read_in_order_without_hidden_members(make_zip):
    path = make_zip(**{"b.md": GOOD, "deep/a.md": GOOD, ".hidden.md": GOOD, "__MACOSX/a.md": GOOD, "folder/": b""})
    assert list(read(path)) == ["b.md", "deep/a.md"]
    assert next(read_archive(path)).content == GOOD


@pytest.mark.parametrize(
    ("mode", "name"), [("w", "a.tar"), ("w:gz", "a.tar.gz"), ("w:gz", "a.TGZ"), ("w:xz", "a.tar.xz")]
)
def test_tar_is_read_in_order(make_tar, mode, name):
    path = make_tar([("b.md", GOOD), ("./a.md", GOOD), (".git/config", b"")], mode, name)
    documents = list(read_archive(path))
    assert [document.content for document in documents if document.source.endswith(".md")] == [GOOD, GOOD]


@pytest.mark.parametrize("name", ["../a.md", "x/../../a.md", "/etc/a.md", "C:\\a.md", "..\\a.md"])
def test_path_out_of_the_archive_is_refused(make_zip, make_tar, name):
    for path in (make_zip(**{name: GOOD, "good.md": GOOD}), make_tar([(name, GOOD), ("good.md", GOOD)])):
        assert read(path) == {name: "the member's path is outside the archive", "good.md": ""}


def test_links_are_refused(make_zip, make_tar, tmp_path):
    info = zipfile.ZipInfo("link.md")
    info.external_attr = 0o120777 << 16
    path = make_zip(**{"good.md": GOOD})
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(info, "/etc/passwd")
    assert read(path) == {"good.md": "", "link.md": "the member is a link"}
    links = []
    for kind in (tarfile.SYMTYPE, tarfile.LNKTYPE):
        link = tarfile.TarInfo(f"link-{kind.decode()}.md")
        link.type, link.linkname = kind, "/etc/passwd"
        links.append((link, b""))
    device = tarfile.TarInfo("device.md")
    device.type = tarfile.CHRTYPE
    problems = read(make_tar([*links, (device, b""), ("good.md", GOOD)]))
    assert [problems[name] for name in ("link-2.md", "link-1.md")] == ["the member is a link"] * 2
    assert (problems["device.md"], problems["good.md"]) == ("the member is not a regular file", "")


def test_nested_archive_is_not_opened(make_zip):
    path = make_zip(**{"inner.zip": b"PK", "good.md": GOOD})
    assert read(path) == {"inner.zip": "archives within archives are not read", "good.md": ""}


def test_an_encrypted_member_is_refused(make_zip):
    path = make_zip(**{"locked.md": GOOD, "good.md": GOOD})
    content = bytearray(path.read_bytes())
    at = content.index(b"PK\x01\x02")
    content[at + 8] |= 1
    path.write_bytes(content)
    assert read(path) == {"locked.md": "the member is encrypted", "good.md": ""}


def test_corrupt_member_affects_no_other(make_zip):
    path = make_zip(**{"garbled.md": GOOD, "good.md": GOOD})
    content = bytearray(path.read_bytes())
    content[50:70] = b"\xff" * 20
    path.write_bytes(content)
    problems = read(path)
    assert problems["garbled.md"].startswith("the member cannot be read")
    assert problems["good.md"] == ""


def test_files_before_the_end_of_a_truncated_tar_are_read(make_tar):
    noise = bytes(range(256)) * 2000
    path = make_tar([("good.md", GOOD), ("cut.md", noise)], "w", "cut.tar")
    path.write_bytes(path.read_bytes()[:40_000])
    documents = list(read_archive(path))
    assert documents[0].content == GOOD
    assert documents[-1].problem.message.startswith("the archive cannot be read to its end")


@pytest.mark.parametrize("name", ["not.zip", "not.tar.gz", "empty.tar", "empty.zip"])
def test_file_that_is_not_an_archive_is_one_problem(tmp_path, name):
    path = tmp_path / name
    path.write_bytes(b"" if name.startswith("empty") else b"hello")
    (document,) = read_archive(path)
    assert "cannot be read to its end" in document.problem.message


def test_zip_bomb_is_read_up_to_the_document_limit(make_zip, settings):
    settings.IMPORT_MAX_DOCUMENT_BYTES = 10_000
    path = make_zip(**{"bomb.md": b"\0" * 5_000_000, "good.md": GOOD})
    bomb, good = read_archive(path)
    assert len(bomb.content) == 10_001
    assert good.content == GOOD


def test_reading_stops_at_the_archive_limit(make_zip, settings):
    settings.IMPORT_MAX_ARCHIVE_BYTES = 3 * len(GOOD)
    path = make_zip(**{f"{number}.md": GOOD for number in range(5)})
    documents = list(read_archive(path))
    assert len(documents) == 4
    assert "unpacks to more than" in documents[-1].problem.message


def test_tar_with_oversized_members_is_refused(make_tar, settings):
    settings.IMPORT_MAX_DOCUMENT_BYTES, settings.IMPORT_MAX_ARCHIVE_BYTES = 1000, 5000
    path = make_tar([(f"{number}.md", b"x" * 4000) for number in range(5)])
    assert "too large" in list(read_archive(path))[-1].problem.message


def test_archives_are_recognised_by_extension():
    assert all(is_archive(name) for name in ("a.zip", "A.ZIP", "a.tar", "a.tar.gz", "a.tgz"))
    assert not any(is_archive(name) for name in ("a.md", "zip", "a.gz", "tar"))


@pytest.mark.django_db
def test_import_of_an_archive_with_good_and_bad_members(make_zip):
    path = make_zip(**{"good.md": GOOD, "bad.md": b"---\ntitle: [\n---\n", "../out.md": GOOD})
    report = import_sources([str(path)])
    assert (report.counts["created"], report.counts["rejected"]) == (1, 2)
    assert {outcome.source for outcome in report.outcomes} == {
        f"{path}/{n}" for n in ("good.md", "bad.md", "../out.md")
    }
    assert import_sources([str(path)]).counts["unchanged"] == 1


@pytest.mark.django_db
def test_archives_in_a_folder_are_opened(make_zip, tmp_path):
    make_zip(**{"good.md": GOOD})
    (tmp_path / "other.md").write_bytes(make_document())
    assert import_sources([str(tmp_path)]).counts["created"] == 2
