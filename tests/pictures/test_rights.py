"""Outlets whose pictures are never stored."""

import pytest

from articles.models import Image, PictureSource, StoredPicture
from articles.models.picture import SourceState
from articles.workflow import COMMAND_LINE
from pictures.blocking import remove_and_block
from pictures.linking import assign_copies, link_sources
from pictures.rights import enforce_policy
from pictures.storing import store_picture
from providers.merging import merge_providers
from tests.factories import make_provider, make_story
from tests.picture_files import picture_bytes
from tests.pictures.test_blocking import add_stored

pytestmark = pytest.mark.django_db


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

    def test_what_the_desk_uploaded_stays(self):
        provider = make_provider()
        image = add_stored(article=make_story(provider=provider))
        uploaded = store_picture(picture_bytes(seed=5))
        # Another one is the same file as the outlet's picture.
        uploads = [
            Image.objects.create(article=image.article, stored=stored, file=stored.file, lead_score=20)
            for stored in (uploaded, image.stored)
        ]
        provider.picture_policy = "never"
        provider.save()
        assert enforce_policy(provider) == 1
        image.refresh_from_db()
        assert image.file.name == ""
        for upload, stored in zip(uploads, (uploaded, StoredPicture.objects.first()), strict=True):
            upload.refresh_from_db()
            assert (upload.stored, upload.file, upload.lead_score) == (stored, stored.file, 20)

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
