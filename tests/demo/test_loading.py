"""What `make run` loads: the fixtures through the importer, their pictures, three accounts."""

import io
import shutil
from collections import Counter
from pathlib import Path

import pytest
from django.contrib.auth import authenticate
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.db import transaction
from django.test import override_settings
from PIL import Image as Picture

from articles.choices import State
from articles.models import Article, Image, ImportBatch, PictureSource, StoredPicture, Topic
from demo import loading
from newsroom.accounts import create_accounts
from pictures.renditions import size_of
from providers.models import Provider
from tests.factories import make_story


@pytest.fixture(scope="module")
def loaded(django_db_setup, django_db_blocker, tmp_path_factory):
    """Load the demo once for all tests of this file, as it takes some seconds, and roll it back after them."""
    media = tmp_path_factory.mktemp("media")
    out = io.StringIO()
    with django_db_blocker.unblock(), override_settings(MEDIA_ROOT=media), transaction.atomic():
        call_command("load_demo", stdout=out)
        yield out.getvalue(), media
        transaction.set_rollback(True)


@pytest.fixture
def demo(loaded, db, settings):
    """The output of the command that loaded the demo."""
    output, settings.MEDIA_ROOT = loaded
    return output


def load_again():
    out = io.StringIO()
    call_command("load_demo", stdout=out)
    return out.getvalue()


def test_the_fixtures_are_as_rich_as_the_pages_need(demo):
    stories = Article.objects.all()
    assert stories.count() >= 81
    assert Provider.objects.count() >= 15
    domains = Counter(Provider.objects.values_list("domain", flat=True))
    assert max(domains.values()) >= 2
    assert any(not name.isascii() for name in Provider.objects.values_list("name", flat=True))
    assert Topic.objects.filter(parent__isnull=False).count() >= 10
    assert not Topic.objects.filter(parent__parent__parent__isnull=False).exists()
    related = {story.related_links.count() for story in stories}
    assert {0, 12} <= related
    assert stories.filter(kind="video").exclude(featured_content="").count() >= 3
    heats = set(stories.values_list("heat", flat=True))
    assert (min(heats), max(heats)) == (-1, 250)
    dates = sorted(stories.exclude(published_at=None).filter(visible_until=None).values_list("published_at", flat=True))
    assert (dates[-3] - dates[1]).days > 500
    assert {State.PUBLISHED, State.INBOX} <= set(stories.values_list("state", flat=True))
    assert max(len(title) for title in stories.values_list("title", flat=True)) >= 300
    assert stories.filter(locale="ar").exists()


def test_every_picture_of_the_fixtures_is_stored_and_no_other(demo):
    stored = Image.objects.exclude(file="")
    assert set(stored.values_list("url", flat=True)) == set(loading.picture_files())
    assert stored.filter(article__isnull=False).count() > 80
    assert stored.filter(provider__isnull=False).count() == 2 * Provider.objects.exclude(images=None).count() > 30
    assert not Image.objects.filter(article__isnull=False, file="").exclude(url__contains="loopinsight").exists()


def test_pictures_have_the_shape_that_their_columns_say(demo):
    for image in Image.objects.exclude(file=""):
        with image.file.open(), Picture.open(image.file) as picture:
            width, height = picture.size
        assert min(800, max(image.width, image.height)) <= max(width, height), image.url
        assert abs(width * image.height / image.width - height) <= 1, image.url


def test_the_lead_is_sharp_on_a_screen_with_two_pixels_to_one_of_css(demo):
    image = Article.objects.order_by("-heat").first().picture
    with image.file.open(), Picture.open(image.file) as picture:
        assert picture.width >= 2 * 736


def test_titles_and_credits_are_those_of_the_documents(demo):
    lead = Article.objects.get(slug__startswith="barrier-holds").picture
    assert lead.title == "The gates at Ellery Mouth shortly before high water, seen from the pilot station"
    assert (lead.attribution, lead.width, lead.height) == ("Photo: Tomas Reyle / The Harbour Post", 2048, 1365)


def test_loading_again_changes_nothing(demo):
    before = list(Image.objects.values())
    output = load_again()
    assert "0 created, 0 updated" in output
    assert "Pictures stored: 0" in output
    assert list(Image.objects.values()) == before


def test_desk_changes_stay(demo):
    first, second, third = Image.objects.filter(article__isnull=False).exclude(file="")[:3]
    own = {"title": "The desk's title", "attribution": "The desk", "width": 11, "file": "own.webp"}
    Image.objects.filter(pk=first.pk).update(**own)
    Image.objects.filter(pk=second.pk).update(title="A title", width=12, height=13, file="")
    third.delete()
    assert "Pictures stored: 1" in load_again()
    assert Image.objects.filter(pk=first.pk, **own).exists()
    second.refresh_from_db()
    assert (second.title, second.width, second.height) == ("A title", 12, 13)
    assert second.file
    assert not Image.objects.filter(pk=third.pk).exists()


def test_pictures_of_the_desk_without_a_fixture_are_unchanged(demo):
    story = Article.objects.first()
    own = Image.objects.create(article=story, url="https://img.harbourpost.example/2026/11/not-of-the-demo.jpg")
    assert "Pictures stored: 0" in load_again()
    own.refresh_from_db()
    assert not own.file


def test_the_accounts_are_named_with_passwords_that_work(demo):
    lines = [line.split() for line in demo.splitlines() if line.startswith("  ")]
    assert [line[:2] for line in lines] == [
        ["admin", "administrator"],
        ["editor", "editor"],
        ["reporter", "reporter"],
    ]
    for name, _role, password in lines:
        assert authenticate(username=name, password=password).is_staff
    editor, reporter = User.objects.get(username="editor"), User.objects.get(username="reporter")
    assert editor.has_perm("articles.publish_article")
    assert not editor.has_perm("auth.change_user")
    assert reporter.has_perm("articles.change_article")
    assert not reporter.has_perm("articles.publish_article")


def test_existing_accounts_are_unchanged(demo):
    before = User.objects.get(username="editor").password
    assert [account.password for account in create_accounts()] == ["", "", ""]
    assert User.objects.get(username="editor").password == before


def test_without_a_file_nothing_is_loaded_and_the_file_is_named(db, monkeypatch, tmp_path):
    pictures = shutil.copytree(loading.PICTURES, tmp_path / "pictures")
    monkeypatch.setattr(loading, "PICTURES", pictures)
    imports = ImportBatch.objects.count()
    (pictures / "stories" / "thaw-2.webp").unlink()
    with pytest.raises(CommandError, match=r"1 of \d+ pictures are missing in .*: stories/thaw-2.webp; nothing was"):
        call_command("load_demo")
    shutil.rmtree(pictures)
    with pytest.raises(CommandError, match=r"(\d+) of \1 pictures are missing in .*organizations/almarfa.*, …;"):
        call_command("load_demo")
    assert ImportBatch.objects.count() == imports


def test_pictures_are_stored_by_the_storage_that_is_set(db, settings):
    memory = {"BACKEND": "django.core.files.storage.InMemoryStorage"}
    settings.STORAGES = {**settings.STORAGES, "default": memory}
    PictureSource.objects.all().delete()
    StoredPicture.objects.all().delete()
    url = "https://img.isobar.example/2026/11/thaw.jpg"
    image = Image.objects.create(article=make_story(), url=url)
    file = loading.picture_files()[url]
    assert loading.store_pictures({url: file}) == 1
    image.refresh_from_db()
    with Picture.open(image.file) as picture:
        assert picture.size == size_of(image.file.name)
    assert not Path(settings.MEDIA_ROOT).exists()
