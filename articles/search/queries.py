"""What somebody typed into the search, read so that nothing can be wrong with it. Pure."""

import re
from dataclasses import dataclass

from articles.text_folding import fold

LONGEST = 200
MOST_PARTS = 12
SHORTEST_BEGINNING = 2
PART = re.compile(r'(?P<minus>(?<!\S)-)?(?:"(?P<phrase>[^"]*)"?|(?P<words>[^\s"]+))')


@dataclass(frozen=True)
class Part:
    """Words that stand one after the other, folded; with `goes_on` the last may be the beginning of a longer one."""

    words: tuple
    goes_on: bool = False


@dataclass(frozen=True)
class Query:
    """Parts that must all be in a story, and parts that must not; `text` is what was typed."""

    text: str = ""
    wanted: tuple = ()
    unwanted: tuple = ()

    def __bool__(self):
        return bool(self.wanted)


def read_query(text):
    """Return the Query of any text whatsoever: words, "phrases", and -words that must not be there.

    The last word may be unfinished. What is beyond 200 characters or a dozen parts is left out.
    """
    text = " ".join(text.replace("\0", " ").split())[:LONGEST]
    wanted, unwanted = [], []
    for match in list(PART.finditer(text))[:MOST_PARTS]:
        quoted = match["phrase"] is not None
        words = tuple(fold(match["phrase"] if quoted else match["words"]).split())
        if not words:
            continue
        if match["minus"]:
            unwanted.append(Part(words))
        else:
            is_last = match.end() == len(text) and not quoted
            wanted.append(Part(words, is_last and may_go_on(words[-1])))
    return Query(text, tuple(wanted), tuple(unwanted))


def may_go_on(word):
    """Whether a word is long enough to be taken for a beginning; one sign of Chinese may be half a word."""
    return len(word) >= SHORTEST_BEGINNING or not word.isascii()
