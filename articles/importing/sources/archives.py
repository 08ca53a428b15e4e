"""Read documents from archives as a stream; nothing is unpacked to disk.

A bad member affects no other. No more of a member is read than a document may have, and a member that cannot be a
document (a link, an encrypted member, an archive) becomes a problem with its name.
"""

import re
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext, suppress
from itertools import islice
from lzma import LZMAError
from pathlib import Path
from typing import IO, Self

import zstandard
from django.conf import settings

from articles.documents.problems import Problem
from articles.documents.raw_document import RawDocument
from articles.importing.sources.skipped_files import (
    SPECIAL_INITIALS,
    SYSTEM_FOLDER,
    FileKind,
    file_kind,
    has_title,
    original_name,
)
from articles.importing.sources.tar import plain_members

ZIP_ENDINGS = (".zip",)
TAR_ENDINGS = (".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz", ".tar.zst", ".tzst")
ZSTD_ENDINGS = (".tar.zst", ".tzst")
# The most memory that a frame may ask for, in bytes.
ZSTD_WINDOW = 128 * 1024 * 1024
ENDINGS = ZIP_ENDINGS + TAR_ENDINGS
ENCRYPTED = 0x1
# A name that needs no further checks: no part is hidden, none leads out of the archive.
ORDINARY_NAME = re.compile(r"(?:[a-zA-Z0-9-][\w.-]*/)*[a-zA-Z0-9-][\w.-]*\.(?:md|txt)")
UTF8_FLAG = 0x800
CREATED_ON_DOS = 0
NAMES_REMEMBERED = 100_000
HEADER_LIMIT = 65_536
BUFFER_BYTES = 64 * 1024
LONG_HEADERS = (
    tarfile.GNUTYPE_LONGNAME,
    tarfile.GNUTYPE_LONGLINK,
    tarfile.XHDTYPE,
    tarfile.XGLTYPE,
    tarfile.SOLARIS_XHDTYPE,
)
# What the standard library raises for members that are truncated, corrupt or compressed in an unknown way.
ARCHIVE_ERRORS = (
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


class LimitedTarInfo(tarfile.TarInfo):
    """A tar header of limited size: a name of megabytes is an attack."""

    @classmethod
    def frombuf(cls, buf: bytes | bytearray, encoding: str, errors: str) -> Self:
        header = super().frombuf(buf, encoding, errors)
        if header.type in LONG_HEADERS and header.size > HEADER_LIMIT:
            raise tarfile.ReadError("one of its headers is too large")
        return header


def is_archive(name: str) -> bool:
    """Whether a file of this name is read as an archive."""
    return name.lower().endswith(ENDINGS)


def read_archive(path: Path) -> Iterator[RawDocument]:
    """Yield the documents of a .zip or .tar (also .gz, .bz2, .xz) archive, in the archive's order.

    A member's source is the archive's path, a slash and the member's name, as it would be on disk. Members below
    hidden folders are left out, other files that are not documents are marked as skipped. If the archive is damaged,
    the documents before the damage are yielded, then one with a problem for the rest.
    """
    members = read_zip(path) if path.name.lower().endswith(ZIP_ENDINGS) else read_tar(path)
    bytes_left = settings.IMPORT_MAX_ARCHIVE_BYTES
    try:
        for document in members:
            bytes_left -= len(document.content)
            if bytes_left < 0:
                limit = settings.IMPORT_MAX_ARCHIVE_BYTES
                yield RawDocument(str(path), problem=Problem(f"the archive unpacks to more than {limit:,} bytes"))
                return
            yield document
    except ARCHIVE_ERRORS as error:
        message = f"the archive cannot be read to its end: {describe_error(error)}"
        yield RawDocument(str(path), problem=Problem(message))


def read_zip(path: Path) -> Iterator[RawDocument]:
    with zipfile.ZipFile(path) as archive:
        members = [(member_name(member), member) for member in archive.infolist() if not member.is_dir()]
        backups = Backups(lambda: [name for name, _member in members])
        for name, member in members:
            if is_below_hidden(name):
                continue
            source = f"{path}/{name}"
            is_link = (member.external_attr >> 16) & 0o170000 == 0o120000
            refusal = "the member is encrypted" if member.flag_bits & ENCRYPTED else refusal_of(name, is_link)
            if unread := unread_member(source, name, backups, refusal):
                yield unread
                continue
            try:
                with archive.open(member) as file:
                    yield member_document(source, name, file.read(settings.IMPORT_MAX_DOCUMENT_BYTES + 1))
            except (*ARCHIVE_ERRORS, RuntimeError) as error:
                yield RawDocument(source, problem=Problem(f"the member cannot be read: {describe_error(error)}"))


def member_name(member: zipfile.ZipInfo) -> str:
    """Return the name of a zip's member as it was on its original disk.

    Names without the UTF-8 flag are often UTF-8 all the same; others are in code page 437.
    """
    name = member.filename
    if not member.flag_bits & UTF8_FLAG and not name.isascii():
        with suppress(UnicodeError):
            name = name.encode("cp437").decode("utf-8")
    return name.replace("\\", "/") if member.create_system == CREATED_ON_DOS else name


def read_tar(path: Path) -> Iterator[RawDocument]:
    with path.open("rb", buffering=BUFFER_BYTES) as file:
        if path.name.lower().endswith(ZSTD_ENDINGS):
            with zstandard.ZstdDecompressor(max_window_size=ZSTD_WINDOW).stream_reader(file) as decompressed:
                yield from read_tar_stream(path, decompressed)
            return
        limit = settings.IMPORT_MAX_DOCUMENT_BYTES + 1
        members, prefix = plain_members(file, limit), f"{path}/"
        backups = Backups(lambda: names_in_tar(path))
        while True:
            try:
                name, content = next(members)
            except StopIteration as end:
                offset = end.value
                break
            if ORDINARY_NAME.fullmatch(name) and name[name.rfind("/") + 1] not in SPECIAL_INITIALS:
                yield RawDocument(prefix + name, content)
            elif not is_below_hidden(name):
                unread = unread_member(prefix + name, name, backups, refusal_of(name, is_link=False))
                yield unread or member_document(prefix + name, name, content)
        if offset is not None:
            file.seek(offset)
            yield from read_tar_stream(path, file)


def read_tar_stream(path: Path, file: IO[bytes]) -> Iterator[RawDocument]:
    """Yield the documents of a tar archive, compressed or not, with the standard library."""
    # A stream is read once, so that memory does not grow with the number of members.
    with tarfile.open(fileobj=file, mode="r|*", tarinfo=LimitedTarInfo) as archive:
        bytes_skipped, backups = 0, Backups(lambda: names_in_tar(path))
        for member in archive:
            forget_members(archive)
            if member.isdir() or is_below_hidden(member.name):
                continue
            source = f"{path}/{member.name}"
            refusal = refusal_of(member.name, member.issym() or member.islnk())
            if not refusal and not member.isfile():
                refusal = "the member is not a regular file"
            if unread := unread_member(source, member.name, backups, refusal):
                yield unread
                continue
            bytes_skipped += max(0, member.size - settings.IMPORT_MAX_DOCUMENT_BYTES)
            if bytes_skipped > settings.IMPORT_MAX_ARCHIVE_BYTES:
                raise tarfile.ReadError("its members are too large")
            opened = archive.extractfile(member)
            content = opened.read(settings.IMPORT_MAX_DOCUMENT_BYTES + 1) if opened else b""
            yield member_document(source, member.name, content)


def forget_members(archive: tarfile.TarFile) -> None:
    """Drop the members that tarfile has read; it keeps them all, and none is needed again."""
    archive.members.clear()  # type: ignore[attr-defined] # an attribute that typeshed omits


class Backups:
    """The names of members that are backups of other members; `list_names` is called when the first one is tested."""

    def __init__(self, list_names: Callable[[], Iterable[str]]) -> None:
        self.list_names = list_names
        self.names: set[str] | None = None

    def __contains__(self, name: str) -> bool:
        if self.names is None:
            self.names = set(islice(self.list_names(), NAMES_REMEMBERED))
        folder, slash, file_name = name.rpartition("/")
        return folder + slash + original_name(file_name) in self.names


def names_in_tar(path: Path) -> Iterator[str]:
    """Yield the names in a tar archive, compressed or not, until it is damaged or exceeds the size limit."""
    size = 0
    with path.open("rb") as file, suppress(*ARCHIVE_ERRORS):
        decompressed: AbstractContextManager[IO[bytes]] = nullcontext(file)
        if path.name.lower().endswith(ZSTD_ENDINGS):
            decompressed = zstandard.ZstdDecompressor(max_window_size=ZSTD_WINDOW).stream_reader(file)
        with decompressed as stream, tarfile.open(fileobj=stream, mode="r|*", tarinfo=LimitedTarInfo) as archive:
            for member in archive:
                forget_members(archive)
                size += member.size
                if size > settings.IMPORT_MAX_ARCHIVE_BYTES:
                    return
                yield member.name


def member_kind(name: str) -> FileKind:
    """Return the FileKind of a member by its name."""
    file_name = name.replace("\\", "/").rstrip("/").rpartition("/")[2]
    if SYSTEM_FOLDER in path_parts(name)[:-1]:
        return FileKind.SKIPPED
    # Two dots lead out of the archive; `refusal_of` reports that.
    return FileKind.DOCUMENT if file_name in ("", "..") else file_kind(file_name)


def unread_member(source: str, name: str, backups: Backups, refusal: str) -> RawDocument | None:
    """Return the RawDocument of a member that is skipped or refused; None if its content decides."""
    kind = member_kind(name)
    if kind is FileKind.SKIPPED or (kind is FileKind.BACKUP and name in backups):
        return RawDocument(source, is_skipped=True)
    return RawDocument(source, problem=Problem(refusal)) if refusal else None


def member_document(source: str, name: str, content: bytes) -> RawDocument:
    """Return the RawDocument of a member that was read; it is skipped if it is a README without a title."""
    if member_kind(name) is FileKind.NOTES and not has_title(content):
        return RawDocument(source, is_skipped=True)
    return RawDocument(source, content)


def refusal_of(name: str, is_link: bool) -> str:
    """Return why a member cannot be a document, by its name and type; an empty string if it can."""
    if is_link:
        return "the member is a link"
    parts = path_parts(name)
    if name.startswith(("/", "\\")) or ".." in parts or (parts and parts[0].endswith(":")):
        return "the member's path is outside the archive"
    if is_archive(name):
        return "archives within archives are not read"
    return ""


def is_below_hidden(name: str) -> bool:
    """Whether a member is in a hidden folder."""
    return any(part.startswith(".") and part != ".." for part in path_parts(name)[:-1])


def path_parts(name: str) -> tuple[str, ...]:
    """Return the parts of a path as `PurePosixPath` has them, ten times as fast."""
    name = name.replace("\\", "/")
    root = ("/",) if name.startswith("/") else ()
    return (*root, *[part for part in name.split("/") if part not in ("", ".")])


def describe_error(error: Exception) -> str:
    return str(error) or "it ends too early"
