"""File names of exported stories: unique, and safe on any disk.

A story without a URL is known by its file's name, so that name must come back as it was; that of any other story is
only for people.
"""

import re
import unicodedata
from pathlib import PurePath

from articles.documents.parse import Document
from articles.documents.raw_document import RawDocument

ENDING = ".md"
# Bytes of one name on most disks.
NAME_LIMIT = 255
UNSAFE = re.compile(r'[\x00-\x1f\x7f<>:"/\\|?*]+')
# Names of devices on Windows, with any extension.
DEVICE = re.compile(r"(con|prn|aux|nul|com[0-9]|lpt[0-9])(\..*)?", re.IGNORECASE)
STANDARD_INPUT = re.compile(r"-[#0-9]*")


class FileNames:
    """Gives each story of an export the name of its file."""

    def __init__(self):
        # As disks compare them that do not tell upper and lower case apart.
        self.taken = set()

    def name_for(self, story, url):
        """Return a name for the file of a story that has the `url` in its document, or none."""
        upstream = getattr(story, "upstream", None)
        stem = PurePath(upstream.source_name).stem if upstream else ""
        name = None if url or upstream is None else self.name_it_is_known_by(story, stem)
        return self.take(name or self.name_for_people(story, stem))

    def name_it_is_known_by(self, story, stem):
        """Return a name by which an import finds the story again, None if there is none a disk takes."""
        if STANDARD_INPUT.fullmatch(stem):
            # Documents from standard input are known by provider and title.
            return f"-#{int(story.identity, 16)}{ENDING}"
        # Of a name that is too long for the whole ending a part of it is enough.
        for name in (f"{stem}{ENDING}", f"{stem}{ENDING[:2]}", stem):
            if is_possible(name) and Document(name).identity == story.identity:
                # In a folder of its own it keeps its name where another story has it.
                return name if self.is_free(name) else f"{story.identity}/{name}"
        return None

    def name_for_people(self, story, stem):
        """Return the safe form of the name a story came under, or a name of its day and slug."""
        day = f"{story.url_date:%Y-%m-%d}-" if story.url_date else ""
        came_as = "" if STANDARD_INPUT.fullmatch(stem) else safe_stem(stem)
        stem = came_as or safe_stem(f"{day}{story.slug}") or story.identity
        name = shortened(stem, ENDING)
        return name if self.is_free(name) else shortened(stem, f"-{story.identity}{ENDING}")

    def is_free(self, name):
        return folded(name) not in self.taken

    def take(self, name):
        self.taken.add(folded(name))
        return name


def is_possible(name):
    """Whether a disk takes a name, and an import reads it as it is."""
    is_read = not name.startswith(".") and RawDocument(name).source == name
    return is_read and "/" not in name and len(name.encode()) <= NAME_LIMIT


def safe_stem(stem):
    """Return a name without extension that is harmless on any disk and in any shell, perhaps an empty one."""
    stem = UNSAFE.sub("-", unicodedata.normalize("NFC", stem)).lstrip(".-~ ").rstrip(". ")
    return f"{stem}-" if DEVICE.fullmatch(stem) else stem


def shortened(stem, ending):
    """Return a file name of at most 255 bytes, its stem cut if need be."""
    return stem.encode()[: NAME_LIMIT - len(ending)].decode(errors="ignore") + ending


def folded(name):
    return unicodedata.normalize("NFC", name).casefold()
