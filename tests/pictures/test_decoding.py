"""Decoding pictures that somebody else made."""

import io

import pytest
from PIL import Image, ImageCms, ImageOps

from pictures.decoding import BYTE_LIMIT, LARGEST_HEIGHT, LARGEST_WIDTH, decode, difference_hash
from pictures.refusals import PictureRefused, Reason
from tests.picture_files import drawing, encoded, gif_with_frames, picture_bytes, png_claiming, png_with_text_bomb

JPEG, PNG = picture_bytes(), picture_bytes(format_name="PNG")
BAD_INPUT = {
    "zero bytes": (b"", "image/jpeg", Reason.EMPTY),
    "too many bytes": (JPEG + b"\0" * BYTE_LIMIT, "image/jpeg", Reason.TOO_LARGE),
    "a page with status 200": (b"<!DOCTYPE html><title>Sorry</title>", "image/jpeg", Reason.HTML),
    "a page after a mark": (b"\xef\xbb\xbf\n <html>", "image/jpeg", Reason.HTML),
    "SVG": (b'<svg xmlns="http://www.w3.org/2000/svg"/>', "image/svg+xml", Reason.SVG),
    "SVG after an XML declaration": (b'<?xml version="1.0"?>\n<svg/>', "image/png", Reason.SVG),
    "no picture": (b"%PDF-1.7 and so on", "image/jpeg", Reason.UNKNOWN_FORMAT),
    "a format that browsers do not show": (encoded(drawing((64, 64)), "TIFF"), "image/tiff", Reason.UNKNOWN_FORMAT),
    "a truncated JPEG": (JPEG[: len(JPEG) // 2], "image/jpeg", Reason.BROKEN),
    "a truncated progressive JPEG": (picture_bytes(progressive=True)[:4000], "image/jpeg", Reason.BROKEN),
    "a truncated PNG": (PNG[: len(PNG) // 2], "image/png", Reason.BROKEN),
    "a JPEG's header alone": (JPEG[:200], "image/jpeg", Reason.BROKEN),
    "a mislabelled PNG": (PNG, "image/jpeg", Reason.MISLABELLED),
    "a mislabelled JPEG": (JPEG, "image/webp; q=1", Reason.MISLABELLED),
    "a pixel bomb": (png_claiming(60_000, 60_000), "image/png", Reason.TOO_MANY_PIXELS),
    "a pixel bomb below Pillow's limit": (png_claiming(10_000, 5_001), "image/png", Reason.TOO_MANY_PIXELS),
    "a very long picture": (png_claiming(30_001, 1600), "image/png", Reason.TOO_MANY_PIXELS),
    "a chunk bomb": (png_with_text_bomb(), "image/png", Reason.BROKEN),
    "one pixel": (encoded(drawing((1, 1)), "GIF"), "image/gif", Reason.TOO_SMALL),
    "15 pixels high": (encoded(drawing((300, 15)), "PNG"), "image/png", Reason.TOO_SMALL),
    "30,000 by 10": (encoded(Image.new("L", (30_000, 10)), "PNG"), "image/png", Reason.TOO_SMALL),
    "a line": (encoded(Image.new("L", (421, 21)), "PNG"), "image/png", Reason.TOO_NARROW),
}


@pytest.mark.parametrize(("content", "media_type", "reason"), BAD_INPUT.values(), ids=BAD_INPUT)
def test_bad_input_is_refused_with_its_reason(content, media_type, reason):
    with pytest.raises(PictureRefused) as refusal:
        decode(content, media_type)
    assert refusal.value.reason == reason


@pytest.mark.parametrize("content", [png_claiming(10_000, 5_000), png_claiming(30_000, 1_500)])
def test_the_largest_size_is_decoded(content):
    """The data of these is too short, so that they are refused for that, and not for their size."""
    with pytest.raises(PictureRefused) as refusal:
        decode(content, "image/png")
    assert refusal.value.reason == Reason.BROKEN


@pytest.mark.parametrize("size", [(16, 16), (320, 16), (16, 320)])
def test_the_smallest_and_narrowest_pictures_are_decoded(size):
    assert decode(encoded(drawing(size), "PNG")).image.size == size


@pytest.mark.parametrize(
    ("format_name", "media_type"),
    [
        ("JPEG", "image/jpeg"),
        ("PNG", "image/png"),
        ("WEBP", "image/webp"),
        ("GIF", "image/gif"),
        ("AVIF", "image/avif"),
    ],
)
def test_every_format_is_decoded(format_name, media_type):
    picture = decode(picture_bytes((300, 200), format_name), media_type)
    assert (picture.width, picture.height, picture.media_type) == (300, 200, media_type)
    assert (picture.image.size, picture.image.mode) == ((300, 200), "RGB")


@pytest.mark.parametrize(
    "media_type", ["", "application/octet-stream", "image/jpg", "IMAGE/JPEG; charset=binary", "x/y"]
)
def test_a_type_that_says_nothing_else_is_accepted(media_type):
    assert decode(JPEG, media_type).media_type == "image/jpeg"


@pytest.mark.parametrize(
    ("mode", "format_name", "expected"),
    [
        ("L", "JPEG", "RGB"),
        ("CMYK", "JPEG", "RGB"),
        ("P", "PNG", "RGB"),
        ("1", "PNG", "RGB"),
        ("LA", "PNG", "RGB"),
        ("RGBA", "PNG", "RGB"),
        ("P", "GIF", "RGB"),
    ],
)
def test_modes_are_converted(mode, format_name, expected):
    content = encoded(drawing((400, 300), mode), format_name)
    assert (decode(content).image.mode, decode(content).image.size) == (expected, (400, 300))


def test_sixteen_bits_keep_their_brightness():
    image = Image.new("I;16", (64, 64), 0x8000)
    picture = decode(encoded(image, "PNG"))
    assert picture.image.getpixel((10, 10)) == (128, 128, 128)


def test_cmyk_keeps_its_colours():
    content = encoded(Image.new("CMYK", (64, 64), (0, 255, 255, 0)), "JPEG", quality=95)
    red, green, blue = decode(content).image.getpixel((30, 30))
    assert red > 200
    assert max(green, blue) < 60


def test_transparency_stays_if_it_is_used():
    image = drawing((100, 100), "RGBA")
    image.putalpha(Image.linear_gradient("L").resize((100, 100)))
    picture = decode(encoded(image, "PNG"))
    assert picture.image.mode == "RGBA"
    least, most = picture.image.getchannel("A").getextrema()
    assert least < 10
    assert most > 245


def test_a_palette_with_a_transparent_colour_becomes_transparent():
    image = Image.new("P", (100, 100), 1)
    image.putpalette([0, 0, 0, 255, 0, 0])
    image.paste(0, (0, 0, 50, 100))
    picture = decode(encoded(image, "PNG", transparency=0))
    assert picture.image.getpixel((10, 10))[3] == 0
    assert picture.image.getpixel((90, 10)) == (255, 0, 0, 255)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_picture_is_turned_upright(orientation):
    image = drawing((300, 200))
    exif = Image.Exif()
    exif[0x0112] = orientation
    content = encoded(image, "PNG", exif=exif)
    expected = ImageOps.exif_transpose(Image.open(io.BytesIO(content)))
    picture = decode(content)
    assert (picture.width, picture.height) == expected.size
    assert picture.image.tobytes() == expected.convert("RGB").tobytes()


@pytest.mark.filterwarnings("ignore:Corrupt EXIF data")
def test_broken_exif_data_is_ignored():
    content = encoded(drawing((100, 100)), "JPEG", exif=b"Exif\0\0MM\0*\0\0\0\x08\xff\xff\x01\x12garbage")
    assert decode(content).image.size == (100, 100)


def test_metadata_is_stripped():
    exif = Image.Exif()
    exif[0x010E] = "Taken at 52.1, 13.4"
    picture = decode(encoded(drawing((100, 100)), "JPEG", exif=exif, comment=b"secret", dpi=(300, 300)))
    assert picture.image.info == {}
    assert b"secret" not in encoded(picture.image, "JPEG")
    assert b"52.1" not in encoded(picture.image, "JPEG")


def test_a_profile_is_converted_to_srgb():
    """The profile's primaries are swapped, so that red, seen through it, is another colour."""
    profile = swapped_srgb()
    picture = decode(encoded(Image.new("RGB", (64, 64), (255, 0, 0)), "PNG", icc_profile=profile))
    red, _green, blue = picture.image.getpixel((5, 5))
    assert blue > 200 > red


def test_a_broken_profile_is_ignored():
    content = encoded(Image.new("RGB", (64, 64), (255, 0, 0)), "PNG", icc_profile=b"no profile at all")
    assert decode(content).image.getpixel((5, 5)) == (255, 0, 0)


def swapped_srgb():
    """Return the bytes of an sRGB profile whose tags for the red and the blue primary are exchanged."""
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    return profile.replace(b"rXYZ", b"????").replace(b"bXYZ", b"rXYZ").replace(b"????", b"bXYZ")


def test_the_first_frame_of_an_animation_counts():
    picture = decode(gif_with_frames(50))
    assert picture.image.size == (200, 200)
    assert picture.image.getextrema() == ((0, 0), (0, 0), (0, 0))


def test_a_photograph_with_several_views_is_a_jpeg():
    frames = [drawing((200, 100)), drawing((200, 100), seed=1)]
    content = encoded(frames[0], "MPO", save_all=True, append_images=frames[1:])
    assert decode(content, "image/jpeg").media_type == "image/jpeg"


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        ((LARGEST_WIDTH, 900), (LARGEST_WIDTH, 900)),
        ((LARGEST_WIDTH + 400, 1000), (LARGEST_WIDTH, 800)),
        ((500, LARGEST_HEIGHT), (500, LARGEST_HEIGHT)),
        ((500, 2 * LARGEST_HEIGHT), (250, LARGEST_HEIGHT)),
    ],
)
def test_large_pictures_are_scaled_to_the_largest_copy(size, expected):
    picture = decode(encoded(drawing(size), "PNG"))
    assert (picture.width, picture.height) == size
    assert picture.image.size == expected


@pytest.mark.parametrize(("format_name", "mode"), [("JPEG", "RGB"), ("PNG", "P"), ("PNG", "RGBA"), ("PNG", "L")])
def test_scaling_in_strips_shows_the_same_picture(format_name, mode):
    """Six times as wide as the largest copy, so that strips are reduced by a factor first."""
    image = drawing((6 * LARGEST_WIDTH // 2, 3000), mode)
    picture = decode(encoded(image, format_name)).image.convert("L").resize((32, 20))
    plain = image.convert("L").resize((32, 20))
    differences = [abs(one - other) for one, other in zip(picture.tobytes(), plain.tobytes(), strict=True)]
    assert max(differences) < 24


def test_the_hash_is_that_of_the_same_picture_in_another_size_and_quality():
    large, small = drawing((1200, 750)), drawing((1200, 750)).resize((300, 188))
    hashes = [
        int(decode(encoded(image, "JPEG", quality=q)).difference_hash, 16) for image, q in ((large, 95), (small, 60))
    ]
    assert (hashes[0] ^ hashes[1]).bit_count() <= 4
    other = int(decode(picture_bytes((1200, 750), seed=7)).difference_hash, 16)
    assert (hashes[0] ^ other).bit_count() > 10


def test_the_hash_has_a_bit_for_each_pair_of_neighbours():
    assert difference_hash(Image.linear_gradient("L").rotate(90).convert("RGB")) == "ffffffffffffffff"
    assert difference_hash(Image.new("RGB", (90, 80), "grey")) == "0000000000000000"
