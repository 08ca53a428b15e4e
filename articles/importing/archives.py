"""Reading documents out of archives as a stream; nothing is ever unpacked to disk.

Whatever a member is, it costs itself alone: it is read no further than a document may be long, and
what cannot be a document (a link, an encrypted member, an archive) is a problem with its name.
"""

import re
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import nullcontext, suppress
from itertools import islice
from lzma import LZMAError
from pathlib import Path

import zstandard
from django.conf import settings

from articles.importing.problems import Problem
from articles.importing.raw import RawDocument
from articles.importing.skipping import PECULIAR, SYSTEM_FOLDER, Sort, has_title, original_of, sort_of
from articles.importing.tar_files import plain_members

ZIP_ENDINGS = (".zip",)
TAR_ENDINGS = (".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz", ".tar.zst", ".tzst")
ZSTD_ENDINGS = (".tar.zst", ".tzst")
# No frame may ask for more memory than this.
ZSTD_WINDOW = 128 * 1024 * 1024
ENDINGS = ZIP_ENDINGS + TAR_ENDINGS
ENCRYPTED = 0x1
# A name in which there is nothing to look for: no part is hidden, none leads anywhere else.
ORDINARY_NAME = re.compile(r"(?:[a-zA-Z0-9-][\w.-]*/)*[a-zA-Z0-9-][\w.-]*\.(?:md|txt)")
MARKED_UTF8 = 0x800
FROM_DOS = 0
NAMES_REMEMBERED = 100_000
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

    @classmethod
    def frombuf(cls, buf, encoding, errors):
        header = super().frombuf(buf, encoding, errors)
        if header.type in LONG_HEADERS and header.size > HEADER_LIMIT:
            raise tarfile.ReadError("a header in it is too large")
        return header


def is_archive(name):
    """Whether a file of this name is read as an archive."""
    return str(name).lower().endswith(ENDINGS)


