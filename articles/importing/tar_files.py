"""Reading uncompressed tar archives quickly: one plain file after the other, by their headers alone.

The standard library makes an object of every member and looks up what most headers do not have, which takes
longer than reading and digesting a document. What is not plain is left to it, from its very header on.
"""

import re
import tarfile
from typing import NamedTuple

BLOCK = tarfile.BLOCKSIZE
DIRECTORY, LONG_NAME, PAX_HEADER = b"5", b"L", b"x"
KNOWN = (b"0", b"\0", DIRECTORY)
NAMING = (LONG_NAME, PAX_HEADER)
NAMING_LIMIT = 65_536
OCTAL = re.compile(rb" *([0-7]+)[ \0]*")
PAX_RECORD = re.compile(rb"(\d{1,8}) ([^=\n]+)=")
# What a pax header may say without changing which bytes a file has, or its name.
HARMLESS = frozenset({b"mtime", b"atime", b"ctime", b"uid", b"gid", b"uname", b"gname"})


class Member(NamedTuple):
    """A plain file in an archive: its name and its size in bytes."""

    name: str
    size: int


def plain_members(file, limit):
    """Yield (Member, its first `limit` bytes) of the plain files at the beginning of `file`, a binary file.

    Returns the offset from which the standard library shall go on, None at the end of the archive. Raises
    tarfile.ReadError where a file is cut off.
    """
    here = file.tell()
    while True:
        header = file.read(BLOCK)
        if here and len(header) == BLOCK and not any(header):
            return None
        at, name = here, ""
        if header[156:157] in NAMING:
            name, at = name_before(file, header, at)
            header = file.read(BLOCK) if name is not None else b""
        member = member_of(header)
        if member is None:
            return here
        if header[156:157] != DIRECTORY:
            taken = min(member.size, limit)
            content = file.read(taken)
            if len(content) < taken:
                raise tarfile.ReadError("unexpected end of data")
            yield member._replace(name=name) if name else member, content
        here = at + BLOCK + padded(member.size)
        file.seek(here)


def name_before(file, header, at):
    """Read what stands before a file's own header at `at`: return (the name it gives or "", where that header begins).

    The name is None where it says something that is left to the standard library.
    """
    size = checked_size(header)
    if size is None or size > NAMING_LIMIT:
        return None, at
    said = file.read(padded(size))[:size]
    name = text_of(said) if header[156:157] == LONG_NAME else pax_name(said)
    return name, at + BLOCK + padded(size)


def member_of(header):
    """Return the Member whose header this is, None if it is anything but that of a plain file."""
    size = checked_size(header)
    if size is None or header[156:157] not in KNOWN or header[257:262] != b"ustar":
        return None
    name, prefix = text_of(header[:100]), text_of(header[345:500]) if header[345] else ""
    kind = header[156:157]
    if not name or (name.endswith("/") and kind != DIRECTORY) or (size and kind == DIRECTORY):
        return None
    return Member(f"{prefix}/{name}" if prefix else name, size)


def checked_size(header):
    """Return the size a header gives, None if it is no header or its sum is wrong."""
    checksum, size = OCTAL.fullmatch(header[148:156]), OCTAL.fullmatch(header[124:136])
    if len(header) < BLOCK or not checksum or not size:
        return None
    # The sum is that of all bytes, its own eight taken as blanks.
    if sum(header) - sum(header[148:156]) + 256 != int(checksum[1], 8):
        return None
    return int(size[1], 8)


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
