"""Parse the words of a search; any text is a valid query. Pure."""

import re
from dataclasses import dataclass

from articles.text_folding import fold

MAX_LENGTH = 200
MAX_PHRASES = 12
MIN_PREFIX_LENGTH = 2
PHRASE = re.compile(r'(?P<minus>(?<!\S)-)?(?:"(?P<quoted>[^"]*)"?|(?P<words>[^\s"]+))')


@dataclass(frozen=True)
class Phrase:
    """Consecutive folded words; with `is_prefix` the last may be the beginning of a longer word."""

    words: tuple[str, ...]
    is_prefix: bool = False


@dataclass(frozen=True)
class Query:
    """The Phrases that a story must contain, all `required` and none `excluded`; `text` is what was typed."""

    text: str = ""
    required: tuple[Phrase, ...] = ()
    excluded: tuple[Phrase, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.required)


def parse_query(text: str) -> Query:
    """Return the Query of any text: words, "quoted phrases", and -excluded ones.

    The last word may be unfinished. Text beyond 200 characters or a dozen phrases is ignored.
    """
    text = " ".join(text.replace("\0", " ").split())[:MAX_LENGTH]
    required, excluded = [], []
    for match in list(PHRASE.finditer(text))[:MAX_PHRASES]:
        is_quoted = match["quoted"] is not None
        words = tuple(fold(match["quoted"] if is_quoted else match["words"]).split())
        if not words:
            continue
        if match["minus"]:
            excluded.append(Phrase(words))
        else:
            is_last = match.end() == len(text) and not is_quoted
            required.append(Phrase(words, is_last and can_be_prefix(words[-1])))
    return Query(text, tuple(required), tuple(excluded))


def can_be_prefix(word: str) -> bool:
    """Return whether a word is long enough to match by prefix; one Chinese character may be half a word."""
    return len(word) >= MIN_PREFIX_LENGTH or not word.isascii()
