"""Finding the documents that a call names, one at a time."""

import codecs
import os
import re
import stat
import sys
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path

from django.conf import settings

from articles.importing.archives import is_archive, read_archive
from articles.importing.front_matter import has_fields_of_a_document
from articles.importing.problems import Problem
from articles.importing.raw import RawDocument
from articles.importing.skipping import (
    DOCUMENTS,
    PECULIAR,
    SYSTEM_FOLDER,
    Sort,
    has_title,
    is_of_a_system,
    original_of,
    sort_of,
)

STANDARD_INPUT = "-"
BYTE_ORDER_MARK = codecs.BOM_UTF8
FENCE = re.compile(rb"---(?:[ \t]+#[^\n]*|[ \t]*\r?)\n?$")
END_OF_YAML = re.compile(rb"\.\.\.(?:[ \t]+#[^\n]*|[ \t]*\r?)\n?$")
# No more of what may be front matter is held back before it is taken for a part of a body.
LINES_HELD_BACK = 200


class UnusableSource(Exception):
    """A source that is not there or cannot be opened: the call was wrong, and nothing is imported."""


def check_sources(names):
    """Raise UnusableSource, naming all of them, unless every source can be opened."""
    missing = [name for name in names if name != STANDARD_INPUT and not Path(name).exists()]
    if missing:
        raise UnusableSource("no such file or folder: " + ", ".join(missing))
    closed = [name for name in names if name != STANDARD_INPUT and not os.access(name, os.R_OK)]
    if closed:
        raise UnusableSource("not readable: " + ", ".join(closed))


def read_sources(names, standard_input=None) -> Iterator[RawDocument]:
    """Yield the RawDocument of every document in `names`: files, archives, folders (all not hidden), `-`."""
    for name in names:
        if name == STANDARD_INPUT:
            with nullcontext(standard_input) if standard_input else standard_input_apart() as stream:
                yield from read_stream(stream)
        elif Path(name).is_dir():
            yield from read_folder(Path(name))
        else:
            yield from read_named(str(Path(name)))


def standard_input_apart():
    """Return a stream of this process's standard input that stays open where a copy of the process closes its own."""
    try:
        return open(os.dup(sys.stdin.fileno()), "rb")
    except OSError:
        # A test's or another program's object without a descriptor; nothing can copy that one away.
        return nullcontext(sys.stdin.buffer)


def read_stream(stream):
    """Yield the documents of standard input: one, or several one after the other.

    In a body a line of --- begins the next document if fields follow, among them one that every document has, as a body
    may hold rules of its own. The first one's source is `-`, the next one's `-#2`.
    """
    number, fences, document, pending = 1, 0, bytearray(), b""
    limit = settings.IMPORT_MAX_DOCUMENT_BYTES + 1
    # Of a line without end, too, no more is read than it takes for the parser to refuse the document.
    while line := stream.readline(limit):
        is_fence = bool(FENCE.match(line.removeprefix(BYTE_ORDER_MARK)))
        if pending and not is_fence:
            pending += line
            begins = begins_document(pending)
            if begins:
                yield RawDocument(stream_source(number), bytes(document))
                number, fences, document = number + 1, 1, bytearray()
            if begins is not None:
                document += pending
                pending = b""
        else:
            document += pending
            fences += is_fence or (fences == 1 and bool(END_OF_YAML.match(line)))
            pending = line if is_fence and fences > 2 else b""
            if not pending:
                document += line
        del document[limit:]
    yield RawDocument(stream_source(number), bytes(document + pending))


def begins_document(lines):
    """Tell whether a line of --- and what follows it begin a document; None if it takes more lines to tell."""
    if lines.count(b"\n") > LINES_HELD_BACK:
        return False
    text = lines.decode(errors="replace").replace("\r", "")
    return has_fields_of_a_document(text, text.find("\n") + 1)


def stream_source(number):
    return STANDARD_INPUT if number == 1 else f"{STANDARD_INPUT}#{number}"


def read_folder(folder):
    """Yield the documents of a folder and those below it, by name; hidden folders are left out, other files skipped."""
    closed = []
    for place, folders, files in os.walk(folder, onerror=closed.append):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        is_of_system = SYSTEM_FOLDER in place and SYSTEM_FOLDER in Path(place).relative_to(folder).parts
        for name in sorted(files):
            if name.endswith(DOCUMENTS) and name[0] not in PECULIAR and not is_of_system:
                # Most are like this, and need no further look.
                yield read_file(os.path.join(place, name))
            else:
                yield from read_member(place, name, files, is_of_system)
    for error in closed:
        yield RawDocument(str(error.filename), problem=Problem(f"the folder cannot be read: {error.strerror}"))


def read_member(place, name, files, is_of_system):
    """Yield the documents of one of the `files` of a folder, or that it is skipped."""
    path, sort = os.path.join(place, name), Sort.SKIPPED if is_of_system else sort_of(name)
    if sort is Sort.DOCUMENT:
        yield from read_path(path)
    elif sort is Sort.SKIPPED or (sort is Sort.BACKUP and original_of(name) in files):
        yield RawDocument(path, is_skipped=True)
    elif sort is Sort.NOTES and not is_archive(name):
        yield skipped_without_title(read_file(path))
    else:
        yield from read_path(path)


def skipped_without_title(document):
    """Return the RawDocument of a file, as one that is skipped if it was read and has no title."""
    if document.problem is None and not has_title(document.content):
        return RawDocument(document.source, is_skipped=True)
    return document


def read_named(path):
    """Yield the documents of a file that the call names, which are read whatever their name.

    What no person can have meant, as a shell's * names it, is skipped all the same, if it is no document.
    """
    name = os.path.basename(path)
    if not is_archive(name) and (is_of_a_system(name) or sort_of(name) is Sort.NOTES):
        yield skipped_without_title(read_file(path))
    else:
        yield from read_path(path)


def read_path(path):
    """Yield the documents of one file: those in it if it is an archive, else itself."""
    if is_archive(path):
        yield from read_archive(Path(path))
    else:
        yield read_file(path)


def read_file(path):
    """Return the RawDocument of one file; no more of it is read than a document may have."""
    limit = settings.IMPORT_MAX_DOCUMENT_BYTES + 1
    try:
        # Not to wait for whoever writes into a pipe.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
        try:
            status = os.fstat(descriptor)
            if not stat.S_ISREG(status.st_mode):
                return RawDocument(path, problem=Problem("this is no regular file"))
            return RawDocument(path, read_at_most(descriptor, min(status.st_size + 1, limit), limit))
        finally:
            os.close(descriptor)
    except OSError as error:
        return RawDocument(path, problem=Problem(f"the file cannot be read: {error.strerror}"))


def read_at_most(descriptor, expected, limit):
    """Return the bytes of an open file, of which there are about `expected`, at most `limit`."""
    content = os.read(descriptor, expected)
    if len(content) < expected or expected == limit == len(content):
        return content
    # It has grown since it was looked at.
    while len(content) < limit and (more := os.read(descriptor, limit - len(content))):
        content += more
    return content


def count_hint(names):
    """Return about how many documents the sources hold, for a progress bar; None if that is not cheap to say."""
    number = 0
    for name in names:
        path = Path(name)
        if name != STANDARD_INPUT and path.is_dir():
            number += sum(len(files) for _place, _folders, files in os.walk(path))
        elif name == STANDARD_INPUT or is_archive(name):
            return None
        else:
            number += 1
    return number
