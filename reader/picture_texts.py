"""The texts of pictures: what screen readers say in their place, and their captions."""

import re

from articles.sanitising import plain_text
from reader.cards import Picture

# Titles that are the name of a file or a camera's number.
FILE_NAME = re.compile(
    r"\S+\.(?:jpe?g|png|gif|webp|avif|svg|bmp|tiff?)|(?:img|dscn?|image|photo|picture)[-_ ]?\d*", re.IGNORECASE
)
WORD = re.compile(r"\w+")


def alt_text(picture: Picture, headline: str) -> str:
    """Return the alternative text of a picture beside its story's headline, which it must not repeat.

    The desk's text is left out only if it is the headline, upstream's title also if one contains the other.
    """
    if picture.alt:
        text = plain_text(picture.alt)
        return "" if words_of(text) == words_of(plain_text(headline)) else text
    return caption(picture, headline)


def caption(picture: Picture, headline: str) -> str:
    """Return upstream's title of a picture, "" if it says no more than the headline or is the name of a file."""
    text = plain_text(picture.title)
    return "" if FILE_NAME.fullmatch(text) or repeats(text, plain_text(headline)) else text


def repeats(text: str, headline: str) -> bool:
    """Return whether one of two texts contains the words of the other, in their order."""
    first, second = words_of(text), words_of(headline)
    return f" {first} " in f" {second} " or (second != "" and f" {second} " in f" {first} ")


def words_of(text: str) -> str:
    return " ".join(WORD.findall(text.casefold()))
