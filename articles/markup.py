"""Distinguishing markup from text that only looks like markup: "Vec<T>" and "x<y" are words. Pure.

`MARKUP` means the same to Python and PostgreSQL (articles/db/triggers/search_index.py), and takes time in proportion to
the text's length: no part of it matches past the next "<".
"""

import re
from collections.abc import Iterable
from itertools import groupby
from operator import itemgetter

# Elements that separate words.
BREAKING = frozenset(
    """address article aside blockquote body br caption center col colgroup dd details dialog dir div dl dt fieldset
    figcaption figure footer form frameset h1 h2 h3 h4 h5 h6 head header hgroup hr html img input legend li link main
    menu meta nav ol optgroup option p pre script search section select style summary table tbody td textarea tfoot th
    thead title tr ul""".split()
)
# All elements of HTML, including obsolete ones, with the roots and the most common elements of SVG and MathML.
ELEMENTS = BREAKING | frozenset(
    """a abbr acronym applet area audio b base basefont bdi bdo bgsound big blink button canvas circle cite clippath
    code data datalist defs del dfn ellipse em embed filter font foreignobject frame g i iframe image ins kbd
    keygen label line lineargradient map mark marquee mask math meter mi mn mo mrow msub msup nobr noembed
    noframes noscript object output param path pattern picture plaintext polygon polyline portal progress q
    radialgradient rb rect rp rt rtc ruby s samp slot small source span stop strike strong sub sup svg symbol
    template text time track tspan tt u use var video wbr xmp""".split()
)


def one_of(names: Iterable[str]) -> str:
    """Return a pattern of names, grouped by their first letters, because a long list of alternatives is slow."""
    groups = groupby(sorted(names), key=itemgetter(0))
    return "|".join(f"{letter}(?:{'|'.join(name[1:] for name in group)})" for letter, group in groups)


NAMES, SPACE = one_of(ELEMENTS), r"[ \t\n\r\f]"
ATTRIBUTES = f"{SPACE}[^<>=]*=[^<>]*"
TAG = "|".join(
    (
        # An element of HTML, alone or with attributes; it may be cut off at the end of the text.
        rf"</?({NAMES})(?:{SPACE}*/?>|{ATTRIBUTES}(?:>|\Z))",
        # Any element with an attribute in quotes, and the closing tag of one with a name of two parts.
        rf"<[a-z][a-z0-9:-]*{SPACE}[^<>=]*={SPACE}*[\"'][^<>]*>",
        rf"</[a-z]+[:-][a-z0-9:-]*{SPACE}*>",
        # Comments and declarations.
        r"<![^<>[]*>|<!\[CDATA\[|<\?[^<>]*\?>",
    )
)
ENTITY = "&#?[0-9a-z]+;"
MARKUP = f"{TAG}|{ENTITY}"
ANY_TAG = re.compile(TAG, re.IGNORECASE | re.ASCII)
# In a body, which is HTML, an element's name is enough.
OPENS_TAG = (
    rf"/?(?:(?:{NAMES})[\s/>]|[a-z][a-z0-9]*[:-](?!//))|[a-z][a-z0-9]*{SPACE}[^<>=]*={SPACE}*[\"']|!--|![a-z\[]|\?"
)
TAG_OF_BODY = re.compile(f"<(?:{OPENS_TAG})", re.IGNORECASE | re.ASCII)
STRAY_SIGN = re.compile(f"<(?!{OPENS_TAG})", re.IGNORECASE | re.ASCII)


def without_tags(text: str) -> str:
    """Return a text without its tags, with a space in place of those that separate words; entities stay as they are."""
    bare = ANY_TAG.sub(separator, without_scripts(text))
    if "<![CDATA[" in text:
        bare = bare.replace("]]>", "")
    return re.sub(" {2,}", " ", bare)


def separator(tag: re.Match[str]) -> str:
    return " " if (tag[1] or "").lower() in BREAKING else ""


def without_scripts(text: str) -> str:
    """Return a text without scripts and style sheets, including their content."""
    pieces: list[str] = []
    lower, begin = text.lower(), 0
    if len(lower) != len(text):
        # Some letters become two characters in lower case, which would shift all positions.
        lower = "".join(sign.lower() if sign.isascii() else sign for sign in text)
    for opening in re.finditer(r"<(script|style)[\s/>]", lower):
        if opening.start() < begin:
            continue
        end = lower.find(f"</{opening[1]}", opening.end())
        pieces.append(text[begin : opening.start()])
        end_of_tag = lower.find(">", end) + 1 if end >= 0 else 0
        begin = end_of_tag or len(text)
    return "".join([*pieces, text[begin:]])


def escape_stray_signs(text: str) -> str:
    """Return HTML in which each "<" that does not begin a tag is escaped."""
    return STRAY_SIGN.sub("&lt;", text)


def begins_with_tag(text: str) -> bool:
    """Return whether a body begins with a tag, which makes it HTML."""
    return TAG_OF_BODY.match(text.lstrip()) is not None
