"""Colour profiles: everything that is shown is in sRGB."""

import io
import logging

from PIL import Image, ImageCms

logger = logging.getLogger(__name__)
SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))


def to_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    """Return an image in L, RGB, RGBA or CMYK as RGB or RGBA in sRGB; without a profile it is taken for sRGB."""
    alpha = image.getchannel("A") if image.mode == "RGBA" else None
    if alpha is not None:
        image = image.convert("RGB")
    result = with_profile_applied(image, profile) if profile else image
    result = result.convert("RGB")
    if alpha is not None:
        result.putalpha(alpha)
    return result


def with_profile_applied(image: Image.Image, profile: bytes) -> Image.Image:
    """Return an image converted from its profile to sRGB, or unchanged if the profile cannot be used.

    A wrong or damaged profile is a minor fault: colours may be slightly off.
    """
    try:
        converted = ImageCms.profileToProfile(
            image, ImageCms.ImageCmsProfile(io.BytesIO(profile)), SRGB, outputMode="RGB"
        )
    except (ImageCms.PyCMSError, OSError, ValueError) as error:
        logger.info("colour profile ignored: %s", error)
        return image
    return converted if converted is not None else image
