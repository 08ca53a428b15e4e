"""Which files of folders and archives are no documents: what systems and repositories put beside them. Pure."""

import re
from codecs import BOM_UTF8
from enum import Enum

SYSTEM_FILES = frozenset({"thumbs.db", "ehthumbs.db", "desktop.ini", "icon\r", ".ds_store"})
# Of a site's generator, whose title is not that of a story.
SITE_FILES = frozenset({"_config.yml", "_config.yaml"})
SYSTEM_FOLDER = "__MACOSX"
IMAGES = (".png", ".jpg", ".jpeg", ".gif", ".webp", ".svg", ".ico", ".bmp", ".tif", ".tiff", ".avif", ".heic", ".heif")
NOTES = ("readme", "license")
BACKUPS = (".bak", "~")
# How most names end; those of files that are skipped begin with one of the others, or end otherwise.
DOCUMENTS = (".md", ".txt")
PECULIAR = frozenset(".rRlL")
BEFORE_FENCE = re.compile(rb"(?:\xef\xbb\xbf|\s|#[^\n]*\n|%[^\n]*\n|<!--.*?-->)*", re.DOTALL)
FENCE = re.compile(rb"^---[ \t]*(?:#[^\n]*)?$", re.MULTILINE)
FIELD = re.compile(rb"[\"']?[\w-]+[\"']?[ \t]*:")
TITLE = re.compile(rb"(?:^|[{,][ \t]*)[\"']?(?:title|taxonomy)[\"']?[ \t]*:", re.MULTILINE)


class Sort(Enum):
    """What a file is by its name: a document, none, or what its content or the files beside it tell."""

    DOCUMENT = 1
    SKIPPED = 2
    NOTES = 3
    BACKUP = 4


def sort_of(name):
    """Return the Sort of a file by its name without folders."""
    if name.endswith(DOCUMENTS) and name[0] not in PECULIAR:
        return Sort.DOCUMENT
    lower = name.lower()
    if name.startswith(".") or lower in SYSTEM_FILES or lower in SITE_FILES or lower.endswith(IMAGES):
        return Sort.SKIPPED
    if lower.endswith(BACKUPS):
        return Sort.BACKUP
    return Sort.NOTES if lower.startswith(NOTES) else Sort.DOCUMENT


def is_of_a_system(name):
    """Whether a name is one that nobody gave: a file of a system, or the fork of a file on a Mac."""
    return name.lower() in SYSTEM_FILES or name.startswith("._")


def original_of(name):
    """Return the name of the file that a backup is of."""
    return next(name[: -len(ending)] for ending in BACKUPS if name.lower().endswith(ending))


def has_title(content):
    """Whether the bytes of a file have front matter with a title, or are a document of another kind."""
    content = content.replace(b"\r", b"\n")
    begin = BEFORE_FENCE.match(content).end()
    opening = FENCE.match(content, begin)
    if opening is None:
        # Perhaps YAML from end to end; a Markdown heading is a comment there.
        text = content.removeprefix(BOM_UTF8).lstrip()
        return FIELD.match(text) is not None and TITLE.search(text) is not None
    closing = FENCE.search(content, opening.end())
    return TITLE.search(content, opening.end(), closing.start() if closing else len(content)) is not None
