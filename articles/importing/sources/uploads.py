"""The files of an import that came through a browser: each import's in a folder of its own, never public."""

import re
import uuid
from contextlib import suppress
from datetime import timedelta
from pathlib import Path, PurePath

from django.conf import settings
from django.core.exceptions import SuspiciousFileOperation
from django.core.files.storage import storages
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.text import get_valid_filename

from articles.importing.sources.files import UnusableSource
from articles.models import ImportBatch
from newsroom.upload_handlers import SkippingHandler

MOST_FILES = 200
LONGEST_NAME = 120
# An archive is told by how its name ends, so the end stays whatever else of a name is cut.
EXTENSIONS = re.compile(r"(\.[A-Za-z0-9]{1,8}){1,2}\Z")
# A folder that no import names may be one that is just being filled.
FILLING = timedelta(days=1)
State = ImportBatch.State


class UploadLimit(SkippingHandler):
    """Skip all files of a request that is too large, and those beyond MOST_FILES."""

    def handle_raw_input(self, input_data, META, content_length, boundary, encoding=None):  # noqa: N803 - Django's
        self.is_too_large = content_length > settings.IMPORT_MAX_UPLOAD_BYTES
        self.number = 0

    def skips_file(self):
        self.number += 1
        return self.is_too_large or self.number > MOST_FILES


def imports():
    """Return the storage that uploads are kept in."""
    return storages["imports"]


def keep(files):
    """Store uploaded files; return the name of their new folder, and the names they have there, in their order."""
    folder, names = uuid.uuid4().hex, []
    for file in files:
        name = free_name(safe_name(file.name), names)
        imports().save(f"{folder}/{name}", file)
        names.append(name)
    return folder, names


def safe_name(name):
    """Return a file name that is harmless on any disk and in any shell, its extension kept."""
    try:
        name = get_valid_filename(PurePath(name.replace("\\", "/")).name)
    except SuspiciousFileOperation:
        name = ""
    # A hidden file is one that no import reads, and a dash begins an option.
    name = name.lstrip(".-") or "document"
    ending = EXTENSIONS.search(name)
    ending = ending[0] if ending and ending.start() else ""
    stem = name.removesuffix(ending)
    while len((stem + ending).encode()) > LONGEST_NAME:
        stem = stem[:-1]
    return stem + ending


def free_name(name, taken):
    """Return `name`, numbered if it, in whatever case, is among `taken`."""
    taken = {one.casefold() for one in taken}
    ending = EXTENSIONS.search(name)
    at = ending.start() if ending and ending.start() else len(name)
    number, free = 1, name
    while free.casefold() in taken:
        number += 1
        free = f"{name[:at]}-{number}{name[at:]}"
    return free


def is_kept(batch):
    """Whether the files of a batch are there, if it is one that came with files."""
    return not batch.upload or imports().exists(batch.upload)


def paths_of(batch):
    """Return the paths at which the uploaded sources of a batch lie; raise UnusableSource if they are gone."""
    if not is_kept(batch):
        raise UnusableSource("its files are not kept any more; upload them again")
    return [imports().path(f"{batch.upload}/{name}") for name in batch.sources]


def without_folder(text, batch):
    """Return `text` without the path of the batch's upload in it, which is none of a reader's business."""
    return text.replace(f"{Path(imports().path(batch.upload))}/", "") if batch.upload else text


def delete(folder):
    """Remove an upload with all its files."""
    with suppress(FileNotFoundError):
        for name in imports().listdir(folder)[1]:
            imports().delete(f"{folder}/{name}")
        imports().delete(folder)


def sweep():
    """Remove uploads that nobody will need again, and those kept for IMPORT_KEEP_UPLOADS_DAYS."""
    if not imports().exists(""):
        return
    now = timezone.now()
    needed, known = set(still_needed(now).values_list("upload", flat=True)), set()
    folders = imports().listdir("")[0]
    for some in range(0, len(folders), 500):
        known.update(ImportBatch.objects.filter(upload__in=folders[some : some + 500]).values_list("upload", flat=True))
    for folder in set(folders) - needed:
        if folder in known or imports().get_modified_time(folder) < now - FILLING:
            delete(folder)


def still_needed(now):
    """Return the batches whose uploads may be read again: not over, to be applied, or to be run again."""
    done = ImportBatch.objects.filter(preview=OuterRef("pk"), state__in=[State.FINISHED, State.UNDONE])
    preview = Q(state=State.HELD) | Q(state=State.FINISHED, dry_run=True)
    is_young = Q(started_at__gte=now - timedelta(days=settings.IMPORT_KEEP_UPLOADS_DAYS))
    waiting = Q(state__in=[State.QUEUED, State.RUNNING])
    again = Q(state=State.INTERRUPTED) | (preview & ~Exists(done))
    return ImportBatch.objects.filter(waiting | (is_young & again)).exclude(upload="")
