"""Write exported stories to a folder or an archive, completely or not at all.

They are written to a temporary path beside or in the destination, which is renamed at the end. What a killed export
left there is overwritten by the next one.
"""

import errno
import fcntl
import os
import shutil
import zipfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from articles.exporting.story_documents import ExportedDocument

# The errors of a file system that does not allow a name.
REFUSED_NAMES = (errno.ENAMETOOLONG, errno.EINVAL, errno.EILSEQ)
STAGE = ".export.part"
TITLES_LISTED = 10
Notify = Callable[[ExportedDocument], None]


@dataclass
class Export:
    """The result of an export: how many stories were written and how many failed, and the first titles that failed.

    `notify` is called with the ExportedDocument of every story.
    """

    notify: Notify | None = None
    written: int = 0
    failed: int = 0
    titles: list[str] = field(default_factory=list)

    def add(self, document: ExportedDocument) -> None:
        self.written += document.is_written
        self.failed += not document.is_written
        if not document.is_written and len(self.titles) < TITLES_LISTED:
            self.titles.append(document.title)
        if self.notify is not None:
            self.notify(document)


def write_folder(documents: Iterable[ExportedDocument], folder: str | Path, notify: Notify | None = None) -> Export:
    """Write exported documents into `folder`, which is created if it does not exist; return the Export.

    `notify` is called with the ExportedDocument of every story. Raises FileExistsError, before anything is written,
    if the folder is not empty.
    """
    folder = Path(folder)
    is_new = not folder.exists()
    if not is_new and any(path.name != STAGE for path in folder.iterdir()):
        raise FileExistsError(f"{folder} is not empty")
    stage = folder.with_name(f".{folder.name}.part") if is_new else folder / STAGE
    shutil.rmtree(stage, ignore_errors=True)
    stage.mkdir(parents=True)
    export = Export(notify)
    try:
        for document in documents:
            if document.is_written:
                write_file(document, stage)
            export.add(document)
        if is_new:
            stage.rename(folder)
        else:
            for path in list(stage.iterdir()):
                path.rename(folder / path.name)
    finally:
        shutil.rmtree(stage, ignore_errors=True)
    return export


def write_file(document: ExportedDocument, folder: Path) -> None:
    path = folder / document.name
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(document.text.encode())
    except OSError as error:
        if error.errno not in REFUSED_NAMES:
            raise
        document.fail(f"the disk does not accept the file name {document.name!r}: {error.strerror}")


def write_zip(documents: Iterable[ExportedDocument], file: IO[bytes], notify: Notify | None = None) -> Export:
    """Write exported documents as a zip archive to a writable binary `file`; return the Export.

    The members have no times, so that two exports of the same stories are equal. `notify` is called with the
    ExportedDocument of every story.
    """
    export = Export(notify)
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for document in documents:
            if document.is_written:
                member = zipfile.ZipInfo(document.name)
                member.compress_type = zipfile.ZIP_DEFLATED
                member.external_attr = 0o644 << 16
                archive.writestr(member, document.text.encode())
            export.add(document)
    return export


@contextmanager
def whole_file(path: str | Path) -> Iterator[IO[bytes]]:
    """Open a binary file for a block, after which it is renamed to `path` if the block succeeds.

    Raises FileExistsError if there is a file already, BlockingIOError if another process is writing it.
    """
    path = Path(path)
    temporary_path = path.with_name(f".{path.name}.part")
    # Opened without truncating it: another process may have it locked.
    with os.fdopen(os.open(temporary_path, os.O_RDWR | os.O_CREAT, 0o666), "r+b") as file:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        try:
            refuse_existing(path)
            file.truncate(0)
            yield file
            file.flush()
            refuse_existing(path)
            temporary_path.rename(path)
        except BaseException:
            temporary_path.unlink(missing_ok=True)
            raise


def refuse_existing(path: Path) -> None:
    if path.exists():
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(path))
