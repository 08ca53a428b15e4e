"""Recognising common kinds of binary files by their first bytes. Pure."""

import codecs

PDF = b"%PDF-"
SIGNATURES = (
    (b"\x89PNG", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"GIF8", "a GIF picture"),
    (b"BM", "a BMP picture"),
    (b"II*\0", "a TIFF picture"),
    (b"MM\0*", "a TIFF picture"),
    (b"SQLite format 3\0", "an SQLite database"),
    (b"PK\x03\x04", "a zip archive"),
    (b"PK\x05\x06", "a zip archive"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"BZh", "a bzip2 archive"),
    (b"\xfd7zXZ\0", "an xz archive"),
    (b"(\xb5/\xfd", "a zstd archive"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive"),
    (b"Rar!\x1a\x07", "a RAR archive"),
    (b"\x7fELF", "a program"),
    (b"MZ", "a program"),
    (b"\xd0\xcf\x11\xe0", "an old Office file or thumbnail store"),
    (b"ID3", "an MP3 audio file"),
    (b"OggS", "an Ogg audio or video file"),
    (b"\x1aE\xdf\xa3", "a Matroska or WebM video"),
    (b"wOFF", "a font"),
    (b"wOF2", "a font"),
    (b"\0\0\1\0", "an icon"),
)
# (offset, signature, name): containers that begin with a length or a common header.
OFFSET_SIGNATURES = (
    (8, b"WEBP", "a WebP picture"),
    (8, b"WAVE", "a WAV audio file"),
    (4, b"ftyp", "an MP4 video or HEIC picture"),
)
TAR_OFFSET, TAR = 257, b"ustar"
HEAD_SIZE = 512
ARCHIVES = "archives must be zip or tar files and named accordingly"


def known_binary(content: bytes) -> str:
    """Return the kind of a binary file, such as "a PNG picture", or an empty string if `content` may be text."""
    head = content[:HEAD_SIZE]
    if head.startswith(PDF):
        return "a PDF"
    if head.startswith((b"---", codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) or is_text(head):
        return ""
    for signature, name in SIGNATURES:
        # Text in another encoding may begin with two capital letters.
        if head.startswith(signature) and (len(signature) > 3 or not signature.isalnum() or b"\0" in head):
            return name
    for place, signature, name in OFFSET_SIGNATURES:
        if head.startswith(signature, place):
            return name
    return "a tar archive" if head.startswith(TAR, TAR_OFFSET) else "a binary file" if b"\0" in head else ""


def is_text(head: bytes) -> bool:
    """Return whether the beginning of a file is UTF-8 text; its last character may be cut off."""
    try:
        text = codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        return False
    return "\0" not in text
