"""Read the documents of an import's sources: files, folders, archives and standard input."""

import codecs
import os
import re
import stat
import sys
from collections.abc import Collection, Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import IO

from django.conf import settings

from articles.documents.front_matter import has_fields_of_a_document
from articles.documents.problems import Problem
from articles.documents.raw_document import RawDocument
from articles.importing.sources.archives import is_archive, read_archive
from articles.importing.sources.skipped_files import (
    DOCUMENT_ENDINGS,
    SPECIAL_INITIALS,
    SYSTEM_FOLDER,
    FileKind,
    file_kind,
    has_title,
    is_system_file,
    original_name,
)

STANDARD_INPUT = "-"
BYTE_ORDER_MARK = codecs.BOM_UTF8
FENCE = re.compile(rb"---(?:[ \t]+#[^\n]*|[ \t]*\r?)\n?$")
END_OF_YAML = re.compile(rb"\.\.\.(?:[ \t]+#[^\n]*|[ \t]*\r?)\n?$")
# After this number of lines, text that might be front matter is treated as part of a body.
MAX_PENDING_LINES = 200


class UnusableSource(Exception):
    """A source does not exist or cannot be opened. Nothing is imported."""


def check_sources(names: Iterable[str]) -> None:
    """Raise UnusableSource with the names of all sources that cannot be opened, if there are any."""
    missing_names = [name for name in names if name != STANDARD_INPUT and not Path(name).exists()]
    if missing_names:
        raise UnusableSource("no such file or folder: " + ", ".join(missing_names))
    unreadable_names = [name for name in names if name != STANDARD_INPUT and not os.access(name, os.R_OK)]
    if unreadable_names:
        raise UnusableSource("not readable: " + ", ".join(unreadable_names))


def read_sources(names: Iterable[str], standard_input: IO[bytes] | None = None) -> Iterator[RawDocument]:
    """Yield the RawDocuments of `names`: files, archives, folders (without hidden ones), or `-` for standard input."""
    for name in names:
        if name == STANDARD_INPUT:
            with nullcontext(standard_input) if standard_input else duplicate_standard_input() as stream:
                yield from read_stream(stream)
        elif Path(name).is_dir():
            yield from read_folder(Path(name))
        else:
            yield from read_named(str(Path(name)))


def duplicate_standard_input() -> AbstractContextManager[IO[bytes]]:
    """Return a stream of standard input that stays open in a fork, where multiprocessing closes `sys.stdin`."""
    try:
        return open(os.dup(sys.stdin.fileno()), "rb")
    except OSError:
        # It has no file descriptor, as in a test.
        return nullcontext(sys.stdin.buffer)


def read_stream(stream: IO[bytes]) -> Iterator[RawDocument]:
    """Yield the documents of standard input: one, or several in sequence.

    A body may contain horizontal rules, so a line of --- starts the next document only if the fields that it
    requires follow. The source of the first document is `-`, that of the second `-#2`.
    """
    number, fences, document, pending_lines = 1, 0, bytearray(), b""
    limit = settings.IMPORT_MAX_DOCUMENT_BYTES + 1
    # Of an endless line, no more is read than makes the parser refuse the document.
    while line := stream.readline(limit):
        is_fence = bool(FENCE.match(line.removeprefix(BYTE_ORDER_MARK)))
        if pending_lines and not is_fence:
            pending_lines += line
            starts = starts_document(pending_lines)
            if starts:
                yield RawDocument(stream_source(number), bytes(document))
                number, fences, document = number + 1, 1, bytearray()
            if starts is not None:
                document += pending_lines
                pending_lines = b""
        else:
            document += pending_lines
            fences += is_fence or (fences == 1 and bool(END_OF_YAML.match(line)))
            pending_lines = line if is_fence and fences > 2 else b""
            if not pending_lines:
                document += line
        del document[limit:]
    yield RawDocument(stream_source(number), bytes(document + pending_lines))


def starts_document(lines: bytes) -> bool | None:
    """Return whether a line of --- and the lines after it start a document; None if more lines are needed."""
    if lines.count(b"\n") > MAX_PENDING_LINES:
        return False
    text = lines.decode(errors="replace").replace("\r", "")
    return has_fields_of_a_document(text, text.find("\n") + 1)


