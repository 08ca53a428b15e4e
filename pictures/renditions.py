"""The copies of a picture: their names, sizes and formats.

The name of the largest copy, which Image.file holds, contains its digest and size, so a page derives all others from
it without a query: `pictures/ab/<digest>-1600x1067.jpg` has `pictures/ab/<digest>-640.avif` and so on.
"""

import io
import re
from typing import NamedTuple

from PIL import Image

from articles.models.picture import DIGEST_LENGTH

# What the layout needs at one and two pixels per CSS pixel. The largest copy has the picture's own width.
WIDTHS = (320, 640, 960, 1280)
# A copy that is hardly narrower than the largest one is not made.
MOST_OF_LARGEST = 0.9
# A copy of about this width suits all sites that show a preview of a page.
SHARED_WIDTH = 1280
# In order of preference, with their media types, each smaller than the next.
FORMATS = {"avif": "image/avif", "webp": "image/webp"}
FOLDER = "pictures"
NAME = re.compile(
    rf"{FOLDER}/[0-9a-f]{{2}}/(?P<digest>[0-9a-f]{{{DIGEST_LENGTH}}})"
    r"-(?:(?P<width>[0-9]{1,5})x(?P<height>[0-9]{1,5})\.(?:jpg|webp)|[0-9]{1,5}\.(?:avif|webp))"
)


class Rendition(NamedTuple):
    """One of the files of a stored picture."""

    name: str
    media_type: str
    width: int
    height: int


def base_name(digest: str, size: tuple[int, int], *, has_alpha: bool) -> str:
    """Return the name of the largest copy of the picture with this digest: a JPEG, WebP if it is transparent."""
    return f"{FOLDER}/{digest[:2]}/{digest}-{size[0]}x{size[1]}.{'webp' if has_alpha else 'jpg'}"


def size_of(name: str) -> tuple[int, int] | None:
    """Return (width, height) in pixels of the file of this name, None for a file of earlier releases."""
    match = NAME.fullmatch(name)
    if match is None or match["width"] is None:
        return None
    return int(match["width"]), int(match["height"])


def renditions_of(name: str) -> list[Rendition]:
    """Return the renditions of the picture whose largest copy has this name, by format, then from narrow to wide.

    Empty for a file of earlier releases, of which there is only the one copy.
    """
    size = size_of(name)
    if size is None:
        return []
    stem = name.rpartition("-")[0]
    return [
        Rendition(f"{stem}-{width}.{extension}", media_type, width, scaled_height(size, width))
        for extension, media_type in FORMATS.items()
        for width in widths_of(size[0])
    ]


def shared_rendition(name: str) -> Rendition | None:
    """Return the copy of this picture for other sites and feed readers: not larger than they need, readable by all.

    None for a file of earlier releases, whose size is unknown.
    """
    size = size_of(name)
    if size is None:
        return None
    webp = (rendition for rendition in renditions_of(name) if rendition.media_type == "image/webp")
    largest = Rendition(name, "image/webp" if name.endswith(".webp") else "image/jpeg", *size)
    return next((rendition for rendition in webp if rendition.width == SHARED_WIDTH), largest)


def all_names(name: str) -> list[str]:
    """Return the names of all files of a stored picture, the largest copy first."""
    return [name, *(rendition.name for rendition in renditions_of(name))]


def digest_of(name: str) -> str:
    """Return the digest in the name of a file of a stored picture, "" for a file of earlier releases."""
    match = NAME.fullmatch(name)
    return match["digest"] if match else ""


def widths_of(width: int) -> list[int]:
    """Return the widths of the renditions of a picture of this width."""
    return [*(narrow for narrow in WIDTHS if narrow < MOST_OF_LARGEST * width), width]


def scaled_height(size: tuple[int, int], width: int) -> int:
    return max(1, round(size[1] * width / size[0]))


def encode(image: Image.Image, digest: str) -> dict[str, bytes]:
    """Return {name: content} of all files of a decoded picture, the largest copy first."""
    base = base_name(digest, image.size, has_alpha=image.mode == "RGBA")
    files = {base: as_webp(image) if image.mode == "RGBA" else as_jpeg(image)}
    # From wide to narrow, each from the one before: four times fewer pixels to read, and no visible difference.
    for rendition in sorted(renditions_of(base), key=lambda rendition: -rendition.width):
        size = (rendition.width, rendition.height)
        if image.size != size:
            image = image.resize(size, Image.Resampling.LANCZOS)
        files[rendition.name] = as_avif(image) if rendition.media_type == "image/avif" else as_webp(image)
    return files


def as_avif(image: Image.Image) -> bytes:
    # Slower steps take three to ten times as long for files that are a tenth smaller.
    return encoded(image, "AVIF", quality=52, speed=9, max_threads=1)


def as_webp(image: Image.Image) -> bytes:
    return encoded(image, "WEBP", quality=74, method=2)


def as_jpeg(image: Image.Image) -> bytes:
    return encoded(image, "JPEG", quality=80, progressive=True, optimize=True)


def encoded(image: Image.Image, format_name: str, **options: object) -> bytes:
    file = io.BytesIO()
    image.save(file, format_name, **options)
    return file.getvalue()
