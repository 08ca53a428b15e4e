"""The sources of pictures, and their absolute URLs."""

import pytest

from articles.models import Image, PictureSource
from articles.models.picture import SourceState
from pictures.addresses import absolute_url, resolved_url
from pictures.linking import link_sources
from tests.factories import make_provider, make_related, make_story


@pytest.mark.parametrize(
    ("url", "base", "expected"),
    [
        ("https://img.example/a.jpg", "", "https://img.example/a.jpg"),
        ("https://img.example/a.jpg#top", "", "https://img.example/a.jpg"),
        ("/assets/a.jpg", "https://x.example/2026/story?x=1", "https://x.example/assets/a.jpg"),
        ("/assets/a.jpg", "", ""),
        ("", "https://x.example/", ""),
        ("file:///etc/passwd", "https://x.example/", ""),
        ("javascript:alert(1)", "https://x.example/", ""),
        ("https://[bad/a.jpg", "https://x.example/", ""),
        ("/" + "a" * 2048, "https://x.example/", ""),
    ],
)
def test_urls_are_resolved(url, base, expected):
    assert resolved_url(url, base) == expected


@pytest.mark.django_db
def test_the_base_is_the_storys_url_else_its_outlets_domain():
    provider = make_provider(domain="outlet.example")
    story = make_story(provider=provider, web_url="https://web.example/s", original_url="https://orig.example/s")
    assert absolute_url(Image(article=story, url="/a.jpg")) == "https://web.example/a.jpg"
    story.web_url = ""
    assert absolute_url(Image(article=story, url="/a.jpg")) == "https://orig.example/a.jpg"
    story.original_url = ""
    assert absolute_url(Image(article=story, url="/a.jpg")) == "https://outlet.example/a.jpg"
    assert absolute_url(Image(provider=provider, url="/logo.png")) == "https://outlet.example/logo.png"
    story.provider = None
    assert absolute_url(Image(article=story, url="/a.jpg")) == ""


@pytest.mark.django_db
class TestLinking:
    def test_each_url_is_one_source(self):
        for _number in range(2):
            Image.objects.create(article=make_story(), url="https://img.example/a.jpg")
        Image.objects.create(provider=make_provider(), url="https://img.example/logo.png")
        assert link_sources() == 3
        assert set(Image.objects.values_list("source__url", flat=True)) == {
            "https://img.example/a.jpg",
            "https://img.example/logo.png",
        }
        assert PictureSource.objects.count() == 2
        assert link_sources() == 0

    def test_uploads_and_coverage_have_none(self):
        story = make_story()
        Image.objects.create(article=story, url="")
        Image.objects.create(related_link=make_related(story), url="https://img.example/a.jpg")
        assert link_sources() == 0
        assert not PictureSource.objects.exists()

    def test_a_url_that_leads_nowhere_is_refused_with_the_reason(self):
        image = Image.objects.create(article=make_story(web_url="", provider=None), url="/a.jpg")
        link_sources()
        image.refresh_from_db()
        assert (image.source.url, image.source.state, image.source.reason) == ("/a.jpg", "refused", "not_fetchable")

    def test_outlets_that_forbid_it(self):
        provider = make_provider(picture_policy="never")
        Image.objects.create(article=make_story(provider=provider), url="https://img.example/a.jpg")
        Image.objects.create(provider=provider, url="https://img.example/logo.png")
        link_sources()
        assert set(PictureSource.objects.values_list("state", flat=True)) == {SourceState.NEVER}

    def test_a_changed_url_gets_another_source_and_loses_the_copy(self):
        image = Image.objects.create(article=make_story(), url="https://img.example/a.jpg")
        link_sources()
        Image.objects.update(file="pictures/a.jpg", lead_score=20)
        image.refresh_from_db()
        image.url = "https://img.example/b.jpg"
        image.save()
        image.refresh_from_db()
        assert (image.source, image.file.name, image.lead_score) == (None, "", 0)
        link_sources()
        image.refresh_from_db()
        assert image.source.url == "https://img.example/b.jpg"

    def test_queries_do_not_grow_with_the_pictures(self, django_assert_num_queries):
        stories = [make_story() for _number in range(6)]
        Image.objects.create(article=stories[0], url="https://img.example/0.jpg")
        with django_assert_num_queries(7) as few:
            link_sources()
        for number, story in enumerate(stories[1:]):
            Image.objects.create(article=story, url=f"https://img.example/more-{number}.jpg")
        with django_assert_num_queries(len(few)):
            link_sources()
