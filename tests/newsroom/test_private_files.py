"""Files that no other user of the machine may read, whatever the umask."""

import os
import stat
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import storages

from newsroom.private_files import make_database_private, make_folder_private
from tests.newsroom.test_settings import run_manage


@pytest.fixture(params=[0o000, 0o022, 0o077], ids=oct)
def umask(request):
    before = os.umask(request.param)
    yield
    os.umask(before)


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


def test_a_new_folder_and_database(umask, tmp_path):
    folder = tmp_path / "data"
    make_folder_private(folder)
    make_database_private(folder / "newsroom.sqlite3")
    assert mode(folder) & 0o027 == 0
    assert mode(folder / "newsroom.sqlite3") == 0o600
    make_database_private(folder / "newsroom.sqlite3")


def test_existing_files_lose_excess_permissions(tmp_path):
    folder = tmp_path / "data"
    folder.mkdir()
    names = ["newsroom.sqlite3", "newsroom.sqlite3-wal", "newsroom.sqlite3-shm"]
    for name in names:
        (folder / name).write_text("")
        (folder / name).chmod(0o664)
    folder.chmod(0o777)
    make_folder_private(folder)
    make_database_private(folder / names[0])
    assert mode(folder) == 0o750
    assert [mode(folder / name) for name in names] == [0o640] * 3


def test_stricter_ones_stay(tmp_path):
    path = tmp_path / "newsroom.sqlite3"
    path.write_text("")
    path.chmod(0o600)
    tmp_path.chmod(0o700)
    make_folder_private(tmp_path)
    make_database_private(path)
    assert (mode(tmp_path), mode(path)) == (0o700, 0o600)


def test_a_folder_for_all_users_stays_one(tmp_path, caplog):
    tmp_path.chmod(0o1777)
    make_folder_private(tmp_path)
    assert mode(tmp_path) == 0o1777
    assert "is shared by all users" in caplog.text


def test_anything_but_files_is_unchanged(tmp_path):
    for name in (":memory:", "file:memorydb?mode=memory", str(tmp_path / "missing" / "newsroom.sqlite3")):
        make_database_private(name)
    assert list(tmp_path.iterdir()) == []


def test_a_failed_change_of_permissions_is_logged(tmp_path, monkeypatch, caplog):
    path = tmp_path / "newsroom.sqlite3"
    path.write_text("")
    path.chmod(0o666)

    def refuse(*args):
        raise PermissionError("not yours")

    monkeypatch.setattr("pathlib.Path.chmod", refuse)
    make_database_private(path)
    assert "not yours" in caplog.text


@pytest.mark.parametrize("url", [{}, {"DATABASE_URL": "sqlite:///other.sqlite3"}], ids=["default", "given"])
def test_a_migrated_database_is_private(tmp_path, url):
    (tmp_path / "data").mkdir()
    before = os.umask(0)
    try:
        result = run_manage(tmp_path / "data", "migrate", "contenttypes", **url)
    finally:
        os.umask(before)
    assert result.returncode == 0, result.stderr
    files = {path.name: mode(path) for path in (tmp_path / "data").iterdir()}
    assert mode(tmp_path / "data") == 0o750
    assert [name for name, bits in files.items() if bits & 0o077] == []
    assert any(name.endswith(".sqlite3") for name in files)


def test_pictures_are_for_the_group_too(umask):
    path = Path(storages["default"].path(storages["default"].save("pictures/a.png", ContentFile(b"picture"))))
    assert (mode(path), mode(path.parent)) == (0o640, 0o750)


def test_uploads_are_private(umask):
    storage = storages["imports"]
    name = storage.save("folder/story.md", ContentFile(b"text"))
    path = Path(storage.path(name))
    assert (mode(path), mode(path.parent), mode(path.parent.parent)) == (0o600, 0o700, 0o700)
