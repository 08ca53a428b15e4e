"""Uploaded files: where they are stored, their names, and when they are deleted."""

import os
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.files.storage import storages
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from articles.importing.batches import new_batch
from articles.importing.sources import uploads
from articles.importing.sources.files import UnusableSource
from articles.models import ImportBatch
from newsroom import settings as base

State = ImportBatch.State


@pytest.fixture(autouse=True)
def temporary_storage(settings, tmp_path):
    stored = settings.STORAGES["imports"]
    place = {**stored, "OPTIONS": {**stored["OPTIONS"], "location": tmp_path / "imports"}}
    settings.STORAGES = {**settings.STORAGES, "imports": place}


def upload(state=State.QUEUED, age=0, **fields):
    """Return a batch with one uploaded file."""
    folder, names = uploads.store_files([SimpleUploadedFile("story.md", b"text")])
    batch = new_batch(names, upload=folder)
    fields = {"state": state, "started_at": timezone.now() - timedelta(days=age), **fields}
    if state not in (State.QUEUED, State.RUNNING):
        fields["finished_at"] = timezone.now()
    ImportBatch.objects.filter(pk=batch.pk).update(**fields)
    batch.refresh_from_db()
    return batch


def test_uploads_are_outside_the_public_media_folder():
    public = Path(base.MEDIA_ROOT)
    private = Path(base.STORAGES["imports"]["OPTIONS"]["location"])
    assert public != private
    assert public not in private.parents


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("stories.tar.gz", "stories.tar.gz"),
        ("my stories (2).zip", "my_stories_2.zip"),
        ("../../etc/passwd", "passwd"),
        ("..\\..\\windows\\system.ini", "system.ini"),
        ("/etc/cron.d/now.md", "now.md"),
        ("", "document"),
        (".", "document"),
        ("..", "document"),
        ("-", "document"),
        ("--publish.md", "publish.md"),
        (".hidden.md", "hidden.md"),
        ("nul\0.md", "nul.md"),
        ("line\nbreak.md", "linebreak.md"),
        ("$(reboot);.zip", "reboot.zip"),
        ("страница.md", "страница.md"),
        ("x" * 400 + ".tar.gz", "x" * 113 + ".tar.gz"),
        ("é" * 400 + ".zip", "é" * 58 + ".zip"),
        ("." + "y" * 300, "y" * 120),
    ],
)
def test_safe_name(name, expected):
    assert uploads.safe_name(name) == expected


@pytest.mark.parametrize(
    ("name", "taken", "expected"),
    [
        ("a.md", [], "a.md"),
        ("a.md", ["a.md"], "a-2.md"),
        ("A.tar.gz", ["a.tar.gz", "A-2.tar.gz"], "A-3.tar.gz"),
        ("a", ["a"], "a-2"),
    ],
)
def test_free_name(name, taken, expected):
    assert uploads.free_name(name, taken) == expected


def test_files_are_stored_in_order_with_private_permissions():
    files = [SimpleUploadedFile("b.md", b"first"), SimpleUploadedFile("B.md", b"second")]
    folder, names = uploads.store_files(files)
    assert names == ["b.md", "B-2.md"]
    path = storages["imports"].path(f"{folder}/b.md")
    assert os.stat(path).st_mode & 0o077 == 0
    assert os.stat(os.path.dirname(path)).st_mode & 0o077 == 0


@pytest.mark.django_db
class TestOfBatches:
    def test_upload_paths(self):
        batch = upload()
        (path,) = uploads.upload_paths(batch)
        with open(path, "rb") as file:
            assert file.read() == b"text"
        assert uploads.strip_upload_folder(f"{path}: wrong", batch) == "story.md: wrong"

    def test_deleted_files_raise_an_error(self):
        batch = upload()
        uploads.delete_upload(batch.upload)
        assert not uploads.has_files(batch)
        with pytest.raises(UnusableSource, match="upload them again"):
            uploads.upload_paths(batch)
        uploads.delete_upload(batch.upload)

    @pytest.mark.parametrize(
        ("state", "dry_run", "age", "stays"),
        [
            (State.QUEUED, False, 30, True),
            (State.RUNNING, False, 30, True),
            (State.FINISHED, True, 1, True),
            (State.FINISHED, True, 30, False),
            (State.FINISHED, False, 0, False),
            (State.HELD, False, 1, True),
            (State.HELD, False, 30, False),
            (State.INTERRUPTED, False, 1, True),
            (State.INTERRUPTED, True, 30, False),
            (State.UNDONE, False, 0, False),
        ],
    )
    def test_which_uploads_are_deleted(self, state, dry_run, age, stays):
        batch = upload(state, age, dry_run=dry_run, alive_at=timezone.now())
        uploads.delete_unneeded_uploads()
        assert uploads.has_files(batch) is stays

    def test_upload_of_a_preview_is_deleted_after_its_application(self):
        preview = upload(State.FINISHED, dry_run=True)
        applied = new_batch(preview.sources, upload=preview.upload, preview=preview)
        uploads.delete_unneeded_uploads()
        assert uploads.has_files(preview)
        ImportBatch.objects.filter(pk=applied.pk).update(state=State.FINISHED, finished_at=timezone.now())
        uploads.delete_unneeded_uploads()
        assert not uploads.has_files(preview)

    def test_upload_in_progress_is_not_deleted(self):
        folder, _names = uploads.store_files([SimpleUploadedFile("a.md", b"")])
        uploads.delete_unneeded_uploads()
        assert storages["imports"].exists(folder)
        os.utime(storages["imports"].path(folder), (0, 0))
        uploads.delete_unneeded_uploads()
        assert not storages["imports"].exists(folder)

    def test_no_uploads_are_no_error(self):
        uploads.delete_unneeded_uploads()
