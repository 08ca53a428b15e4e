"""Store a picture: all files first, then its row, so that a row never names a file that is not there."""

import logging
from collections.abc import Iterable, Mapping
from contextlib import suppress

from django.core.files.base import ContentFile
from django.core.files.storage import Storage, default_storage
from django.db import IntegrityError, transaction

from articles.models import StoredPicture
from articles.models.picture import digest_of_file
from pictures.decoding import BYTE_LIMIT, DecodedPicture, decode
from pictures.refusals import PictureRefused, Reason
from pictures.renditions import all_names, encode, shared_rendition

logger = logging.getLogger(__name__)


class StorageFailed(Exception):
    """The files could not be written, because the disk is full for instance; nothing of the picture is left."""


def store_picture(content: bytes, media_type: str = "") -> StoredPicture:
    """Store the picture with these bytes and return its row; the same bytes are stored once.

    Raises PictureRefused if it is no usable picture or blocked, StorageFailed if it cannot be written.
    """
    if len(content) > BYTE_LIMIT:
        raise PictureRefused(Reason.TOO_LARGE, f"{len(content):,} bytes")
    digest = digest_of_file(content)
    stored = StoredPicture.objects.filter(digest=digest).first()
    if stored is None:
        picture = decode(content, media_type)
        files = encode(picture.image, digest)
        write_files(files)
        stored = create_row(digest, files, len(content), picture)
    if stored.is_blocked:
        raise PictureRefused(Reason.BLOCKED)
    return stored


def create_row(digest: str, files: Mapping[str, bytes], size: int, picture: DecodedPicture) -> StoredPicture:
    """Create the row of a picture whose files are written; return that of another task if it was faster.

    `files` is {name: content}, the largest copy first; `size` the number of bytes as received.
    """
    name = next(iter(files))
    shared = shared_rendition(name)
    try:
        with transaction.atomic():
            return StoredPicture.objects.create(
                digest=digest,
                file=name,
                width=picture.width,
                height=picture.height,
                bytes=size,
                shared_bytes=len(files[shared.name]) if shared else None,
                media_type=picture.media_type,
                difference_hash=picture.difference_hash,
            )
    except IntegrityError:
        return StoredPicture.objects.get(digest=digest)


def write_files(files: Mapping[str, bytes], storage: Storage = default_storage) -> None:
    """Write files under exactly these names; if one cannot be written, remove those written before and raise."""
    written: list[str] = []
    try:
        for name, content in files.items():
            if is_written(storage, name, len(content)):
                # By a task that stores the same picture at this moment, or before a database was restored.
                continue
            written.append(name)
            write_file(storage, name, content)
    except Exception as error:
        remove_files(written, storage)
        raise StorageFailed(f"{type(error).__name__}: {error}") from error
    except BaseException:
        remove_files(written, storage)
        raise


def is_written(storage: Storage, name: str, size: int) -> bool:
    """Return whether a file is there and complete; names contain the digest, so its size tells."""
    try:
        return storage.size(name) == size
    except FileNotFoundError:
        return False


def write_file(storage: Storage, name: str, content: bytes) -> None:
    """Write one file, in place of an incomplete one."""
    storage.delete(name)
    actual_name = storage.save(name, ContentFile(content))
    if actual_name != name:
        # Another task has written it meanwhile.
        storage.delete(actual_name)


def measure_shared_copies(storage: Storage = default_storage) -> int:
    """Record the size of the copies for feeds that were stored without it; return how many.

    A picture whose file is missing is looked at again the next time.
    """
    number = 0
    for stored in StoredPicture.objects.filter(shared_bytes__isnull=True, is_blocked=False).iterator():
        shared = shared_rendition(stored.file)
        if shared is not None:
            with suppress(FileNotFoundError):
                size = storage.size(shared.name)
                number += StoredPicture.objects.filter(pk=stored.pk).update(shared_bytes=size)
    return number


def remove_picture_files(stored: StoredPicture) -> None:
    """Remove all files of a picture."""
    remove_files(all_names(stored.file))


def remove_files(names: Iterable[str], storage: Storage = default_storage) -> list[str]:
    """Remove files, those that do not exist silently; return the names of those that could not be removed."""
    failed_names = []
    for name in names:
        try:
            storage.delete(name)
        except Exception:
            logger.exception("picture file %s could not be removed", name)
            failed_names.append(name)
    return failed_names
