"""Pictures that are removed from all stories and blocked, and allowed again."""

from pathlib import Path

import pytest
from django.core.exceptions import PermissionDenied

from articles.choices import Origin
from articles.editing.restoring import restore
from articles.history.notes import describe_note
from articles.models import BlockedPicture, DeskDecisions, Image, PictureSource, Revision, StoredPicture
from articles.models.image import NEVER_LEADS
from articles.models.picture import SourceState
from articles.workflow import COMMAND_LINE, Actor
from newsroom.signatures import StalePreview
from pictures.blocking import allow_again, blocking_signature, remove_and_block
from pictures.linking import assign_copies, link_sources
from pictures.storing import PictureRefused, store_picture
from tests.articles.db.test_triggers import renews_version
from tests.factories import make_picture, make_provider, make_story
from tests.picture_files import picture_bytes
from tests.pictures.test_storing import stored_files

pytestmark = pytest.mark.django_db


def add_stored(url="https://img.example/a.jpg", seed=0, **owner):
    """Add a picture that was downloaded from `url`, to a new story unless `owner` says another."""
    image = Image.objects.create(url=url, **(owner or {"article": make_story()}))
    link_sources()
    image.refresh_from_db()
    stored = store_picture(picture_bytes(seed=seed))
    PictureSource.objects.filter(pk=image.source_id).update(state=SourceState.STORED, stored=stored)
    assign_copies([image.source_id])
    image.refresh_from_db()
    return image


class TestRemovingAndBlocking:
    def test_every_story_loses_it_and_its_files_are_deleted(
        self, settings, django_capture_on_commit_callbacks, administrator
    ):
        image = add_stored()
        same_url, same_bytes = add_stored(), add_stored("https://img.example/copy.jpg")
        other = add_stored("https://img.example/other.jpg", seed=3)
        number_of_files = len(stored_files(settings))
        with django_capture_on_commit_callbacks(execute=True):
            number = remove_and_block(image, Actor(Origin.ADMIN, administrator))
        assert number == 3
        for row in (image, same_url, same_bytes):
            row.refresh_from_db()
            assert (row.file.name, row.stored, row.lead_score) == ("", None, NEVER_LEADS)
            assert row.source.state == SourceState.BLOCKED
        other.refresh_from_db()
        assert other.file
        assert len(stored_files(settings)) == number_of_files // 2
        assert set(Path(settings.MEDIA_ROOT, other.file.name).parent.iterdir())

    def test_the_histories_record_it(self, administrator):
        image = add_stored()
        name = image.file.name
        remove_and_block(image, Actor(Origin.ADMIN, administrator))
        revision = Revision.objects.get(article=image.article)
        assert revision.actor == administrator
        assert describe_note(revision.note) == "Removed and blocked the picture https://img.example/a.jpg"
        assert revision.changes["images"][str(image.pk)][0]["file"] == name
        # Imports go on merging the list of pictures.
        assert not DeskDecisions.objects.exists()

    @pytest.mark.django_db(transaction=True)
    def test_cached_pages_expire(self):
        image = add_stored()
        assert renews_version(lambda: remove_and_block(image, COMMAND_LINE))

    def test_it_is_neither_stored_nor_restored_again(self, django_capture_on_commit_callbacks, settings):
        image = add_stored()
        with django_capture_on_commit_callbacks(execute=True):
            remove_and_block(image, COMMAND_LINE)
        with pytest.raises(PictureRefused):
            store_picture(picture_bytes())
        restore(image.article, 0, COMMAND_LINE)
        image.refresh_from_db()
        assert (image.file.name, image.lead_score) == ("", NEVER_LEADS)
        later = Image.objects.create(article=make_story(), url=image.url)
        link_sources()
        later.refresh_from_db()
        assert (later.source.state, later.file.name) == (SourceState.BLOCKED, "")
        assert stored_files(settings) == []

    def test_one_that_was_never_downloaded_is_blocked_by_its_url(self):
        image = Image.objects.create(article=make_story(), url="https://img.example/a.jpg")
        assert remove_and_block(image, COMMAND_LINE) == 1
        assert PictureSource.objects.get().state == SourceState.BLOCKED
        assert Revision.objects.get(article=image.article).note == "picture blocked: https://img.example/a.jpg"

    def test_a_download_that_ends_just_after_it_shows_nothing(self):
        """Its source is stored, with a picture that was blocked in the meantime."""
        image = add_stored()
        StoredPicture.objects.update(is_blocked=True)
        Image.objects.update(stored=None, file="")
        assign_copies([image.source_id])
        assert not Image.objects.get(pk=image.pk).file

    def test_an_upload_is_blocked_by_its_content(self):
        stored = store_picture(picture_bytes())
        image = Image.objects.create(article=make_story(), stored=stored, file=stored.file)
        remove_and_block(image, COMMAND_LINE)
        assert StoredPicture.objects.get().is_blocked

    def test_a_file_of_an_earlier_release_is_deleted(self, django_capture_on_commit_callbacks, settings):
        image = make_picture(article=make_story())
        with django_capture_on_commit_callbacks(execute=True):
            remove_and_block(image, COMMAND_LINE)
        assert stored_files(settings) == []

    @pytest.mark.parametrize("group", ["reporter"])
    def test_it_takes_the_permissions_to_delete_pictures_and_to_publish(self, group, reporter):
        image = add_stored()
        with pytest.raises(PermissionDenied):
            remove_and_block(image, Actor(Origin.ADMIN, reporter))
        image.refresh_from_db()
        assert image.file
        assert not StoredPicture.objects.get().is_blocked

    def test_who_blocked_what_and_where_is_recorded(self, administrator):
        image = add_stored()
        Image.objects.update(title="A quay")
        image.refresh_from_db()
        remove_and_block(image, Actor(Origin.ADMIN, administrator))
        block = BlockedPicture.objects.get()
        assert (block.title, block.url, block.article) == ("A quay", image.url, image.article)
        assert block.blocked_by == administrator
        assert (PictureSource.objects.get().block, StoredPicture.objects.get().block) == (block, block)

    def test_one_that_another_story_shows_by_now_is_not_blocked_by_an_old_preview(self):
        image = add_stored()
        signature = blocking_signature(image)
        other = add_stored()
        with pytest.raises(StalePreview):
            remove_and_block(image, COMMAND_LINE, signature)
        assert Image.objects.exclude(file="").count() == 2
        remove_and_block(image, COMMAND_LINE, blocking_signature(other))
        assert not Image.objects.exclude(file="").exists()

    def test_the_signature_of_an_unlinked_picture_is_that_of_its_url(self):
        """Looking at the preview links nothing."""
        first = Image.objects.create(article=make_story(), url="https://img.example/a.jpg")
        link_sources()
        second = Image.objects.create(article=make_story(), url="https://img.example/a.jpg")
        assert blocking_signature(second) != blocking_signature(first)
        assert Image.objects.get(pk=second.pk).source is None
        assert remove_and_block(second, COMMAND_LINE, blocking_signature(second)) == 2
        assert {image.source.state for image in Image.objects.all()} == {SourceState.BLOCKED}

    def test_pictures_without_a_file_or_url_are_not_all_the_same(self):
        image, other = (Image.objects.create(article=make_story()) for _number in range(2))
        assert remove_and_block(image, COMMAND_LINE) == 1
        assert not Revision.objects.filter(article=other.article).exists()