def stream_source(number: int) -> str:
    return STANDARD_INPUT if number == 1 else f"{STANDARD_INPUT}#{number}"


def read_folder(folder: Path) -> Iterator[RawDocument]:
    """Yield the documents of a folder and its subfolders, sorted by name, without hidden folders."""
    errors: list[OSError] = []
    for path, folders, files in os.walk(folder, onerror=errors.append):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        in_system_folder = SYSTEM_FOLDER in path and SYSTEM_FOLDER in Path(path).relative_to(folder).parts
        for name in sorted(files):
            if name.endswith(DOCUMENT_ENDINGS) and name[0] not in SPECIAL_INITIALS and not in_system_folder:
                # The usual case, without further checks.
                yield read_file(os.path.join(path, name))
            else:
                yield from read_folder_file(path, name, files, in_system_folder)
    for error in errors:
        yield RawDocument(str(error.filename), problem=Problem(f"the folder cannot be read: {error.strerror}"))


def read_folder_file(folder: str, name: str, files: Collection[str], in_system_folder: bool) -> Iterator[RawDocument]:
    """Yield the documents of the file `name`, one of the `files` in a folder, or one RawDocument marked as skipped."""
    path, kind = os.path.join(folder, name), FileKind.SKIPPED if in_system_folder else file_kind(name)
    if kind is FileKind.DOCUMENT:
        yield from read_path(path)
    elif kind is FileKind.SKIPPED or (kind is FileKind.BACKUP and original_name(name) in files):
        yield RawDocument(path, is_skipped=True)
    elif kind is FileKind.NOTES and not is_archive(name):
        yield skip_without_title(read_file(path))
    else:
        yield from read_path(path)


def skip_without_title(document: RawDocument) -> RawDocument:
    """Return the RawDocument of a file, marked as skipped if it could be read and has no title."""
    if document.problem is None and not has_title(document.content):
        return RawDocument(document.source, is_skipped=True)
    return document


def read_named(path: str) -> Iterator[RawDocument]:
    """Yield the documents of a file that the caller named; it is read even if its name is unusual.

    System files and READMEs, which a shell's * includes, are skipped if they are not documents.
    """
    name = os.path.basename(path)
    if not is_archive(name) and (is_system_file(name) or file_kind(name) is FileKind.NOTES):
        yield skip_without_title(read_file(path))
    else:
        yield from read_path(path)


def read_path(path: str) -> Iterator[RawDocument]:
    """Yield the documents of one file: those inside it if it is an archive, else the file itself."""
    if is_archive(path):
        yield from read_archive(Path(path))
    else:
        yield read_file(path)


def read_file(path: str) -> RawDocument:
    """Return the RawDocument of one file; at most one byte more than a document may have is read."""
    limit = settings.IMPORT_MAX_DOCUMENT_BYTES + 1
    try:
        # A pipe must not block the import.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
        try:
            status = os.fstat(descriptor)
            if not stat.S_ISREG(status.st_mode):
                return RawDocument(path, problem=Problem("this is not a regular file"))
            return RawDocument(path, read_at_most(descriptor, min(status.st_size + 1, limit), limit))
        finally:
            os.close(descriptor)
    except OSError as error:
        return RawDocument(path, problem=Problem(f"the file cannot be read: {error.strerror}"))


def read_at_most(descriptor: int, expected: int, limit: int) -> bytes:
    """Return at most `limit` bytes of an open file; `expected` is its size plus one."""
    content = os.read(descriptor, expected)
    if len(content) < expected or expected == limit == len(content):
        return content
    # The file has grown since `fstat`.
    while len(content) < limit and (more := os.read(descriptor, limit - len(content))):
        content += more
    return content


def estimate_count(names: Iterable[str]) -> int | None:
    """Return the approximate number of documents in the sources, for a progress bar; None if counting is expensive."""
    number = 0
    for name in names:
        path = Path(name)
        if name != STANDARD_INPUT and path.is_dir():
            number += sum(len(files) for _path, _folders, files in os.walk(path))
        elif name == STANDARD_INPUT or is_archive(name):
            return None
        else:
            number += 1
    return number
