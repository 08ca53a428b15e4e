"""What a story's page shows of its pictures beside their fields."""

import re

import pytest
from django.conf import settings
from django.contrib.auth.models import Permission, User
from django.db import connection
from django.test.utils import CaptureQueriesContext

from articles.models import Image, PictureSource
from articles.models.picture import digest_of_url
from pictures.storing import store_picture
from reader.cards import Picture
from reader.picture_markup import FOCUS_STEP, markup_of
from tests.desk.pages import page_of, page_text
from tests.factories import make_picture, make_story
from tests.picture_files import picture_bytes

RATIO = re.compile(r"aspect-ratio: (\d+ / \d+);")


def show(story, seed, size, **fields):
    stored = store_picture(picture_bytes(size, seed=seed))
    return Image.objects.create(article=story, stored=stored, file=stored.file, lead_score=20, **fields)


@pytest.mark.django_db
class TestPictures:
    @pytest.fixture
    def story(self):
        return make_story()

    def test_a_smaller_copy_is_named_with_the_larger_picture(self, desk, story):
        show(story, 0, (900, 600), title="Ships <at> noon", url="https://img.example/a.jpg")
        show(story, 0, (300, 200), url="https://img.example/b.jpg")
        show(story, 3, (300, 200), url="https://img.example/c.jpg")
        text = page_text(desk.get(page_of(story)))
        assert text.count("Looks the same as “Ships &lt;at&gt; noon” (900 × 600 pixels") == 1
        assert text.count("Looks the same as") == 1
        assert text.count("data-remove-copy") == 1

    def test_a_failed_download_says_why_in_words(self, desk, story):
        url = "https://img.example/<b>.jpg"
        source = PictureSource.objects.create(
            url=url, url_digest=digest_of_url(url), state="failed", reason="timeout", attempts=2
        )
        Image.objects.create(article=story, url=url, source=source)
        text = page_text(desk.get(page_of(story)))
        texts = ["The server took too long.", "2 attempts.", "No further attempt unless you start one."]
        assert '<strong class="desk-warning">Download failed</strong>' in text
        assert "".join(f"<span>{each}</span>" for each in texts) in text

    def test_pictures_cost_no_queries_of_their_own(self, desk, story):
        def queries():
            with CaptureQueriesContext(connection) as captured:
                desk.get(page_of(story))
            return len(captured)

        show(story, 0, (900, 600))
        make_picture(article=story)
        desk.get(page_of(story))
        number = queries()
        for seed in range(1, 5):
            show(story, seed, (300, 200))
        assert queries() == number

    def test_the_preview_crops_as_the_reader_site_does(self, desk, story):
        show(story, 0, (900, 600))
        text = page_text(desk.get(page_of(story)))
        tall = markup_of(Picture("pictures/a.png", 600, 900, ""), "story")
        assert f'data-focus-step="{FOCUS_STEP}" data-focus-of-tall="{tall.focus_y}"' in text

    def test_who_may_only_look_sees_them_and_no_fields(self, client, story):
        show(story, 0, (900, 600), alt="Ships <at> noon", attribution="Ada")
        user = User.objects.create_user("someone", is_staff=True)
        user.user_permissions.set(Permission.objects.filter(codename__in=["view_article", "view_image"]))
        client.force_login(user)
        text = page_text(client.get(page_of(story)))
        assert "Ships &lt;at&gt; noon" in text
        assert "Ada" in text
        names = set(re.findall(r'name="((?:images-0-|lead|new_).*?)"', text))
        assert names == {"images-0-id", "images-0-article"}


def test_the_crops_have_the_shapes_of_the_reader_site():
    styles = settings.BASE_DIR / "static/css"
    reader = {
        ratio
        for name in ("cards", "front", "lists", "story")
        for ratio in RATIO.findall((styles / f"{name}.css").read_text())
    }
    assert set(RATIO.findall((styles / "desk-pictures.css").read_text())) == reader
