"""The pictures and marks drawn for the demo fixtures."""

import random
from io import BytesIO

import pytest
from PIL import Image, ImageChops, ImageStat

from demo.canvas import Canvas
from demo.pictures import PALETTES, draw_logo, draw_picture, picture_size
from demo.scenes import SCENE_BY_WORD, SCENES, SUBJECTS, scene_for

URL = "https://pictures.example/2025/lead.jpg"


def opened(content):
    image = Image.open(BytesIO(content))
    image.load()
    return image


def difference(one, other):
    """Measure how unlike two pictures of one size are: mean difference of their pixels, 0..255."""
    both = ImageChops.difference(opened(one).convert("L"), opened(other).convert("L"))
    return ImageStat.Stat(both).mean[0]


def test_one_url_is_always_one_picture_whatever_the_global_generator_does():
    random.seed(1)
    first = draw_picture(URL, 300, 200, "Space")
    random.seed(2)
    random.random()
    assert draw_picture(URL, 300, 200, "Space") == first


def test_drawing_leaves_the_global_generator_alone():
    random.seed(3)
    expected = random.random()
    random.seed(3)
    draw_picture(URL, 90, 60)
    draw_logo("Nordlys", 50)
    assert random.random() == expected


@pytest.mark.parametrize("scene", SCENES)
def test_two_urls_of_one_subject_look_unlike(scene):
    subject = SUBJECTS[scene].split()[0]
    pictures = [draw_picture(f"https://pictures.example/{number}.jpg", 300, 200, subject) for number in range(3)]
    assert difference(pictures[0], pictures[1]) > 6
    assert difference(pictures[1], pictures[2]) > 6


def test_a_picture_is_a_progressive_rgb_jpeg():
    image = opened(draw_picture(URL, 300, 200))
    assert (image.format, image.mode, image.size) == ("JPEG", "RGB", (300, 200))
    assert image.info.get("progressive")


@pytest.mark.parametrize(
    ("asked", "drawn"),
    [
        ((1280, 853), (1280, 853)),
        ((2560, 1706), (1280, 853)),
        ((853, 1280), (853, 1280)),
        ((4000, 4000), (1280, 1280)),
        ((640, 480), (640, 480)),
        ((900, 300), (900, 300)),
        ((900, 100), (900, 300)),
        ((100, 900), (300, 900)),
        ((100_000, 1), (1280, 427)),
        ((1, 1), (1, 1)),
        ((0, 0), (1200, 800)),
        ((-5, 400), (1200, 800)),
        ((400, 0), (1200, 800)),
    ],
)
def test_sizes_are_brought_within_what_is_drawn(asked, drawn):
    assert picture_size(*asked) == drawn


@pytest.mark.parametrize("size", [(900, 100), (100, 900), (0, 0), (1, 1), (7, 2)])
def test_a_picture_has_the_size_worked_out_for_it(size):
    assert opened(draw_picture(URL, *size)).size == picture_size(*size)


@pytest.mark.parametrize("subject", sorted(SCENE_BY_WORD))
def test_every_subject_draws_something(subject):
    image = opened(draw_picture(URL, 120, 80, subject)).convert("L")
    assert ImageStat.Stat(image).stddev[0] > 8


@pytest.mark.parametrize("scene", SCENES)
@pytest.mark.parametrize("size", [(240, 80), (80, 240), (160, 160)])
def test_every_scene_fills_every_shape_from_many_seeds(scene, size):
    for seed in range(6):
        canvas = Canvas(size, random.Random(seed), PALETTES[seed])
        SCENES[scene](canvas)
        image = canvas.finish(mirrored=seed % 2 == 0)
        assert image.size == size
        assert ImageStat.Stat(image.convert("L")).stddev[0] > 5


@pytest.mark.parametrize(
    ("subject", "scene"),
    [
        ("Space", "planet"),
        ("space", "planet"),
        (" AI ", "network"),
        ("Climate", "sea"),
        ("Markets", "chart"),
        ("Chips", "chip"),
        ("Football", "pitch"),
        ("Film & TV", "cinema"),
        ("Europe", "contours"),
        ("Robotics", "robot"),
        ("Security", "vault"),
        ("Medicine", "molecule"),
        ("Energy", "turbines"),
        ("Food", "still_life"),
        ("Books", "bookshelf"),
        ("Music", "concert"),
        ("Cycling", "cycling"),
        ("Road cycling, women's", "cycling"),
        ("", None),
        ("Numismatics", None),
    ],
)
def test_a_topic_picks_its_scene(subject, scene):
    assert scene_for(subject) == scene


def test_every_scene_stands_for_some_topic_and_none_is_missing():
    assert set(SUBJECTS) == set(SCENES)
    assert len(SCENE_BY_WORD) == sum(len(words.split()) for words in SUBJECTS.values())


def test_an_unknown_subject_leaves_the_scene_to_the_url():
    assert draw_picture(URL, 90, 60, "Numismatics") == draw_picture(URL, 90, 60)


def test_a_known_subject_overrules_the_url():
    drawn = {draw_picture(URL, 90, 60, SUBJECTS[scene].split()[0]) for scene in SCENES}
    assert len(drawn) == len(SCENES)


@pytest.mark.parametrize("size", [16, 50, 120, 400])
def test_a_logo_is_a_square_png(size):
    image = opened(draw_logo("The Harbour Gazette", size))
    assert (image.format, image.mode, image.size) == ("PNG", "RGB", (size, size))


@pytest.mark.parametrize(("asked", "drawn"), [(0, 200), (-1, 200), (1, 16), (9000, 1024)])
def test_a_logo_of_a_bad_size_has_a_sane_one(asked, drawn):
    assert opened(draw_logo("Nordlys", asked)).size == (drawn, drawn)


def test_one_name_is_always_one_logo_and_two_names_are_two():
    assert draw_logo("Nordlys", 50) == draw_logo("Nordlys", 50)
    assert draw_logo("Nordlys", 50) != draw_logo("Norrsken", 50)


@pytest.mark.parametrize("name", ["الجزيرة", "朝日新聞", "한겨레", "Правда", "हिन्दी", "!!!", "", "\ud800"])
def test_a_name_the_font_cannot_write_gets_a_figure(name):
    image = opened(draw_logo(name, 120))
    colours = image.convert("RGB").getcolors(120 * 120)
    ground, figure = sorted(colours, reverse=True)[:2]
    assert ground[0] > figure[0] > 400, "a figure covers a fair part of the mark"


def test_names_beyond_the_font_are_told_apart():
    names = ["الجزيرة", "朝日新聞", "한겨레", "हिन्दी", "毎日新聞", "اليوم"]
    assert len({draw_logo(name, 50) for name in names}) == len(names)


@pytest.mark.parametrize(
    ("name", "letter"), [("The Harbour Gazette", "H"), ("Ärzteblatt", "A"), ("  nordlys", "N"), ("«Le Cercle»", "L")]
)
def test_a_logo_shows_the_first_letter_that_counts(name, letter, monkeypatch):
    shown = []
    monkeypatch.setattr("demo.pictures._logo_letter", lambda mark, drawn, *rest: shown.append(drawn))
    draw_logo(name, 50)
    assert shown == [letter]