class TestAllowingAgain:
    def test_it_is_downloaded_and_shown_as_before(self, django_capture_on_commit_callbacks, settings):
        image = add_stored()
        with django_capture_on_commit_callbacks(execute=True):
            remove_and_block(image, COMMAND_LINE)
        assert allow_again(BlockedPicture.objects.all(), COMMAND_LINE) == 1
        source = PictureSource.objects.get()
        assert (source.state, source.reason, source.attempts, source.block) == (SourceState.WAITING, "", 0, None)
        assert not StoredPicture.objects.exists()
        stored = store_picture(picture_bytes())
        PictureSource.objects.update(state=SourceState.STORED, stored=stored)
        assign_copies([source.pk])
        image.refresh_from_db()
        assert image.file == stored.file
        assert image.lead_score > NEVER_LEADS
        assert len(stored_files(settings)) > 1

    def test_others_stay_blocked(self):
        first, second = add_stored(), add_stored("https://img.example/b.jpg", seed=3)
        for image in (first, second):
            remove_and_block(image, COMMAND_LINE)
        allow_again(BlockedPicture.objects.filter(url=first.url), COMMAND_LINE)
        assert BlockedPicture.objects.get().url == second.url
        with pytest.raises(PictureRefused):
            store_picture(picture_bytes(seed=3))
        assert PictureSource.objects.get(url=second.url).state == SourceState.BLOCKED

    def test_an_upload_can_be_uploaded_again(self):
        stored = store_picture(picture_bytes())
        remove_and_block(Image.objects.create(article=make_story(), stored=stored, file=stored.file), COMMAND_LINE)
        allow_again(BlockedPicture.objects.all(), COMMAND_LINE)
        assert not store_picture(picture_bytes()).is_blocked

    def test_a_provider_without_rights_keeps_its_policy(self):
        image = add_stored(article=make_story(provider=make_provider()))
        remove_and_block(image, COMMAND_LINE)
        image.article.provider.picture_policy = "never"
        image.article.provider.save()
        allow_again(BlockedPicture.objects.all(), COMMAND_LINE)
        assert PictureSource.objects.get().state == SourceState.NEVER

    def test_the_source_of_a_deleted_story_waits(self):
        image = add_stored()
        remove_and_block(image, COMMAND_LINE)
        image.article.delete()
        assert BlockedPicture.objects.get().article is None
        allow_again(BlockedPicture.objects.all(), COMMAND_LINE)
        assert PictureSource.objects.get().state == SourceState.WAITING

    def test_it_takes_the_same_permissions(self, reporter):
        remove_and_block(add_stored(), COMMAND_LINE)
        with pytest.raises(PermissionDenied):
            allow_again(BlockedPicture.objects.all(), Actor(Origin.ADMIN, reporter))
        assert StoredPicture.objects.get().is_blocked
