"""Writing exported stories: a folder or an archive that is whole, or is not there.

What is being written stands beside or in the destination under a name of its own. What an export that was killed left
there is overwritten by the next.
"""

import errno
import fcntl
import os
import shutil
import zipfile
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

# What a disk that takes only shorter or other names says of one.
REFUSED_NAMES = (errno.ENAMETOOLONG, errno.EINVAL, errno.EILSEQ)
STAGE = ".export.part"
TITLES_LISTED = 10


@dataclass
class Export:
    """What came of an export: the numbers of stories written and failed, and the titles of the first that failed.

    `notify` is called with the ExportedDocument of every story.
    """

    notify: Callable | None = None
    written: int = 0
    failed: int = 0
    titles: list = field(default_factory=list)

    def add(self, document):
        self.written += document.is_written
        self.failed += not document.is_written
        if not document.is_written and len(self.titles) < TITLES_LISTED:
            self.titles.append(document.title)
        if self.notify is not None:
            self.notify(document)


def write_folder(documents, folder, notify=None):
    """Write exported documents into `folder`, made if need be; return the Export.

    `notify` is called with the ExportedDocument of every story. Raises FileExistsError, before anything is written,
    when there is something in the folder.
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


def write_file(document, folder):
    path = folder / document.name
    try:
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(document.text.encode())
    except OSError as error:
        if error.errno not in REFUSED_NAMES:
            raise
        document.fail(f"the disk does not take the name {document.name!r}: {error.strerror}")


def write_zip(documents, file, notify=None):
    """Write exported documents as a zip archive to a writable binary `file`; return the Export.

    The members bear no times, so that two exports of the same stories are the same archive. `notify` is called with
    the ExportedDocument of every story.
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
def whole_file(path):
    """Give a binary file for the length of a block that is found at `path` once the block has ended well.

    Raises FileExistsError when there is a file already, BlockingIOError when somebody else is writing one.
    """
    path = Path(path)
    beside = path.with_name(f".{path.name}.part")
    # Not emptied before it is locked.
    with os.fdopen(os.open(beside, os.O_RDWR | os.O_CREAT, 0o666), "r+b") as file:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        try:
            refuse_existing(path)
            file.truncate(0)
            yield file
            file.flush()
            refuse_existing(path)
            beside.rename(path)
        except BaseException:
            beside.unlink(missing_ok=True)
            raise


def refuse_existing(path):
    if path.exists():
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(path))
