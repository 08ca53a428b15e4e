"""Files that were uploaded for an import: one folder for each import, not public."""

import json
import re
import uuid
from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path, PurePath
from typing import IO, Any

from django.conf import settings
from django.core.exceptions import SuspiciousFileOperation
from django.core.files.base import ContentFile
from django.core.files.storage import Storage, storages
from django.core.files.uploadedfile import UploadedFile
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.text import get_valid_filename

from articles.documents.raw_document import RawDocument
from articles.importing.sources.files import UnusableSource
from articles.models import ImportBatch
from newsroom.upload_handlers import SkippingHandler

MAX_FILES = 200
# In an upload's folder, the real names of its renamed files. Imports never read hidden files.
REAL_NAMES = ".names.json"
MAX_NAME_BYTES = 120
# Archives are recognised by their extensions, so shortening a name keeps them.
EXTENSIONS = re.compile(r"(\.[A-Za-z0-9]{1,8}){1,2}\Z")
# A folder without an import may belong to an upload in progress until it is as old as this.
UPLOAD_IN_PROGRESS = timedelta(days=1)
State = ImportBatch.State


class UploadLimit(SkippingHandler):
    """Skip all files of a request that is too large, and those beyond MAX_FILES."""

    def handle_raw_input(
        self,
        input_data: IO[bytes],
        META: dict[str, str],  # noqa: N803 - Django's
        content_length: int,
        boundary: str,
        encoding: str | None = None,
    ) -> None:
        self.is_too_large = content_length > settings.IMPORT_MAX_UPLOAD_BYTES
        self.number = 0

    def skips_file(self) -> bool:
        self.number += 1
        return self.is_too_large or self.number > MAX_FILES


def upload_storage() -> Storage:
    """Return the storage of uploaded import files."""
    return storages["imports"]


def store_files(files: "Iterable[UploadedFile[Any]]") -> tuple[str, list[str]]:
    """Store uploaded files in a new folder; return (the folder's name, the files' names in it, in order)."""
    folder = uuid.uuid4().hex
    names: list[str] = []
    renamed: dict[str, str] = {}
    for file in files:
        name = free_name(safe_name(file.name or ""), names)
        real_name = RawDocument(PurePath(file.name or "").name).source
        if name != real_name:
            renamed[name] = real_name
        upload_storage().save(f"{folder}/{name}", file)
        names.append(name)
    if renamed:
        upload_storage().save(f"{folder}/{REAL_NAMES}", ContentFile(json.dumps(renamed).encode()))
    return folder, names


def real_names(batch: ImportBatch) -> dict[str, str]:
    """Return {stored name: name on the user's disk} of the uploaded files of a batch that were renamed."""
    path = f"{batch.upload}/{REAL_NAMES}"
    if not batch.upload or not upload_storage().exists(path):
        return {}
    with upload_storage().open(path) as file:
        names: dict[str, str] = json.load(file)
    return names


def safe_name(name: str) -> str:
    """Return a file name that is safe on every file system and in a shell, with the same extension."""
    try:
        name = get_valid_filename(PurePath(name.replace("\\", "/")).name)
    except SuspiciousFileOperation:
        name = ""
    # Imports ignore hidden files, and a leading dash would make it an option.
    name = name.lstrip(".-") or "document"
    extensions = EXTENSIONS.search(name)
    ending = extensions[0] if extensions and extensions.start() else ""
    stem = name.removesuffix(ending)
    while len((stem + ending).encode()) > MAX_NAME_BYTES:
        stem = stem[:-1]
    return stem + ending


def free_name(name: str, taken_names: Iterable[str]) -> str:
    """Return `name`, with a number added if it is among `taken_names` in any letter case."""
    taken_names = {other.casefold() for other in taken_names}
    extensions = EXTENSIONS.search(name)
    stem_length = extensions.start() if extensions and extensions.start() else len(name)
    number, candidate = 1, name
    while candidate.casefold() in taken_names:
        number += 1
        candidate = f"{name[:stem_length]}-{number}{name[stem_length:]}"
    return candidate


def has_files(batch: ImportBatch) -> bool:
    """Whether the uploaded files of a batch still exist; True for a batch that was not uploaded."""
    return not batch.upload or upload_storage().exists(batch.upload)


def upload_paths(batch: ImportBatch) -> list[str]:
    """Return the paths of the uploaded sources of a batch; raise UnusableSource if they no longer exist."""
    if not has_files(batch):
        raise UnusableSource("its files have been deleted; upload them again")
    return [upload_storage().path(f"{batch.upload}/{name}") for name in batch.sources]


def strip_upload_folder(text: str, batch: ImportBatch) -> str:
    """Return `text` without the path of the batch's upload folder, which users should not see."""
    return text.replace(f"{Path(upload_storage().path(batch.upload))}/", "") if batch.upload else text


def delete_upload(folder: str) -> None:
    """Delete an upload folder with its files."""
    with suppress(FileNotFoundError):
        for name in upload_storage().listdir(folder)[1]:
            upload_storage().delete(f"{folder}/{name}")
        upload_storage().delete(folder)


def delete_unneeded_uploads() -> None:
    """Delete uploads that will not be read again, and those older than IMPORT_KEEP_UPLOADS_DAYS."""
    if not upload_storage().exists(""):
        return
    now = timezone.now()
    needed_folders = set(batches_with_needed_uploads(now).values_list("upload", flat=True))
    known_folders: set[str] = set()
    folders = upload_storage().listdir("")[0]
    for begin in range(0, len(folders), 500):
        known_folders.update(
            ImportBatch.objects.filter(upload__in=folders[begin : begin + 500]).values_list("upload", flat=True)
        )
    for folder in set(folders) - needed_folders:
        if folder in known_folders or upload_storage().get_modified_time(folder) < now - UPLOAD_IN_PROGRESS:
            delete_upload(folder)


def batches_with_needed_uploads(now: datetime) -> QuerySet[ImportBatch]:
    """Return the batches whose uploads may be read again: not finished, to be applied, or interrupted."""
    applications = ImportBatch.objects.filter(preview=OuterRef("pk"), state__in=[State.FINISHED, State.UNDONE])
    preview = Q(state=State.HELD) | Q(state=State.FINISHED, dry_run=True)
    is_young = Q(started_at__gte=now - timedelta(days=settings.IMPORT_KEEP_UPLOADS_DAYS))
    waiting = Q(state__in=[State.QUEUED, State.RUNNING])
    again = Q(state=State.INTERRUPTED) | (preview & ~Exists(applications))
    return ImportBatch.objects.filter(waiting | (is_young & again)).exclude(upload="")
