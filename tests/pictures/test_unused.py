"""Removing pictures that nothing shows, and files without a picture."""

import os
from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.utils import timezone

from articles.models import Image, PictureSource, StoredPicture
from articles.models.picture import SourceState
from pictures import unused as unused_module
from pictures.renditions import all_names
from pictures.unused import LEAST_AGE, list_unused, remove
from tests.factories import make_picture, make_story
from tests.pictures.test_blocking import add_stored
from tests.pictures.test_storing import stored_files

pytestmark = pytest.mark.django_db


def age(settings, by=LEAST_AGE + timedelta(minutes=1)):
    """Make everything that is stored older."""
    StoredPicture.objects.update(created_at=timezone.now() - by)
    for name in stored_files(settings):
        path = Path(settings.MEDIA_ROOT, name)
        moment = path.stat().st_mtime - by.total_seconds()
        os.utime(path, (moment, moment))


def run(*options):
    out = StringIO()
    call_command("remove_unused_pictures", *options, stdout=out)
    return out.getvalue()


def test_only_what_nothing_shows_is_removed(settings):
    shown, removed = add_stored(), add_stored("https://img.example/b.jpg", seed=1)
    legacy = make_picture(article=make_story())
    orphan = default_storage.save("pictures/old.jpg", ContentFile(b"x"))
    picture, source = removed.stored, removed.source
    removed.delete()
    age(settings)
    unused = list_unused()
    assert unused.pictures == [picture]
    assert unused.orphans == [orphan]
    assert unused.file_names == [*all_names(picture.file), orphan]
    assert remove(unused) == []
    assert stored_files(settings) == sorted([*all_names(shown.file.name), legacy.file.name])
    source.refresh_from_db()
    assert (source.state, source.stored, source.etag) == (SourceState.WAITING, None, "")


def test_what_was_stored_a_moment_ago_stays(settings):
    """It may not be shown yet, or its row not written."""
    add_stored().delete()
    default_storage.save("pictures/ab/half.jpg", ContentFile(b"x"))
    age(settings, LEAST_AGE - timedelta(minutes=1))
    assert list_unused().file_names == []


def test_uploads_stay_unless_they_are_asked_for(settings):
    image = add_stored()
    picture = image.stored
    image.delete()
    PictureSource.objects.all().delete()
    age(settings)
    assert list_unused().pictures == []
    assert list_unused(uploads=True).pictures == [picture]


def test_a_picture_that_is_shown_again_meanwhile_stays(settings):
    image = add_stored()
    picture, story = image.stored, image.article
    image.delete()
    age(settings)
    unused = list_unused()
    Image.objects.create(article=story, url="", stored=picture, file=picture.file)
    assert remove(unused) == []
    assert stored_files(settings) == sorted(all_names(picture.file))


def test_the_row_of_a_blocked_picture_stays(settings):
    image = add_stored()
    StoredPicture.objects.update(is_blocked=True)
    image.delete()
    age(settings)
    unused = list_unused(uploads=True)
    assert unused.pictures == []
    remove(unused)
    assert StoredPicture.objects.count() == 1
    # Its files, should any be left, belong to nothing.
    assert stored_files(settings) == []


def test_the_command_shows_first_and_removes_on_request(settings):
    add_stored().delete()
    age(settings)
    files = stored_files(settings)
    assert "Nothing was deleted. To delete them, add --apply." in run()
    assert stored_files(settings) == files
    output = run("--apply")
    assert f"1 unused pictures and 0 files without a picture: {len(files)} files" in output
    assert stored_files(settings) == []
    assert run() == "0 unused pictures and 0 files without a picture: 0 files\n"


def test_the_command_fails_if_files_remain(settings, monkeypatch):
    add_stored().delete()
    age(settings)
    monkeypatch.setattr(unused_module, "remove_files", list)
    with pytest.raises(CommandError, match="files could not be deleted"):
        run("--apply")
