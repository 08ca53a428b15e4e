"""Fill an empty newsroom with the fixtures: documents through the importer, pictures through the storage."""

from collections.abc import Callable
from pathlib import Path, PurePosixPath
from urllib.parse import urlsplit

from django.db.models import Q

from articles.documents.parse import parse_document
from articles.importing.results import Outcome, Report
from articles.importing.runner import import_sources
from articles.models import Image, PictureSource
from articles.models.picture import SourceState
from newsroom.environment import BASE_DIR
from pictures.choosing import mark_site_pictures
from pictures.linking import assign_copies, link_sources
from pictures.storing import store_picture

FIXTURES = BASE_DIR / "fixtures"
PICTURES = FIXTURES / "pictures"
FOLDERS = ("seed", "topics", "organizations", "stories")
# The seed is upstream's own document: its pictures belong to a real outlet, and we have no copies.
FOLDERS_WITH_PICTURES = ("organizations", "stories")
# How many missing files a message names.
LISTED = 3


class MissingPictures(Exception):
    """The fixtures name pictures that are not in the checkout."""


def load_fixtures(notify: Callable[[Outcome], None] | None = None) -> Report:
    """Import the fixtures and return the importer's Report; a second call changes nothing."""
    return import_sources([str(FIXTURES / folder) for folder in FOLDERS], notify=notify)


def picture_files() -> dict[str, Path]:
    """Return {URL: file} of every picture that a fixture names; raise MissingPictures if a file is not there."""
    files: dict[str, Path] = {}
    for folder in FOLDERS_WITH_PICTURES:
        for path in sorted((FIXTURES / folder).glob("*.md")):
            document = parse_document(path.read_bytes(), path.name)
            for image in document.values.get("images", []):
                files[image["url"]] = PICTURES / folder / picture_name(image["url"])
    missing_files = sorted(file for file in files.values() if not file.is_file())
    if missing_files:
        names = [file.relative_to(PICTURES).as_posix() for file in missing_files[:LISTED]]
        names += ["…"] if len(missing_files) > LISTED else []
        raise MissingPictures(
            f"{len(missing_files)} of {len(files)} pictures are missing in {PICTURES}: {', '.join(names)}"
        )
    return files


def picture_name(url: str) -> str:
    """Return the file name for a picture's URL: the last part of its path, as WebP."""
    return PurePosixPath(urlsplit(url).path).stem + ".webp"


def store_pictures(files: dict[str, Path]) -> int:
    """Store our copy of each picture in `files`, {URL: file}, that has none yet; return how many pictures got one.

    They are stored as if they had been downloaded. Size, title and credit stay the document's, or the desk's by now.
    """
    images = Image.objects.filter(url__in=files, related_link=None)
    before = dict(images.values_list("pk", "file"))
    link_sources(images)
    waiting = images.filter(Q(file="") | Q(source__state=SourceState.WAITING), source__isnull=False)
    pairs = list(waiting.values_list("source", "url"))
    for key, url in dict(pairs).items():
        source = PictureSource.objects.get(pk=key)
        source.stored, source.state = store_picture(files[url].read_bytes()), SourceState.STORED
        source.save(update_fields=["stored", "state"])
    assign_copies({key for key, _url in pairs})
    mark_site_pictures({key for key, _url in pairs})
    after = dict(images.values_list("pk", "file"))
    return sum(after[key] != file for key, file in before.items())
