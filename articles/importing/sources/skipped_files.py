"""Decide which files of folders and archives are not documents: those of systems and repositories. Pure."""

import re
from codecs import BOM_UTF8
from enum import Enum

SYSTEM_FILES = frozenset({"thumbs.db", "ehthumbs.db", "desktop.ini", "icon\r", ".ds_store"})
# Settings of a site generator; their title is not a story's.
SITE_FILES = frozenset({"_config.yml", "_config.yaml"})
SYSTEM_FOLDER = "__MACOSX"
IMAGES = (".png", ".jpg", ".jpeg", ".gif", ".webp", ".svg", ".ico", ".bmp", ".tif", ".tiff", ".avif", ".heic", ".heif")
NOTES = ("readme", "license")
BACKUPS = (".bak", "~")
# Most names end like this. Names of skipped files begin with a special initial, or end otherwise.
DOCUMENT_ENDINGS = (".md", ".txt")
SPECIAL_INITIALS = frozenset(".rRlL")
BEFORE_FENCE = re.compile(rb"(?:\xef\xbb\xbf|\s|#[^\n]*\n|%[^\n]*\n|<!--.*?-->)*", re.DOTALL)
FENCE = re.compile(rb"^---[ \t]*(?:#[^\n]*)?$", re.MULTILINE)
FIELD = re.compile(rb"[\"']?[\w-]+[\"']?[ \t]*:")
TITLE = re.compile(rb"(?:^|[{,][ \t]*)[\"']?(?:title|taxonomy)[\"']?[ \t]*:", re.MULTILINE)


class FileKind(Enum):
    """The kind of a file by its name; for NOTES its content decides, for BACKUP the files beside it."""

    DOCUMENT = 1
    SKIPPED = 2
    NOTES = 3
    BACKUP = 4


def file_kind(name: str) -> FileKind:
    """Return the FileKind of a file by its name without folders."""
    if name.endswith(DOCUMENT_ENDINGS) and name[0] not in SPECIAL_INITIALS:
        return FileKind.DOCUMENT
    lower = name.lower()
    if name.startswith(".") or lower in SYSTEM_FILES or lower in SITE_FILES or lower.endswith(IMAGES):
        return FileKind.SKIPPED
    if lower.endswith(BACKUPS):
        return FileKind.BACKUP
    return FileKind.NOTES if lower.startswith(NOTES) else FileKind.DOCUMENT


def is_system_file(name: str) -> bool:
    """Whether an operating system wrote the file, such as a resource fork on macOS."""
    return name.lower() in SYSTEM_FILES or name.startswith("._")


def original_name(name: str) -> str:
    """Return the name of the file that a backup was made of."""
    return next(name[: -len(ending)] for ending in BACKUPS if name.lower().endswith(ending))


def has_title(content: bytes) -> bool:
    """Whether the bytes of a file have front matter with a title, or with a taxonomy."""
    content = content.replace(b"\r", b"\n")
    before_fence = BEFORE_FENCE.match(content)
    begin = before_fence.end() if before_fence else 0
    opening = FENCE.match(content, begin)
    if opening is None:
        # It may be YAML from start to end; a Markdown heading is a comment there.
        text = content.removeprefix(BOM_UTF8).lstrip()
        return FIELD.match(text) is not None and TITLE.search(text) is not None
    closing = FENCE.search(content, opening.end())
    return TITLE.search(content, opening.end(), closing.start() if closing else len(content)) is not None
