"""Reading uncompressed tar archives quickly: one plain file after the other, by their headers alone.

The standard library makes an object of every member and looks up what most headers do not have, which takes
longer than reading and digesting a document. What is not plain is left to it, from its very header on: by design, so
it is not logged.
"""

import re
import tarfile
from struct import Struct
from zlib import adler32

BLOCK = tarfile.BLOCKSIZE
DIRECTORY, LONG_NAME, PAX_HEADER = b"5", b"L", b"x"
KNOWN = (b"0", b"\0", DIRECTORY)
NAMING = (LONG_NAME, PAX_HEADER)
NAMING_LIMIT = 65_536
WINDOW = 131_072
# Name, size, checksum, kind, magic and prefix.
HEADER = Struct("100s24x12s12x8sc100x5s83x155s12x")
CHECKSUM_ITSELF = 8 * ord(" ")
ADLERS_BASE = 65_521
PAX_RECORD = re.compile(rb"(\d{1,8}) ([^=\n]+)=")
# What a pax header may say without changing which bytes a file has, or its name.
HARMLESS = frozenset({b"mtime", b"atime", b"ctime", b"uid", b"gid", b"uname", b"gname"})


def plain_members(file, limit):
    """Yield (name, the first `limit` bytes) of the plain files at the beginning of `file`, a binary file.

    Returns the offset from which the standard library shall go on, None at the end of the archive. Raises
    tarfile.ReadError where a file is cut off.
    """
    here = begin = start = file.tell()
    # What was read at once, from `begin` on: to take a slice of it costs less than to read a piece.
    seen = b""
    while True:
        first = here - begin
        if first + BLOCK > len(seen):
            file.seek(here)
            begin, first, seen = here, 0, file.read(WINDOW)
        header = seen[first : first + BLOCK]
        if here > start and len(header) == BLOCK and not any(header):
            return None
        at, name = here, ""
        if header[156:157] in NAMING:
            file.seek(here + BLOCK)
            name, at = name_before(file, header, here)
            header = file.read(BLOCK) if name is not None else b""
        member = member_of(header)
        if member is None:
            return here
        own_name, size = member
        here = at + BLOCK + padded(size)
        if header[156:157] == DIRECTORY:
            continue
        first = at + BLOCK - begin
        content = seen[first : first + size]
        if len(content) < size or size > limit:
            file.seek(at + BLOCK)
            content = file.read(min(size, limit))
            if len(content) < min(size, limit):
                raise tarfile.ReadError("unexpected end of data")
        yield name or own_name, content


def name_before(file, header, at):
    """Read what stands before a file's own header at `at`: return (the name it gives or "", where that header begins).

    The name is None where it says something that is left to the standard library.
    """
    fields = checked(header)
    size = number_in(fields[1]) if fields else None
    if size is None or size > NAMING_LIMIT:
        return None, at
    said = file.read(padded(size))[:size]
    name = text_of(said) if header[156:157] == LONG_NAME else pax_name(said)
    return name, at + BLOCK + padded(size)


def member_of(header):
    """Return (name, size in bytes) by a header, None if it is anything but that of a plain file or a folder."""
    fields = checked(header)
    if fields is None:
        return None
    name, size, _checksum, kind, magic, prefix = fields
    name, size = text_of(name), number_in(size)
    if size is None or kind not in KNOWN or magic != b"ustar":
        return None
    if not name or (name[-1] == "/" and kind != DIRECTORY) or (size and kind == DIRECTORY):
        return None
    return f"{text_of(prefix)}/{name}" if prefix[0] else name, size


def checked(header):
    """Return the fields of a header as HEADER has them, None if it is no header or its sum is wrong."""
    if len(header) < BLOCK:
        return None
    fields = HEADER.unpack(header)
    checksum = number_in(fields[2])
    # The sum is that of all bytes, its own eight taken as blanks. Half of an Adler-32 is that of its bytes and one,
    # which takes a tenth of adding them up here.
    its_own = adler32(fields[2]) & 0xFFFF
    if checksum is None or adler32(header) & 0xFFFF != (checksum - CHECKSUM_ITSELF + its_own) % ADLERS_BASE:
        return None
    return fields


def number_in(field):
    """Return the number that a field has in octal digits, None if it has anything else."""
    digits = field.rstrip(b" \0").lstrip(b" ")
    try:
        # Else it would take signs and blanks between digits, too.
        return int(digits, 8) if digits.isdigit() else None
    except ValueError:
        return None


def pax_name(records):
    """Return the path that the records of a pax header give, "" if none, None if they say anything that matters."""
    at, name = 0, ""
    while at < len(records):
        record = PAX_RECORD.match(records, at)
        end = at + int(record[1]) if record else 0
        if record is None or end > len(records) or records[end - 1 : end] != b"\n" or end <= record.end():
            return None
        if record[2] == b"path" and not name:
            name = records[record.end() : end - 1].decode("utf-8", "surrogateescape")
        elif record[2] not in HARMLESS:
            return None
        at = end
    return name


def text_of(field):
    return field.partition(b"\0")[0].decode("utf-8", "surrogateescape")


def padded(size):
    return (size + BLOCK - 1) // BLOCK * BLOCK
