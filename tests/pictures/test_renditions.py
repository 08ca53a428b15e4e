"""Names, sizes and formats of the copies of a picture."""

import io

import pytest
from PIL import Image

from pictures.renditions import all_names, base_name, digest_of, encode, renditions_of, size_of, widths_of
from tests.picture_files import drawing

DIGEST = "ab" + "0" * 30
NAME = f"pictures/ab/{DIGEST}-1600x900.jpg"


def test_the_name_of_the_largest_copy_says_everything():
    assert base_name(DIGEST, (1600, 900), has_alpha=False) == NAME
    assert base_name(DIGEST, (64, 64), has_alpha=True) == f"pictures/ab/{DIGEST}-64x64.webp"
    assert size_of(NAME) == (1600, 900)
    assert digest_of(NAME) == digest_of(f"pictures/ab/{DIGEST}-320.avif") == DIGEST


@pytest.mark.parametrize("name", ["pictures/storm.jpg", "pictures/ab/storm-10x10.jpg", f"{NAME}x", f"x{NAME}", ""])
def test_files_of_earlier_releases_have_no_renditions(name):
    assert size_of(name) is None
    assert digest_of(name) == ""
    assert renditions_of(name) == []
    assert all_names(name) == [name]


def test_a_rendition_is_no_largest_copy():
    assert size_of(f"pictures/ab/{DIGEST}-320.avif") is None


def test_renditions_are_derived_from_the_name():
    rows = [
        (rendition.name[-9:], rendition.media_type, rendition.width, rendition.height)
        for rendition in renditions_of(NAME)
    ]
    sizes = [(320, 180), (640, 360), (960, 540), (1280, 720), (1600, 900)]
    assert rows == [
        *((f"{'0' * 9}-{width}.avif"[-9:], "image/avif", width, height) for width, height in sizes),
        *((f"{'0' * 9}-{width}.webp"[-9:], "image/webp", width, height) for width, height in sizes),
    ]


@pytest.mark.parametrize(
    ("width", "widths"),
    [
        (16, [16]),
        (320, [320]),
        (355, [355]),
        (356, [320, 356]),
        (1000, [320, 640, 1000]),
        (1600, [320, 640, 960, 1280, 1600]),
    ],
)
def test_widths_are_those_of_the_layout_and_the_pictures_own(width, widths):
    assert widths_of(width) == widths


@pytest.mark.parametrize(("mode", "base_format"), [("RGB", "JPEG"), ("RGBA", "WEBP")])
def test_every_file_has_the_size_and_format_of_its_name(mode, base_format):
    image = drawing((700, 301), mode)
    if mode == "RGBA":
        image.putalpha(100)
    files = encode(image, DIGEST)
    assert next(iter(files)) == base_name(DIGEST, (700, 301), has_alpha=mode == "RGBA")
    assert sorted(files) == sorted(all_names(next(iter(files))))
    opened = {name: Image.open(io.BytesIO(content)) for name, content in files.items()}
    base = next(iter(files))
    assert (opened[base].format, opened[base].size) == (base_format, (700, 301))
    for rendition in renditions_of(base):
        picture = opened[rendition.name]
        assert (Image.MIME[picture.format], picture.size) == (rendition.media_type, (rendition.width, rendition.height))
        assert picture.mode == mode


def test_the_same_picture_gives_the_same_files():
    """Two tasks may store one picture at the same time."""
    assert encode(drawing((700, 300)), DIGEST) == encode(drawing((700, 300)), DIGEST)
