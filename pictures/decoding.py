"""Decode the bytes of a picture that somebody else made, and refuse everything that is not a picture to be shown.

The result is upright, in sRGB, without metadata, and no larger than the largest copy that we keep.
"""

import io
from typing import NamedTuple

from PIL import Image

from pictures.colours import to_srgb
from pictures.refusals import PictureRefused, Reason
from pictures.shrinking import shrink

PIXEL_LIMIT = 50_000_000
SIDE_LIMIT = 30_000
LEAST_SIDE = 16
MOST_OBLONG = 20
BYTE_LIMIT = 10 * 1024 * 1024
# The largest copy that is kept; a picture is scaled to fit into it.
LARGEST_WIDTH, LARGEST_HEIGHT = 1600, 2600
# Media types by Pillow's names of formats. A photograph with several views is a JPEG with more after its first image.
MEDIA_TYPES = {
    "JPEG": "image/jpeg",
    "MPO": "image/jpeg",
    "PNG": "image/png",
    "WEBP": "image/webp",
    "AVIF": "image/avif",
    "GIF": "image/gif",
}
FORMATS = tuple(name for name in MEDIA_TYPES if name != "MPO")
# Other spellings of media types in use.
ALIASES = {
    "image/jpg": "image/jpeg",
    "image/pjpeg": "image/jpeg",
    "image/x-png": "image/png",
    "image/apng": "image/png",
}
ORIENTATION = 0x0112
# How to turn a picture upright, by its EXIF orientation.
TRANSPOSITIONS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
SIDEWAYS = {5, 6, 7, 8}
# Pillow's own guard, for what it checks before the size is known here.
Image.MAX_IMAGE_PIXELS = PIXEL_LIMIT


class DecodedPicture(NamedTuple):
    """A decoded picture: `image` in RGB or RGBA, scaled down to be stored; width and height as received, upright."""

    image: Image.Image
    width: int
    height: int
    media_type: str
    difference_hash: str


def decode(content: bytes, media_type: str = "") -> DecodedPicture:
    """Decode the first frame of a picture; raise PictureRefused. `media_type` is what the sender says, if anything."""
    check_beginning(content)
    try:
        with Image.open(io.BytesIO(content), formats=FORMATS) as image:
            return decode_opened(image, media_type)
    except PictureRefused:
        raise
    except Image.UnidentifiedImageError:
        raise PictureRefused(Reason.UNKNOWN_FORMAT) from None
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise PictureRefused(Reason.TOO_MANY_PIXELS, str(error)) from None
    except Exception as error:
        # Decoders raise nearly every type of exception for damaged files.
        raise PictureRefused(Reason.BROKEN, f"{type(error).__name__}: {error}") from error


def check_beginning(content: bytes) -> None:
    """Refuse what is recognised without decoding."""
    if not content:
        raise PictureRefused(Reason.EMPTY)
    if len(content) > BYTE_LIMIT:
        raise PictureRefused(Reason.TOO_LARGE, f"{len(content):,} bytes")
    text = content[:1024].removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if text.startswith(b"<"):
        raise PictureRefused(Reason.SVG if b"<svg" in text else Reason.HTML)


def decode_opened(image: Image.Image, media_type: str) -> DecodedPicture:
    """Check the header of a picture that Pillow has opened, then decode it."""
    actual_type = MEDIA_TYPES[image.format or ""]
    declared_type = media_type.partition(";")[0].strip().lower()
    declared_type = ALIASES.get(declared_type, declared_type)
    if declared_type in MEDIA_TYPES.values() and declared_type != actual_type:
        raise PictureRefused(Reason.MISLABELLED, f"{declared_type} is {actual_type}")
    width, height = image.size
    check_size(width, height)
    orientation = orientation_of(image)
    is_sideways = orientation in SIDEWAYS
    profile = image.info.get("icc_profile")
    box = fitting_size(height, width)[::-1] if is_sideways else fitting_size(width, height)
    small_image = to_srgb(shrink(image, box), profile if isinstance(profile, bytes) else None)
    if orientation in TRANSPOSITIONS:
        small_image = small_image.transpose(TRANSPOSITIONS[orientation])
    small_image = without_unused_alpha(small_image)
    small_image.info.clear()
    if is_sideways:
        width, height = height, width
    return DecodedPicture(small_image, width, height, actual_type, difference_hash(small_image))


def check_size(width: int, height: int) -> None:
    if width * height > PIXEL_LIMIT or max(width, height) > SIDE_LIMIT:
        raise PictureRefused(Reason.TOO_MANY_PIXELS, f"{width} × {height}")
    if min(width, height) < LEAST_SIDE:
        raise PictureRefused(Reason.TOO_SMALL, f"{width} × {height}")
    if max(width, height) > MOST_OBLONG * min(width, height):
        raise PictureRefused(Reason.TOO_NARROW, f"{width} × {height}")


def fitting_size(width: int, height: int) -> tuple[int, int]:
    """Return the size of the largest copy of an upright picture of this size."""
    scale = min(1.0, LARGEST_WIDTH / width, LARGEST_HEIGHT / height)
    return max(1, round(width * scale)), max(1, round(height * scale))


def orientation_of(image: Image.Image) -> int:
    """Return the EXIF orientation, 1 if there is none or it cannot be read: that is no reason to refuse a picture."""
    try:
        orientation = image.getexif().get(ORIENTATION, 1)
    except Exception:
        return 1
    return orientation if isinstance(orientation, int) else 1


def without_unused_alpha(image: Image.Image) -> Image.Image:
    """Return an RGBA image that is opaque everywhere as RGB."""
    if image.mode == "RGBA" and image.getchannel("A").getextrema()[0] == 255:
        return image.convert("RGB")
    return image


def difference_hash(image: Image.Image) -> str:
    """Return 64 bits as hexadecimal text: whether each of 8 × 8 cells is darker than its right neighbour.

    The same picture in other sizes and qualities has the same bits, or nearly.
    """
    if image.mode == "RGBA":
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
    cells = image.convert("L").resize((9, 8), Image.Resampling.LANCZOS).tobytes()
    bits = 0
    for row in range(8):
        for column in range(8):
            cell = 9 * row + column
            bits = bits << 1 | (cells[cell] < cells[cell + 1])
    return f"{bits:016x}"
