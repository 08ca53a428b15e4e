"""The same picture at different sizes in one story."""

import pytest

from articles.models import Image, StoredPicture
from pictures.decoding import decode
from pictures.similarity import MOST_DIFFERENT_BITS, smaller_copies
from tests.picture_files import picture_bytes

ZERO = "0" * 16


def hash_with(bits):
    return f"{(1 << bits) - 1:016x}"


def picture(key, width, difference_hash=ZERO, position=0, file="x.jpg"):
    stored = StoredPicture(width=width, height=width // 2, difference_hash=difference_hash)
    return Image(pk=key, stored=stored, file=file, position=position)


def pairs(*images):
    return {key: image.pk for key, image in smaller_copies(images).items()}


def test_the_smaller_ones_are_copies_of_the_largest():
    assert pairs(picture(1, 320), picture(2, 1600), picture(3, 640)) == {1: 2, 3: 2}


@pytest.mark.parametrize(("bits", "copies"), [(MOST_DIFFERENT_BITS, {2: 1}), (MOST_DIFFERENT_BITS + 1, {})])
def test_few_different_bits_are_allowed(bits, copies):
    assert pairs(picture(1, 1600), picture(2, 320, hash_with(bits))) == copies


def test_of_equally_large_ones_the_first_stays():
    assert pairs(picture(1, 320, position=1), picture(2, 320, position=0)) == {1: 2}


def test_pictures_without_a_copy_are_left_out():
    assert pairs(picture(1, 320), picture(2, 1600, file=""), Image(pk=3, file="old.png")) == {}


def test_a_picture_is_recognised_in_other_sizes_and_others_are_not():
    hashes = [
        decode(picture_bytes(size, seed=seed)).difference_hash
        for size, seed in (((1600, 1000), 0), ((400, 250), 0), ((1600, 1000), 1), ((1600, 1000), 2))
    ]
    rows = [picture(key, 1000 - key, difference_hash) for key, difference_hash in enumerate(hashes)]
    assert pairs(*rows) == {1: 0}
