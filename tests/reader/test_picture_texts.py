"""Alternative texts and captions."""

import pytest

from reader.cards import Picture
from reader.picture_texts import alt_text, caption

HEADLINE = "Barrier holds at <b>Port Ellery</b>"


def picture(**texts):
    return Picture("pictures/a.png", 60, 40, **{"title": "", **texts})


def test_desk_describes_the_picture_else_upstream():
    assert alt_text(picture(alt="A gate in the rain", title="The gates"), HEADLINE) == "A gate in the rain"
    assert alt_text(picture(title="The gates &amp; the <i>harbour</i>"), HEADLINE) == "The gates & the harbour"
    assert alt_text(picture(), HEADLINE) == ""


@pytest.mark.parametrize(
    "title",
    [
        "Barrier holds at Port Ellery",
        "BARRIER HOLDS – at Port Ellery!",
        "Barrier holds at Port Ellery | The Harbour Post",
        "Port Ellery",
        "barrier-holds_1200x630.jpg",
        "IMG_2041",
        "image",
    ],
)
def test_title_that_says_no_more_than_the_headline_is_left_out(title):
    assert alt_text(picture(title=title), HEADLINE) == ""
    assert caption(picture(title=title), HEADLINE) == ""


@pytest.mark.parametrize("title", ["Port Ellery at night", "Elle", "Imagine", "v. 2.jpg and more"])
def test_title_that_says_something_else_is_shown(title):
    assert alt_text(picture(title=title), HEADLINE) == caption(picture(title=title), HEADLINE) == title


def test_text_of_the_desk_is_left_out_only_if_it_is_the_headline():
    assert alt_text(picture(alt="Barrier holds at Port Ellery."), HEADLINE) == ""
    assert alt_text(picture(alt="Port Ellery"), HEADLINE) == "Port Ellery"
    assert alt_text(picture(alt="IMG_2041"), HEADLINE) == "IMG_2041"


def test_headline_without_letters_is_no_part_of_a_title():
    assert alt_text(picture(title="A gate"), "???") == "A gate"
