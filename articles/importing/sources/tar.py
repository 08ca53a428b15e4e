"""A fast reader of plain files in uncompressed tar archives.

The standard library creates an object for every member and looks up fields that most headers do not have, which takes
longer than reading and digesting a document. From the first header that is not plain, the caller continues with the
standard library; this is by design and not logged.
"""

import re
import tarfile
from collections.abc import Generator
from struct import Struct
from typing import IO
from zlib import adler32

BLOCK = tarfile.BLOCKSIZE
DIRECTORY, LONG_NAME, PAX_HEADER = b"5", b"L", b"x"
PLAIN_TYPES = (b"0", b"\0", DIRECTORY)
NAME_TYPES = (LONG_NAME, PAX_HEADER)
NAME_HEADER_LIMIT = 65_536
READ_AHEAD = 131_072
# Name, size, checksum, type, magic and prefix.
HEADER = Struct("100s24x12s12x8sc100x5s83x155s12x")
HeaderFields = tuple[bytes, bytes, bytes, bytes, bytes, bytes]
BLANK_CHECKSUM = 8 * ord(" ")
ADLER_MODULUS = 65_521
PAX_RECORD = re.compile(rb"(\d{1,8}) ([^=\n]+)=")
# Keywords of a pax header that change neither a file's bytes nor its name.
IGNORED_KEYWORDS = frozenset({b"mtime", b"atime", b"ctime", b"uid", b"gid", b"uname", b"gname"})


def plain_members(file: IO[bytes], limit: int) -> Generator[tuple[str, bytes], None, int | None]:
    """Yield (name, the first `limit` bytes) of the plain files at the start of the binary file `file`.

    Return the offset from which the standard library must continue, None at the end of the archive. Raise
    tarfile.ReadError if a file is truncated.
    """
    position = window_start = start = file.tell()
    # The bytes from `window_start` on: slicing them is faster than reading each member from the file.
    window = b""
    while True:
        first = position - window_start
        if first + BLOCK > len(window):
            file.seek(position)
            window_start, first, window = position, 0, file.read(READ_AHEAD)
        header = window[first : first + BLOCK]
        if position > start and len(header) == BLOCK and not any(header):
            return None
        header_at = position
        name: str | None = ""
        if header[156:157] in NAME_TYPES:
            file.seek(position + BLOCK)
            name, header_at = read_name_header(file, header, position)
            header = file.read(BLOCK) if name is not None else b""
        member = member_of(header)
        if member is None:
            return position
        short_name, size = member
        position = header_at + BLOCK + padded(size)
        if header[156:157] == DIRECTORY:
            continue
        first = header_at + BLOCK - window_start
        content = window[first : first + size]
        if len(content) < size or size > limit:
            file.seek(header_at + BLOCK)
            content = file.read(min(size, limit))
            if len(content) < min(size, limit):
                raise tarfile.ReadError("unexpected end of data")
        yield name or short_name, content


def read_name_header(file: IO[bytes], header: bytes, offset: int) -> tuple[str | None, int]:
    """Read a header at `offset` that names the next member; return (name or "", offset of the member's header).

    The name is None if the header has to be read by the standard library.
    """
    fields = header_fields(header)
    size = parse_octal(fields[1]) if fields else None
    if size is None or size > NAME_HEADER_LIMIT:
        return None, offset
    content = file.read(padded(size))[:size]
    name = decode_field(content) if header[156:157] == LONG_NAME else pax_name(content)
    return name, offset + BLOCK + padded(size)


def member_of(header: bytes) -> tuple[str, int] | None:
    """Return (name, size in bytes) of a header; None if it is not that of a plain file or a folder."""
    fields = header_fields(header)
    if fields is None:
        return None
    raw_name, raw_size, _checksum, member_type, magic, prefix = fields
    name, size = decode_field(raw_name), parse_octal(raw_size)
    if size is None or member_type not in PLAIN_TYPES or magic != b"ustar":
        return None
    if not name or (name[-1] == "/" and member_type != DIRECTORY) or (size and member_type == DIRECTORY):
        return None
    return f"{decode_field(prefix)}/{name}" if prefix[0] else name, size


def header_fields(header: bytes) -> HeaderFields | None:
    """Return the fields of a header in HEADER's order; None if it is not a header or its checksum is wrong."""
    if len(header) < BLOCK:
        return None
    fields: HeaderFields = HEADER.unpack(header)
    checksum = parse_octal(fields[2])
    # The checksum is the sum of all bytes, with its own eight counted as spaces. The lower half of an Adler-32 is the
    # sum of the bytes plus one, and ten times faster than adding them in Python.
    checksum_bytes = adler32(fields[2]) & 0xFFFF
    if checksum is None or adler32(header) & 0xFFFF != (checksum - BLANK_CHECKSUM + checksum_bytes) % ADLER_MODULUS:
        return None
    return fields


def parse_octal(field: bytes) -> int | None:
    """Return the number of a field of octal digits; None if it holds anything else."""
    digits = field.rstrip(b" \0").lstrip(b" ")
    try:
        # Without this check `int` would accept signs and underscores.
        return int(digits, 8) if digits.isdigit() else None
    except ValueError:
        return None


def pax_name(records: bytes) -> str | None:
    """Return the path in the records of a pax header, "" if there is none; None if other keywords matter."""
    begin, name = 0, ""
    while begin < len(records):
        record = PAX_RECORD.match(records, begin)
        end = begin + int(record[1]) if record else 0
        if record is None or end > len(records) or records[end - 1 : end] != b"\n" or end <= record.end():
            return None
        if record[2] == b"path" and not name:
            name = records[record.end() : end - 1].decode("utf-8", "surrogateescape")
        elif record[2] not in IGNORED_KEYWORDS:
            return None
        begin = end
    return name


def decode_field(field: bytes) -> str:
    return field.partition(b"\0")[0].decode("utf-8", "surrogateescape")


def padded(size: int) -> int:
    return (size + BLOCK - 1) // BLOCK * BLOCK
