"""Showing where a story matches."""

import re

from django.utils.html import escape
from django.utils.safestring import mark_safe

from articles.text_folding import fold_word

WORD = re.compile(r"[^\W_]+(?:[\u0300-\u036f]+[^\W_]*)*")
CONTEXT = 80
LONGEST_SNIPPET = 280


def is_hit(word, query):
    """Whether a word of a text is one that a Query asks for."""
    folded = fold_word(word)
    return any(folded in part.words or (part.goes_on and folded.startswith(part.words[-1])) for part in query.wanted)


def highlighted(text, query):
    """Return plain text as safe HTML, with each word that a Query asks for in `<mark>`."""
    pieces, end = [], 0
    for match in WORD.finditer(text):
        if is_hit(match[0], query):
            pieces += [escape(text[end : match.start()]), f"<mark>{escape(match[0])}</mark>"]
            end = match.end()
    return mark_safe("".join([*pieces, escape(text[end:])]))  # noqa: S308


def snippet(texts, query):
    """Return the stretch around the first hit in the first of some plain texts that has one, else the first's begin."""
    for text in texts:
        hit = next((match for match in WORD.finditer(text) if is_hit(match[0], query)), None)
        if hit:
            return cut(text, max(hit.start() - CONTEXT, 0))
    return cut(texts[0], 0) if texts else ""


def cut(text, begin):
    """Return at most 280 characters of a text from about `begin`, cut between words."""
    if len(text) <= LONGEST_SNIPPET:
        return text
    if begin:
        begin = text.find(" ", begin) + 1 or begin
    end = begin + LONGEST_SNIPPET
    if end < len(text):
        end = max(text.rfind(" ", begin, end), begin + CONTEXT)
    return f"{'… ' if begin else ''}{text[begin:end].strip()}{' …' if end < len(text) else ''}"
