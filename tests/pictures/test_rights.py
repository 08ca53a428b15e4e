"""Outlets whose pictures are never stored, and pictures that are removed and blocked."""

from pathlib import Path

import pytest
from django.core.exceptions import PermissionDenied

from articles.choices import Origin
from articles.editing.restoring import restore
from articles.history.notes import describe_note
from articles.models import DeskDecisions, Image, PictureSource, Revision, StoredPicture
from articles.models.image import NEVER_LEADS
from articles.models.picture import SourceState
from articles.workflow import COMMAND_LINE, Actor
from pictures.linking import assign_copies, link_sources
from pictures.rights import enforce_policy, remove_and_block
from pictures.storing import PictureRefused, store_picture
from providers.merging import merge_providers
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


class TestPolicies:
    def test_never_takes_the_copies_away_and_store_brings_them_back(self):
        provider = make_provider()
        image = add_stored(article=make_story(provider=provider))
        logo = add_stored("https://img.example/logo.png", seed=2, provider=provider)
        waiting = Image.objects.create(article=make_story(provider=provider), url="https://img.example/b.jpg")
        other = add_stored("https://img.example/other.jpg", seed=3)
        link_sources()
        provider.picture_policy = "never"
        provider.save()
        assert enforce_policy(provider) == 2
        for row in (image, logo, waiting):
            row.refresh_from_db()
            assert (row.file.name, row.stored, row.source.state) == ("", None, SourceState.NEVER)
        other.refresh_from_db()
        assert other.file
        provider.picture_policy = "store"
        provider.save()
        assert enforce_policy(provider) == 3
        for row, state in ((image, "stored"), (logo, "stored"), (waiting, "waiting")):
            row.refresh_from_db()
            assert row.source.state == state
            assert bool(row.file) is (state == "stored")

    def test_another_outlet_goes_on_showing_a_picture_that_both_have(self):
        provider = make_provider()
        image, shared = add_stored(article=make_story(provider=provider)), add_stored()
        provider.picture_policy = "never"
        provider.save()
        enforce_policy(provider)
        image.refresh_from_db()
        shared.refresh_from_db()
        assert (image.file.name, bool(shared.file), shared.source.state) == ("", True, SourceState.STORED)
        # Nor does a later download give it back.
        assign_copies([shared.source_id])
        image.refresh_from_db()
        assert image.file.name == ""

    def test_a_blocked_picture_stays_blocked(self):
        provider = make_provider()
        image = add_stored(article=make_story(provider=provider))
        remove_and_block(image, COMMAND_LINE)
        for policy in ("never", "store"):
            provider.picture_policy = policy
            provider.save()
            enforce_policy(provider)
            assert PictureSource.objects.get().state == SourceState.BLOCKED

    @pytest.mark.parametrize("policy", ["never", "store"])
    def test_a_merge_applies_the_policy_of_the_provider_that_stays(self, policy, django_capture_on_commit_callbacks):
        other_policy = {"never": "store", "store": "never"}[policy]
        target, source = make_provider(picture_policy=policy), make_provider(picture_policy=other_policy)
        story = make_story(provider=source)
        if other_policy == "store":
            image = add_stored(article=story)
        else:
            image = Image.objects.create(article=story, url="https://img.example/a.jpg")
            link_sources()
        with django_capture_on_commit_callbacks(execute=True):
            merge_providers(target, [source])
        image.refresh_from_db()
        assert image.file.name == ""
        assert image.source.state == {"never": SourceState.NEVER, "store": SourceState.WAITING}[policy]
