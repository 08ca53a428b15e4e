"""File names of exported stories: unique, and safe on any disk.

A story without a URL is identified by the name of its file, so it keeps that name; the name of any other story is only
for people.
"""

import re
import unicodedata
from pathlib import PurePath

from articles.documents.parse import Document
from articles.documents.raw_document import RawDocument
from articles.models import Article

ENDING = ".md"
# Bytes of one name on most disks.
NAME_LIMIT = 255
UNSAFE = re.compile(r'[\x00-\x1f\x7f<>:"/\\|?*]+')
# Names of devices on Windows, with any extension.
DEVICE = re.compile(r"(con|prn|aux|nul|com[0-9]|lpt[0-9])(\..*)?", re.IGNORECASE)
STANDARD_INPUT = re.compile(r"-[#0-9]*")


class FileNames:
    """Gives each story of an export the name of its file."""

    def __init__(self) -> None:
        # Folded, for file systems that ignore case.
        self.used_names: set[str] = set()

    def name_for(self, story: Article, url: str) -> str:
        """Return a unique name for the file of a story; `url` is that of its document, empty for none."""
        upstream = getattr(story, "upstream", None)
        stem = PurePath(upstream.source_name).stem if upstream else ""
        name = None if url or upstream is None else self.identifying_name(story, stem)
        return self.take(name or self.readable_name(story, stem))

    def identifying_name(self, story: Article, stem: str) -> str | None:
        """Return a name by which an import finds the story again, None if no file system allows one."""
        if STANDARD_INPUT.fullmatch(stem):
            # Documents from standard input are identified by provider and title.
            return f"-#{int(story.identity, 16)}{ENDING}"
        folder = folder_of(story.upstream.path or "")
        # A name that is too long for the whole extension may have a part of it.
        for name in (f"{stem}{ENDING}", f"{stem}{ENDING[:2]}", stem):
            path = folder + name
            if is_possible_path(path) and Document(name, path=path).identity == story.identity:
                # If another story has the path, this one keeps it in a folder named by its identity.
                return path if self.is_free(path) else f"{story.identity}/{path}"
        return None

    def readable_name(self, story: Article, stem: str) -> str:
        """Return the safe form of the name a story was imported under, or a name of its day and slug."""
        day = f"{story.url_date:%Y-%m-%d}-" if story.url_date else ""
        imported_stem = "" if STANDARD_INPUT.fullmatch(stem) else safe_stem(stem)
        stem = imported_stem or safe_stem(f"{day}{story.slug}") or story.identity
        name = shortened(stem, ENDING)
        return name if self.is_free(name) else shortened(stem, f"-{story.identity}{ENDING}")

    def is_free(self, name: str) -> bool:
        return folded(name) not in self.used_names

    def take(self, name: str) -> str:
        self.used_names.add(folded(name))
        return name


def folder_of(path: str) -> str:
    """Return the folder of a path with its slash, "" for none."""
    return path[: path.rfind("/") + 1]


def is_possible_path(path: str) -> bool:
    """Return whether every part of a path is possible."""
    return all(map(is_possible, path.split("/")))


def is_possible(name: str) -> bool:
    """Return whether file systems allow a name, and an import reads it unchanged."""
    is_read_unchanged = not name.startswith(".") and RawDocument(name).source == name
    return is_read_unchanged and "/" not in name and len(name.encode()) <= NAME_LIMIT


def safe_stem(stem: str) -> str:
    """Return a name without extension that is safe on any disk and in any shell; it may be empty."""
    stem = UNSAFE.sub("-", unicodedata.normalize("NFC", stem)).lstrip(".-~ ").rstrip(". ")
    return f"{stem}-" if DEVICE.fullmatch(stem) else stem


def shortened(stem: str, ending: str) -> str:
    """Return a file name of at most NAME_LIMIT bytes, by shortening its stem."""
    return stem.encode()[: NAME_LIMIT - len(ending)].decode(errors="ignore") + ending


def folded(name: str) -> str:
    return unicodedata.normalize("NFC", name).casefold()
