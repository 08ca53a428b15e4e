"""Which picture leads a story, and which never does."""

import pytest

from articles.models import Image, PictureSource, StoredPicture
from articles.models.image import CHOSEN, NEVER_LEADS
from articles.models.picture import SourceState, digest_of_url
from pictures.choosing import is_site_name, mark_site_pictures, rate_pictures, score_of_logo, score_of_size
from tests.factories import make_provider, make_story


def make_source(url, size=(800, 500), digest="", **fields):
    """Return a stored source of a picture that need not have files."""
    digest = digest or digest_of_url(url)
    values = {"width": size[0], "height": size[1], "bytes": 1, "media_type": "image/jpeg", "file": f"pictures/{digest}"}
    stored, _is_new = StoredPicture.objects.get_or_create(digest=digest, defaults=values)
    return PictureSource.objects.create(
        url=url, url_digest=digest_of_url(url), state=SourceState.STORED, stored=stored, **fields
    )


def show(source, story, **fields):
    """Add a stored picture to a story."""
    return Image.objects.create(
        article=story, url=source.url, source=source, stored=source.stored, file=source.stored.file, **fields
    )


@pytest.mark.parametrize(
    ("better", "worse"),
    [
        ((1200, 800), (1199, 800)),
        ((800, 500), (799, 500)),
        ((480, 320), (479, 320)),
        ((800, 500), (800, 800)),
        ((800, 800), (800, 1200)),
        ((960, 800), (960, 810)),
        ((200, 110), (199, 110)),
        ((200, 110), (200, 109)),
        ((800, 200), (801, 200)),
        ((400, 1000), (400, 1001)),
    ],
)
def test_size_and_shape_decide(better, worse):
    assert score_of_size(*better) > score_of_size(*worse) >= NEVER_LEADS


@pytest.mark.parametrize("size", [(199, 400), (400, 109), (1, 1), (4001, 1000), (1000, 2501)])
def test_spacers_and_banners_never_lead(size):
    assert score_of_size(*size) == NEVER_LEADS


def test_every_score_is_below_the_desks_choice():
    assert 0 < score_of_size(1600, 900) < CHOSEN


@pytest.mark.parametrize(
    "url",
    [
        "https://x.example/default.jpg",
        "https://x.example/img/DEFAULT-image.png?x=1",
        "https://x.example/placeholder_600x400.png",
        "https://x.example/spacer.gif",
        "https://x.example/no-image.png",
        "https://x.example/site-logo.png",
        "https://x.example/logo@2x.png",
        "https://x.example/logo-400.png",
        "https://x.example/apple-touch-icon.png",
        "https://x.example/pixel.gif",
    ],
)
def test_names_of_site_pictures(url):
    assert is_site_name(url)


@pytest.mark.parametrize(
    "url",
    [
        "https://x.example/defaulting-on-loans.jpg",
        "https://x.example/logographic-script.jpg",
        "https://x.example/analogo.jpg",
        "https://x.example/pixel-art-show.jpg",
        "https://x.example/logo/2026/flood.jpg",
        "https://x.example/",
    ],
)
def test_names_of_other_pictures(url):
    assert not is_site_name(url)


def test_the_largest_useful_logo_is_best():
    assert score_of_logo(50, 50) < score_of_logo(200, 180) < score_of_logo(400, 400) == score_of_logo(2000, 2000)


@pytest.mark.django_db
class TestRating:
    def test_the_best_picture_leads_and_of_equals_the_first(self):
        story = make_story()
        small = show(make_source("https://x.example/small", (300, 200)), story, position=0)
        first = show(make_source("https://x.example/first", (1300, 800)), story, position=1)
        second = show(make_source("https://x.example/second", (1400, 800)), story, position=2)
        rate_pictures([image.source_id for image in (small, first, second)])
        assert story.picture == first
        assert list(story.images.leading()) == [first, second, small]

    def test_a_site_picture_never_leads(self):
        image = show(make_source("https://x.example/default.jpg", (1300, 800)), make_story())
        rate_pictures([image.source_id])
        image.refresh_from_db()
        assert image.lead_score == NEVER_LEADS

    def test_the_choice_of_the_desk_stays(self):
        image = show(make_source("https://x.example/default.jpg"), make_story(), lead_score=CHOSEN)
        rate_pictures([image.source_id])
        image.refresh_from_db()
        assert image.lead_score == CHOSEN


@pytest.mark.django_db
class TestSitePictures:
    def shown_in(self, number, make, provider=None):
        """Show pictures in `number` stories of one provider; return the images."""
        provider = provider or make_provider()
        images = [show(make(index), make_story(provider=provider), lead_score=20) for index in range(number)]
        mark_site_pictures({image.source_id for image in images})
        return Image.objects.filter(pk__in=[image.pk for image in images])

    @pytest.mark.parametrize(("number", "score"), [(4, 20), (5, NEVER_LEADS)])
    def test_one_url_in_five_stories_of_an_outlet(self, number, score):
        source = make_source("https://x.example/share.jpg")
        images = self.shown_in(number, lambda index: source)
        assert set(images.values_list("lead_score", flat=True)) == {score}
        source.refresh_from_db()
        assert source.is_site_picture is (score == NEVER_LEADS)

    @pytest.mark.parametrize(("number", "score"), [(4, 20), (5, NEVER_LEADS)])
    def test_the_same_picture_under_five_urls(self, number, score):
        images = self.shown_in(number, lambda index: make_source(f"https://x.example/{index}", digest="a" * 32))
        assert set(images.values_list("lead_score", flat=True)) == {score}
        assert StoredPicture.objects.get().is_site_picture is (score == NEVER_LEADS)

    def test_an_agency_picture_in_stories_of_several_outlets(self):
        source = make_source("https://agency.example/flood.jpg")
        images = [show(source, make_story(), lead_score=20) for _number in range(6)]
        assert mark_site_pictures([source.pk]) == 0
        assert {Image.objects.get(pk=image.pk).lead_score for image in images} == {20}

    @pytest.mark.parametrize(("domain", "score"), [("videos.example", NEVER_LEADS), ("", 20)])
    def test_outlets_that_share_a_domain_are_one_site(self, domain, score):
        source = make_source("https://videos.example/no-thumbnail.png")
        channels = [make_provider(name=f"Channel {number}", domain=domain) for number in range(5)]
        images = [show(source, make_story(provider=channel), lead_score=20) for channel in channels]
        mark_site_pictures([source.pk])
        assert {Image.objects.get(pk=image.pk).lead_score for image in images} == {score}

    def test_several_times_in_one_story(self):
        source, story = make_source("https://x.example/a.jpg"), make_story()
        for _number in range(6):
            show(source, story, lead_score=20)
        assert mark_site_pictures([source.pk]) == 0

    def test_they_are_counted_once(self):
        source = make_source("https://x.example/share.jpg")
        self.shown_in(5, lambda index: source)
        assert mark_site_pictures([source.pk]) == 0
