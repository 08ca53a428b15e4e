"""Stored pictures that nothing shows any more, and files that belong to no picture."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta

from django.core.files.storage import Storage, default_storage
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from articles.models import Image, PictureSource, StoredPicture
from articles.models.picture import SourceState
from pictures.renditions import FOLDER, all_names, digest_of
from pictures.storing import remove_files

# A picture is stored before the stories show it, and a file is written before its row.
LEAST_AGE = timedelta(hours=1)


@dataclass
class Unused:
    """What can be removed: rows of pictures with their files, and files without a row."""

    pictures: list[StoredPicture] = field(default_factory=list)
    orphans: list[str] = field(default_factory=list)

    @property
    def file_names(self) -> list[str]:
        return [name for picture in self.pictures for name in all_names(picture.file)] + self.orphans


def list_unused(*, uploads: bool = False, storage: Storage = default_storage) -> Unused:
    """Return what nothing shows.

    Pictures that the desk uploaded are left out unless `uploads`, because restoring an earlier version of a story may
    need them; downloaded ones can be downloaded again.
    """
    return Unused(list(unused_pictures(uploads=uploads)), list(orphans(storage)))


def unused_pictures(*, uploads: bool) -> QuerySet[StoredPicture]:
    """Return the pictures that no story and no provider shows, without those that are blocked."""
    pictures = StoredPicture.objects.filter(is_blocked=False, created_at__lt=timezone.now() - LEAST_AGE)
    pictures = pictures.exclude(Exists(Image.objects.filter(stored=OuterRef("pk"))))
    if not uploads:
        pictures = pictures.filter(Exists(PictureSource.objects.filter(stored=OuterRef("pk"))))
    return pictures.order_by("pk")


def orphans(storage: Storage) -> Iterator[str]:
    """Yield the names of files of pictures that belong to no row. Two queries, whose results are held in memory."""
    bases = dict(StoredPicture.objects.filter(is_blocked=False).values_list("digest", "file"))
    files = set(Image.objects.exclude(file="").values_list("file", flat=True))
    for name in stored_files(storage, FOLDER):
        base = bases.get(digest_of(name))
        has_owner = name in files or (base is not None and name in all_names(base))
        if not has_owner and storage.get_modified_time(name) < timezone.now() - LEAST_AGE:
            yield name


def stored_files(storage: Storage, folder: str) -> Iterator[str]:
    """Yield the names of all files in a folder of a storage and below."""
    try:
        folders, files = storage.listdir(folder)
    except FileNotFoundError:
        return
    yield from (f"{folder}/{name}" for name in sorted(files) if name)
    for name in sorted(folders):
        yield from stored_files(storage, f"{folder}/{name}")


def remove(unused: Unused) -> list[str]:
    """Remove rows and files of `unused`, except pictures that are shown by now; return the files that remain."""
    failed_names = remove_files(unused.orphans)
    for picture in unused.pictures:
        if remove_row(picture):
            failed_names += remove_files(all_names(picture.file))
    return failed_names


@transaction.atomic
def remove_row(picture: StoredPicture) -> bool:
    """Delete the row of a picture and let its sources wait for a download; return whether it was still unused."""
    locked = StoredPicture.objects.select_for_update().filter(pk=picture.pk)
    if not locked.exists() or Image.objects.filter(stored=picture.pk).exists():
        return False
    sources = PictureSource.objects.filter(stored=picture.pk)
    sources.filter(state=SourceState.STORED).update(state=SourceState.WAITING)
    sources.update(stored=None, etag="", last_modified="")
    locked.delete()
    return True
