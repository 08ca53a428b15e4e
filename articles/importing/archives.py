"""Reading documents out of archives as a stream; nothing is ever unpacked to disk.

Whatever a member is, it costs itself alone: it is read no further than a document may be long, and
what cannot be a document (a link, an encrypted member, an archive) is a problem with its name.
"""

import re
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from lzma import LZMAError
from pathlib import Path

import zstandard
from django.conf import settings

from articles.importing.problems import Problem
from articles.importing.raw import RawDocument
from articles.importing.tar_files import plain_members

ZIP_ENDINGS = (".zip",)
TAR_ENDINGS = (".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz", ".tar.zst", ".tzst")
ZSTD_ENDINGS = (".tar.zst", ".tzst")
# No frame may ask for more memory than this.
ZSTD_WINDOW = 128 * 1024 * 1024
ENDINGS = ZIP_ENDINGS + TAR_ENDINGS
ENCRYPTED = 0x1
# A name in which there is nothing to look for: no part is hidden, none leads anywhere else.
ORDINARY_NAME = re.compile(r"(?:[a-zA-Z0-9-][\w.-]*/)*[a-zA-Z0-9-][\w.-]*")
HEADER_LIMIT = 65_536
READ_AT_ONCE = 64 * 1024
LONG_HEADERS = (
    tarfile.GNUTYPE_LONGNAME,
    tarfile.GNUTYPE_LONGLINK,
    tarfile.XHDTYPE,
    tarfile.XGLTYPE,
    tarfile.SOLARIS_XHDTYPE,
)
# What the standard library raises for members that are cut off, garbled or packed in ways it does not know.
BROKEN = (
    zipfile.BadZipFile,
    tarfile.TarError,
    zlib.error,
    LZMAError,
    zstandard.ZstdError,
    EOFError,
    OSError,
    NotImplementedError,
    ValueError,
    RecursionError,
)


class CarefulTarInfo(tarfile.TarInfo):
    """A tar header that takes no more memory than a header needs: names of megabytes are an attack."""

    def _proc_member(self, archive):
        if self.type in LONG_HEADERS and self.size > HEADER_LIMIT:
            raise tarfile.ReadError("a header in it is too large")
        return super()._proc_member(archive)


def is_archive(name):
    """Whether a file of this name is read as an archive."""
    return str(name).lower().endswith(ENDINGS)


def read_archive(path: Path) -> Iterator[RawDocument]:
    """Yield the documents of a .zip or .tar (also .gz, .bz2, .xz) archive, in the archive's order.

    A member's source is the archive's path, a slash and the member's own. Hidden members are left out.
    When the archive itself is broken, what came before is kept and the rest is one problem.
    """
    members = read_zip(path) if path.name.lower().endswith(ZIP_ENDINGS) else read_tar(path)
    allowance = settings.IMPORT_MAX_ARCHIVE_BYTES
    try:
        for document in members:
            allowance -= len(document.content)
            if allowance < 0:
                limit = settings.IMPORT_MAX_ARCHIVE_BYTES
                yield RawDocument(str(path), problem=Problem(f"the archive unpacks to more than {limit:,} bytes"))
                return
            yield document
    except BROKEN as error:
        message = f"the archive cannot be read on: {describe(error)}"
        yield RawDocument(str(path), problem=Problem(message))


def read_zip(path):
    with zipfile.ZipFile(path) as archive:
        for member in archive.infolist():
            if member.is_dir() or is_hidden(member.filename):
                continue
            source = f"{path}/{member.filename}"
            is_link = (member.external_attr >> 16) & 0o170000 == 0o120000
            wrong = fault_of(member.filename, is_link)
            if member.flag_bits & ENCRYPTED:
                wrong = "the member is encrypted"
            if wrong:
                yield RawDocument(source, problem=Problem(wrong))
                continue
            try:
                with archive.open(member) as file:
                    yield RawDocument(source, file.read(settings.IMPORT_MAX_DOCUMENT_BYTES + 1))
            except (*BROKEN, RuntimeError) as error:
                yield RawDocument(source, problem=Problem(f"the member cannot be read: {describe(error)}"))


def read_tar(path):
    with path.open("rb", buffering=READ_AT_ONCE) as file:
        if path.name.lower().endswith(ZSTD_ENDINGS):
            with zstandard.ZstdDecompressor(max_window_size=ZSTD_WINDOW).stream_reader(file) as unpacked:
                yield from read_tar_stream(path, unpacked)
            return
        limit = settings.IMPORT_MAX_DOCUMENT_BYTES + 1
        members, inside = plain_members(file, limit), f"{path}/"
        while True:
            try:
                name, content = next(members)
            except StopIteration as end:
                offset = end.value
                break
            if ORDINARY_NAME.fullmatch(name) and not is_archive(name):
                yield RawDocument(inside + name, content)
            elif not is_hidden(name):
                wrong = fault_of(name, is_link=False)
                problem = Problem(wrong) if wrong else None
                yield RawDocument(inside + name, b"" if wrong else content, problem)
        if offset is not None:
            file.seek(offset)
            yield from read_tar_stream(path, file)


def read_tar_stream(path, file):
    """Yield the documents of a tar archive, compressed or not, by the standard library."""
    # A stream is read once, from begin to end: memory does not grow with the number of members.
    with tarfile.open(fileobj=file, mode="r|*", tarinfo=CarefulTarInfo) as archive:
        skipped = 0
        for member in archive:
            # The stream remembers every member it has seen; what has been read is not asked for again.
            archive.members.clear()
            if member.isdir() or is_hidden(member.name):
                continue
            source = f"{path}/{member.name}"
            wrong = fault_of(member.name, member.issym() or member.islnk())
            if not wrong and not member.isfile():
                wrong = "the member is no file"
            if wrong:
                yield RawDocument(source, problem=Problem(wrong))
                continue
            skipped += max(0, member.size - settings.IMPORT_MAX_DOCUMENT_BYTES)
            if skipped > settings.IMPORT_MAX_ARCHIVE_BYTES:
                raise tarfile.ReadError("its members are too large")
            yield RawDocument(source, archive.extractfile(member).read(settings.IMPORT_MAX_DOCUMENT_BYTES + 1))


def fault_of(name, is_link):
    """Return why a member cannot be a document by its name and sort, or an empty string."""
    if is_link:
        return "the member is a link"
    parts = parts_of(name)
    if name.startswith(("/", "\\")) or ".." in parts or (parts and parts[0].endswith(":")):
        return "the member's path leads out of the archive"
    if is_archive(name):
        return "an archive within an archive is not opened"
    return ""


def is_hidden(name):
    """Whether a member is one that systems put there for themselves: `.name` or below `__MACOSX`."""
    parts = parts_of(name)
    return parts[:1] == ("__MACOSX",) or any(part.startswith(".") and part != ".." for part in parts)


def parts_of(name):
    """Return the parts of a path as `PurePosixPath` has them, in a tenth of its time."""
    name = name.replace("\\", "/")
    root = ("/",) if name.startswith("/") else ()
    return (*root, *[part for part in name.split("/") if part not in ("", ".")])


def describe(error):
    return str(error) or "it ends too early"
