"""Storing pictures: files first, then the row, and nothing at all if anything fails."""

import io
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage, default_storage
from PIL import Image as Picture

from articles.models import StoredPicture
from articles.models.picture import digest_of_file
from pictures import storing
from pictures.refusals import PictureRefused, Reason
from pictures.renditions import all_names, shared_rendition
from pictures.storing import StorageFailed, measure_shared_copies, store_picture
from tests.picture_files import picture_bytes, png_claiming

pytestmark = pytest.mark.django_db


def stored_files(settings):
    root = Path(settings.MEDIA_ROOT)
    return sorted(path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file())


def test_a_picture_is_stored_with_all_its_copies(settings):
    content = picture_bytes((700, 400))
    stored = store_picture(content, "image/jpeg")
    stored.refresh_from_db()
    digest = digest_of_file(content)
    assert stored.file == f"pictures/{digest[:2]}/{digest}-700x400.jpg"
    assert (stored.width, stored.height, stored.bytes, stored.media_type) == (700, 400, len(content), "image/jpeg")
    assert stored_files(settings) == sorted(all_names(stored.file))
    with default_storage.open(stored.file) as file:
        assert Picture.open(io.BytesIO(file.read())).size == (700, 400)


@pytest.mark.parametrize(("width", "ending"), [(1600, "-1280.webp"), (700, "-700x400.jpg")])
def test_the_size_of_the_copy_for_feeds_is_recorded(width, ending):
    stored = store_picture(picture_bytes((width, 400)))
    name = shared_rendition(stored.file).name
    assert name.endswith(ending)
    assert stored.shared_bytes == default_storage.size(name)


def test_sizes_that_were_not_recorded_are_looked_up_once(django_assert_num_queries):
    pictures = [store_picture(picture_bytes(seed=seed)) for seed in range(3)]
    StoredPicture.objects.update(shared_bytes=None)
    default_storage.delete(pictures[1].file)
    StoredPicture.objects.filter(pk=pictures[2].pk).update(file="pictures/of-an-earlier-release.png")
    assert measure_shared_copies() == 1
    sizes = list(StoredPicture.objects.order_by("pk").values_list("shared_bytes", flat=True))
    assert sizes == [pictures[0].shared_bytes, None, None]
    with django_assert_num_queries(1):
        assert measure_shared_copies() == 0


def test_the_same_bytes_are_stored_once(settings, monkeypatch):
    first = store_picture(picture_bytes())
    files = stored_files(settings)
    monkeypatch.setattr(storing, "decode", lambda *arguments: pytest.fail("decoded twice"))
    assert store_picture(picture_bytes()) == first
    assert stored_files(settings) == files
    assert StoredPicture.objects.count() == 1


def test_two_tasks_store_one_picture(settings, monkeypatch):
    """The other task is done between the look for a row and writing the files."""
    decode, content = storing.decode, picture_bytes()

    def decode_while_another_task_stores(*arguments):
        monkeypatch.setattr(storing, "decode", decode)
        store_picture(content)
        return decode(*arguments)

    monkeypatch.setattr(storing, "decode", decode_while_another_task_stores)
    stored = store_picture(content)
    assert list(StoredPicture.objects.all()) == [stored]
    assert stored_files(settings) == sorted(all_names(stored.file))


def test_an_incomplete_file_is_replaced(settings):
    """A process that was killed may have left one."""
    content = picture_bytes()
    name = store_picture(content).file
    StoredPicture.objects.all().delete()
    Path(settings.MEDIA_ROOT, name).write_bytes(b"half")
    stored = store_picture(content)
    assert stored_files(settings) == sorted(all_names(stored.file))
    assert default_storage.size(name) > 1000


class FullDisk(FileSystemStorage):
    """A storage that has room for three files."""

    saved = 0

    def save(self, name, content, max_length=None):
        type(self).saved += 1
        if self.saved > 3:
            # Part of the file is written before the disk is full.
            super().save(name, ContentFile(content.read()[:10]))
            raise OSError(28, "No space left on device")
        return super().save(name, content, max_length)


def test_a_full_disk_in_the_middle_leaves_nothing(settings, monkeypatch):
    monkeypatch.setattr(FullDisk, "saved", 0)
    settings.STORAGES = {**settings.STORAGES, "default": {"BACKEND": f"{__name__}.FullDisk"}}
    with pytest.raises(StorageFailed, match="No space left on device"):
        store_picture(picture_bytes())
    assert FullDisk.saved == 4
    assert stored_files(settings) == []
    assert not StoredPicture.objects.exists()


class Interrupted(FileSystemStorage):
    """A storage whose process is interrupted once it comes to the first WebP."""

    def save(self, name, content, max_length=None):
        if name.endswith(".webp"):
            raise KeyboardInterrupt
        return super().save(name, content, max_length)


def test_an_interruption_leaves_nothing(settings):
    settings.STORAGES = {**settings.STORAGES, "default": {"BACKEND": f"{__name__}.Interrupted"}}
    with pytest.raises(KeyboardInterrupt):
        store_picture(picture_bytes())
    assert stored_files(settings) == []


@pytest.mark.parametrize("content", [b"", b"<html>", png_claiming(60_000, 60_000), picture_bytes()[:3000]])
def test_nothing_is_stored_of_bad_input(settings, content):
    with pytest.raises(PictureRefused):
        store_picture(content)
    assert stored_files(settings) == []
    assert not StoredPicture.objects.exists()


def test_a_blocked_picture_is_never_stored_again(settings):
    stored = store_picture(picture_bytes())
    storing.remove_picture_files(stored)
    StoredPicture.objects.update(is_blocked=True)
    with pytest.raises(PictureRefused) as refusal:
        store_picture(picture_bytes())
    assert refusal.value.reason == Reason.BLOCKED
    assert stored_files(settings) == []


class Unwritable(FileSystemStorage):
    """A storage that cannot delete one file."""

    def delete(self, name):
        if name == "pictures/b":
            raise PermissionError(name)
        super().delete(name)


def test_files_that_cannot_be_removed_are_named(settings, caplog):
    settings.STORAGES = {**settings.STORAGES, "default": {"BACKEND": f"{__name__}.Unwritable"}}
    assert storing.remove_files(["pictures/a", "pictures/b", "pictures/c"]) == ["pictures/b"]
    assert "pictures/b could not be removed" in caplog.text
