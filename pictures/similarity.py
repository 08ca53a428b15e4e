"""Pictures of one story that are the same picture at different sizes, by their difference hashes."""

from collections.abc import Iterable

from articles.models import Image

# Of 64 bits. Other sizes and qualities of a picture differ in 2 at most, other pictures in 15 or more.
MOST_DIFFERENT_BITS = 4


def smaller_copies(images: Iterable[Image]) -> dict[int, Image]:
    """Return {key: the larger picture} of pictures that are smaller copies of another one of the same story.

    Of two that are equally large, the later one counts as the smaller. No query if `stored` is loaded.
    """
    stored = [image for image in images if image.stored is not None and image.file]
    by_size = sorted(stored, key=lambda image: (-pixels(image), image.position, image.pk))
    largest: list[Image] = []
    copies: dict[int, Image] = {}
    for image in by_size:
        original = next((other for other in largest if is_same_picture(image, other)), None)
        if original is None:
            largest.append(image)
        else:
            copies[image.pk] = original
    return copies


def pixels(image: Image) -> int:
    return image.stored.width * image.stored.height if image.stored else 0


def is_same_picture(first: Image, second: Image) -> bool:
    """Return whether two pictures of which we have copies look the same."""
    if first.stored is None or second.stored is None:
        return False
    bits = int(first.stored.difference_hash, 16) ^ int(second.stored.difference_hash, 16)
    return bits.bit_count() <= MOST_DIFFERENT_BITS