def read_archive(path: Path) -> Iterator[RawDocument]:
    """Yield the documents of a .zip or .tar (also .gz, .bz2, .xz) archive, in the archive's order.

    A member's source is the archive's path, a slash and the member's own name, as it would be on disk. Members below
    hidden folders are left out, what else is no document is skipped. When the archive itself is broken, what came
    before is kept and the rest is one problem.
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
        message = f"the archive cannot be read further: {describe(error)}"
        yield RawDocument(str(path), problem=Problem(message))


def read_zip(path):
    with zipfile.ZipFile(path) as archive:
        members = [(name_of(member), member) for member in archive.infolist() if not member.is_dir()]
        backups = Backups(lambda: [name for name, _member in members])
        for name, member in members:
            if is_below_hidden(name):
                continue
            source = f"{path}/{name}"
            sort = member_sort(name)
            if sort is Sort.SKIPPED or (sort is Sort.BACKUP and name in backups):
                yield RawDocument(source, is_skipped=True)
                continue
            is_link = (member.external_attr >> 16) & 0o170000 == 0o120000
            wrong = fault_of(name, is_link)
            if member.flag_bits & ENCRYPTED:
                wrong = "the member is encrypted"
            if wrong:
                yield RawDocument(source, problem=Problem(wrong))
                continue
            try:
                with archive.open(member) as file:
                    yield document_of(source, sort, file.read(settings.IMPORT_MAX_DOCUMENT_BYTES + 1))
            except (*BROKEN, RuntimeError) as error:
                yield RawDocument(source, problem=Problem(f"the member cannot be read: {describe(error)}"))


def name_of(member):
    """Return the name of a zip's member as it was on the disk it comes from.

    Names that are not marked as UTF-8 are often that all the same: what cannot be read as such is in code page 437.
    """
    name = member.filename
    if not member.flag_bits & MARKED_UTF8 and not name.isascii():
        with suppress(UnicodeError):
            name = name.encode("cp437").decode("utf-8")
    return name.replace("\\", "/") if member.create_system == FROM_DOS else name


def read_tar(path):
    with path.open("rb", buffering=READ_AT_ONCE) as file:
        if path.name.lower().endswith(ZSTD_ENDINGS):
            with zstandard.ZstdDecompressor(max_window_size=ZSTD_WINDOW).stream_reader(file) as unpacked:
                yield from read_tar_stream(path, unpacked)
            return
        limit = settings.IMPORT_MAX_DOCUMENT_BYTES + 1
        members, inside = plain_members(file, limit), f"{path}/"
        backups = Backups(lambda: names_in_tar(path))
        while True:
            try:
                name, content = next(members)
            except StopIteration as end:
                offset = end.value
                break
            if ORDINARY_NAME.fullmatch(name) and name[name.rfind("/") + 1] not in PECULIAR:
                yield RawDocument(inside + name, content)
            elif not is_below_hidden(name):
                sort, wrong = member_sort(name), fault_of(name, is_link=False)
                if sort is Sort.SKIPPED or (sort is Sort.BACKUP and name in backups):
                    yield RawDocument(inside + name, is_skipped=True)
                elif wrong:
                    yield RawDocument(inside + name, problem=Problem(wrong))
                else:
                    yield document_of(inside + name, sort, content)
        if offset is not None:
            file.seek(offset)
            yield from read_tar_stream(path, file)


def read_tar_stream(path, file):
    """Yield the documents of a tar archive, compressed or not, by the standard library."""
    # A stream is read once, from begin to end: memory does not grow with the number of members.
    with tarfile.open(fileobj=file, mode="r|*", tarinfo=CarefulTarInfo) as archive:
        skipped, backups = 0, Backups(lambda: names_in_tar(path))
        for member in archive:
            # The stream remembers every member it has seen; what has been read is not asked for again.
            archive.members.clear()
            if member.isdir() or is_below_hidden(member.name):
                continue
            source = f"{path}/{member.name}"
            sort = member_sort(member.name)
            if sort is Sort.SKIPPED or (sort is Sort.BACKUP and member.name in backups):
                yield RawDocument(source, is_skipped=True)
                continue
            wrong = fault_of(member.name, member.issym() or member.islnk())
            if not wrong and not member.isfile():
                wrong = "the member is no file"
            if wrong:
                yield RawDocument(source, problem=Problem(wrong))
                continue
            skipped += max(0, member.size - settings.IMPORT_MAX_DOCUMENT_BYTES)
            if skipped > settings.IMPORT_MAX_ARCHIVE_BYTES:
                raise tarfile.ReadError("its members are too large")
            content = archive.extractfile(member).read(settings.IMPORT_MAX_DOCUMENT_BYTES + 1)
            yield document_of(source, sort, content)


class Backups:
    """Tells which members are the backups of others, by their names; these are asked for once a backup comes along."""

    def __init__(self, names):
        self.list_names, self.names = names, None

    def __contains__(self, name):
        if self.names is None:
            self.names = set(islice(self.list_names(), NAMES_REMEMBERED))
        folder, slash, own = name.rpartition("/")
        return folder + slash + original_of(own) in self.names


def names_in_tar(path):
    """Yield the names in a tar archive, compressed or not, as far as it can be read and is not too large."""
    size = 0
    with path.open("rb") as file, suppress(*BROKEN):
        unpacked = nullcontext(file)
        if path.name.lower().endswith(ZSTD_ENDINGS):
            unpacked = zstandard.ZstdDecompressor(max_window_size=ZSTD_WINDOW).stream_reader(file)
        with unpacked as stream, tarfile.open(fileobj=stream, mode="r|*", tarinfo=CarefulTarInfo) as archive:
            for member in archive:
                archive.members.clear()
                size += member.size
                if size > settings.IMPORT_MAX_ARCHIVE_BYTES:
                    return
                yield member.name


def member_sort(name):
    """Return the Sort of a member by its name."""
    own = name.replace("\\", "/").rstrip("/").rpartition("/")[2]
    if SYSTEM_FOLDER in parts_of(name)[:-1]:
        return Sort.SKIPPED
    # Two dots lead out of the archive, and are told of as that.
    return Sort.DOCUMENT if own in ("", "..") else sort_of(own)


def document_of(source, sort, content):
    """Return the RawDocument of a member that was read: skipped if it is a README without a title."""
    if sort is Sort.NOTES and not has_title(content):
        return RawDocument(source, is_skipped=True)
    return RawDocument(source, content)


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


def is_below_hidden(name):
    """Whether a member is in a hidden folder."""
    return any(part.startswith(".") and part != ".." for part in parts_of(name)[:-1])


def parts_of(name):
    """Return the parts of a path as `PurePosixPath` has them, in a tenth of its time."""
    name = name.replace("\\", "/")
    root = ("/",) if name.startswith("/") else ()
    return (*root, *[part for part in name.split("/") if part not in ("", ".")])


def describe(error):
    return str(error) or "it ends too early"
