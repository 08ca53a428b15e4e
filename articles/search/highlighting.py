"""Mark the words of a text that match a Query, and cut the passage around them."""

import re
from collections.abc import Sequence

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from articles.search.queries import Query
from articles.text_folding import fold_word

WORD = re.compile(r"[^\W_]+(?:[\u0300-\u036f]+[^\W_]*)*")
CONTEXT = 80
SNIPPET_LENGTH = 280


def is_hit(word: str, query: Query) -> bool:
    """Return whether a word of a text matches a Query."""
    folded = fold_word(word)
    return any(
        folded in phrase.words or (phrase.is_prefix and folded.startswith(phrase.words[-1]))
        for phrase in query.required
    )


def highlighted(text: str, query: Query) -> SafeString:
    """Return plain text as safe HTML with the words that match a Query in `<mark>`."""
    pieces: list[str] = []
    end = 0
    for match in WORD.finditer(text):
        if is_hit(match[0], query):
            pieces += [escape(text[end : match.start()]), f"<mark>{escape(match[0])}</mark>"]
            end = match.end()
    return mark_safe("".join([*pieces, escape(text[end:])]))  # noqa: S308


def snippet(texts: Sequence[str], query: Query) -> str:
    """Return the passage around the first hit in plain texts, or the beginning of the first text without any hit."""
    for text in texts:
        hit = next((match for match in WORD.finditer(text) if is_hit(match[0], query)), None)
        if hit:
            return cut(text, max(hit.start() - CONTEXT, 0))
    return cut(texts[0], 0) if texts else ""


def cut(text: str, begin: int) -> str:
    """Return at most 280 characters of a text from near `begin`, cut between words."""
    if len(text) <= SNIPPET_LENGTH:
        return text
    if begin:
        begin = text.find(" ", begin) + 1 or begin
    end = begin + SNIPPET_LENGTH
    if end < len(text):
        end = max(text.rfind(" ", begin, end), begin + CONTEXT)
    return f"{'… ' if begin else ''}{text[begin:end].strip()}{' …' if end < len(text) else ''}"
