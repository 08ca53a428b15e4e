"""Reading uncompressed tar archives quickly: one plain file after the other, by their headers alone.

The standard library makes an object of every member and looks up what most headers do not have, which takes
longer than reading and digesting a document. What is not plain is left to it, from its very header on.
"""

import re
import tarfile
from typing import NamedTuple

BLOCK = tarfile.BLOCKSIZE
FILE_TYPES = (b"0", b"\0")
PAX_HEADER = b"x"
PAX_LIMIT = 65_536
OCTAL = re.compile(rb" *([0-7]+)[ \0]*")
PAX_RECORD = re.compile(rb"(\d+) ([^=\n]+)=")
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
    offset = file.tell()
    while True:
        here, header = offset, file.read(BLOCK)
        while len(header) == BLOCK and header[156:157] == PAX_HEADER:
            size = checked_size(header)
            if size is None or size > PAX_LIMIT or not is_harmless(file.read(padded(size))[:size]):
                return here
            offset += BLOCK + padded(size)
            header = file.read(BLOCK)
        if len(header) == BLOCK and not any(header) and offset == here and offset > 0:
            return None
        member = member_of(header)
        if member is None:
            return here
        taken = min(member.size, limit)
        content = file.read(taken)
        if len(content) < taken:
            raise tarfile.ReadError("unexpected end of data")
        yield member, content
        offset += BLOCK + padded(member.size)
        file.seek(offset)


def member_of(header):
    """Return the Member whose header this is, None if it is anything but that of a plain file."""
    size = checked_size(header)
    if size is None or header[156:157] not in FILE_TYPES or header[257:262] != b"ustar":
        return None
    name, prefix = text_of(header[:100]), text_of(header[345:500])
    if not name or name.endswith("/"):
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


def is_harmless(records):
    """Whether the records of a pax header say nothing that matters here."""
    at = 0
    while at < len(records):
        record = PAX_RECORD.match(records, at)
        if record is None or record[2] not in HARMLESS or int(record[1]) < len(record[0]):
            return False
        at += int(record[1])
    return at == len(records)


def text_of(field):
    return field.partition(b"\0")[0].decode("utf-8", "surrogateescape")


def padded(size):
    return (size + BLOCK - 1) // BLOCK * BLOCK
