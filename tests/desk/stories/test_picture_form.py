"""What the row of a picture refuses, and its focal point."""

import pytest

from articles.models import Image, Revision
from pictures.storing import store_picture
from tests.desk.pages import fields_of, page_of, page_text
from tests.factories import make_picture, make_story
from tests.picture_files import picture_bytes

pytestmark = pytest.mark.django_db
DESCRIBE = "Describe the picture for readers who cannot see it."


@pytest.fixture
def story():
    return make_story()


@pytest.fixture
def uploaded(story):
    stored = store_picture(picture_bytes())
    return Image.objects.create(article=story, stored=stored, file=stored.file, lead_score=20, alt="A harbour")


def post(desk, story, **values):
    posted = fields_of(desk.get(page_of(story)))
    return desk.post(page_of(story), posted | {f"images-0-{name}": value for name, value in values.items()})


class TestDescription:
    def test_an_upload_needs_one(self, desk, story, uploaded):
        response = post(desk, story, alt=" ")
        assert DESCRIBE in page_text(response)
        assert Image.objects.get().alt == "A harbour"

    def test_or_none_if_it_would_repeat_the_headline(self, desk, story, uploaded):
        assert post(desk, story, alt="", no_alt="on").status_code == 302
        assert Image.objects.get().alt == ""
        # The page remembers it.
        page = desk.get(page_of(story))
        assert fields_of(page)["images-0-no_alt"]
        assert post(desk, story, attribution="Ada").status_code == 302

    def test_not_both(self, desk, story, uploaded):
        assert "Clear the alternative text, or untick “No alternative text”." in page_text(
            post(desk, story, no_alt="on")
        )

    def test_a_downloaded_picture_may_have_none(self, desk, story):
        make_picture(article=story)
        assert post(desk, story, title="Typed").status_code == 302
        assert Image.objects.get().title == "Typed"


class TestFocalPoint:
    def test_it_is_stored_and_in_the_history(self, desk, story, uploaded):
        assert post(desk, story, focal_x="0", focal_y="100").status_code == 302
        image = Image.objects.get()
        assert (image.focal_x, image.focal_y) == (0, 100)
        assert Revision.objects.get().fields == ["images"]

    def test_empty_is_the_centre(self, desk, story, uploaded):
        Image.objects.update(focal_x=1, focal_y=2)
        post(desk, story, focal_x="", focal_y="")
        image = Image.objects.get()
        assert (image.focal_x, image.focal_y) == (None, None)

    @pytest.mark.parametrize("value", ["-1", "101", "x", "9" * 30])
    def test_outside_is_refused(self, desk, story, uploaded, value):
        response = post(desk, story, focal_x=value, title="Typed")
        assert response.status_code == 200
        assert fields_of(response)["images-0-title"] == "Typed"
        assert Image.objects.get().focal_x is None


def test_a_row_without_file_and_url_is_refused(desk, story):
    posted = fields_of(desk.get(page_of(story))) | {"images-TOTAL_FORMS": "1", "images-0-title": "Typed"}
    response = desk.post(page_of(story), posted)
    assert "Upload a file or enter the URL of a picture." in page_text(response)
    assert fields_of(response)["images-0-title"] == "Typed"


def test_a_row_with_a_url_waits_for_its_download(desk, story):
    posted = fields_of(desk.get(page_of(story))) | {"images-TOTAL_FORMS": "1", "images-0-position": "0"}
    assert desk.post(page_of(story), posted | {"images-0-url": "https://img.example/a.jpg"}).status_code == 302
    assert Image.objects.get().source.state == "waiting"
    assert "Not downloaded yet" in page_text(desk.get(page_of(story)))
