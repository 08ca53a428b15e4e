"""Decode and scale down a large picture in little memory."""

from PIL import Image

# Pixels per strip: a copy of it is small beside the picture.
STRIP_PIXELS = 1_000_000


def shrink(image: Image.Image, size: tuple[int, int]) -> Image.Image:
    """Decode an opened picture and return it scaled to `size`, in L, RGB, RGBA or CMYK.

    A JPEG is decoded at a half, quarter or eighth of its size where that is enough. Others are reduced in strips by a
    whole factor, because conversions of a picture of 50 megapixels would take another 200 MB each.
    """
    mode = working_mode(image)
    image.draft(None, size)
    image.load()
    factor = max(1, min(image.width // size[0], image.height // size[1]))
    image = in_strips(image, mode, factor)
    return image if image.size == size else image.resize(size, Image.Resampling.LANCZOS)


def in_strips(image: Image.Image, mode: str, factor: int) -> Image.Image:
    """Return an image in another mode, reduced by a whole factor."""
    if factor == 1 and image.width * image.height <= STRIP_PIXELS:
        return converted(image, mode)
    size = (-(-image.width // factor), -(-image.height // factor))
    result = Image.new(mode, size)
    rows = max(1, STRIP_PIXELS // image.width // factor) * factor
    for top in range(0, image.height, rows):
        strip = image.crop((0, top, image.width, min(top + rows, image.height)))
        strip = converted(strip, mode)
        result.paste(strip.reduce(factor) if factor > 1 else strip, (0, top // factor))
    return result


def working_mode(image: Image.Image) -> str:
    """Return the mode in which a picture is scaled: that of its colour profile, if it may have one."""
    if image.has_transparency_data:
        return "RGBA"
    if image.mode in ("1", "L", "I", "F") or image.mode.startswith("I;16"):
        return "L"
    return "CMYK" if image.mode == "CMYK" else "RGB"


def converted(image: Image.Image, mode: str) -> Image.Image:
    """Return an image in another mode; of 16 bits the upper 8 are kept."""
    if image.mode.startswith("I;16"):
        image = image.convert("I")
    if image.mode == "I":
        return image.point(lambda value: value * (1 / 256)).convert("L").convert(mode)
    if image.mode == mode:
        return image
    # Palettes convert to their own mode first, with or without transparency.
    return image.convert(mode)
