"""Making upstream's text safe for pages. It is stored as upstream wrote it."""

import html
import re
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache

import nh3
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt

from articles.canonical_urls import is_web_url
from articles.markup import TAG_OF_BODY, begins_with_tag, escape_stray_signs, without_tags

BODY_TAGS = frozenset(
    """a abbr b blockquote br cite code dd del dl dt em figcaption figure h2 h3 h4 hr i ins kbd li mark ol p pre
    q s small strong sub sup table tbody td tfoot th thead time tr u ul""".split()
)
BODY_ATTRIBUTES = {"a": {"href", "title", "hreflang"}, "abbr": {"title"}, "td": {"colspan"}, "th": {"colspan", "scope"}}
TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9-]*)[^<>]*>?")
NEVER_NESTED = frozenset("area base br col dd dt embed hr img input li link meta option p source td th tr wbr".split())
DEPTH_LIMIT = 200
# A body beyond these limits is shown as plain text, because rendering it would take too long for a page
# (bench/bodies.py). A MiB of ordinary prose has a tenth of it.
MAX_TAGS = 40_000
MAX_LINES, MAX_SIGNS, MAX_CELLS = 3000, 16_000, 12_000
LINE = re.compile(r"\S[^\r\n]*")
SIGN = re.compile(r"[\[\]()*_`<>|#&!~\\]|[-+][ \t]|[0-9][.)][ \t]")
BLANK_LINES = re.compile(r"\n[ \t]*\n")
NEW_PARAGRAPH = re.compile(r"\n\s*\n")
MARKUP = re.compile(r"[<&]")
# A text that ends in one of these is cut off in mid-sentence.
CUT_OFF = ",;:،؛、，；：–—-"
MARKDOWN = MarkdownIt("commonmark").enable("table")
for kind in ("html_inline", "html_block"):
    MARKDOWN.add_render_rule(kind, lambda _self, tokens, at, *_more: escape_stray_signs(tokens[at].content))


def plain_text(text: str) -> str:
    """Return `text` without tags and with its entities resolved; the template must escape it.

    Text that only looks like a tag, as in "Vec<T>", stays (articles/markup.py).
    """
    if not MARKUP.search(text):
        return text
    return html.unescape(without_tags(text) if "<" in text else text).strip()


def teaser(excerpt: str) -> str:
    """Return an excerpt as plain text, with "…" at the end if it is cut off in mid-sentence."""
    text = plain_text(excerpt)
    shortened = text.rstrip().rstrip(CUT_OFF).rstrip()
    return f"{shortened} …" if shortened and shortened != text.rstrip() else text


@lru_cache(maxsize=256)
def body_html(body: str) -> SafeString:
    """Return a body, HTML or Markdown, as safe HTML: no scripts, styles, pictures or frames, only http(s) URLs."""
    if is_plain_text_better(body):
        return as_paragraphs(body)
    source = escape_stray_signs(body) if begins_with_tag(body) else MARKDOWN.render(body)
    cleaned = nh3.clean(
        source,
        tags=set(BODY_TAGS),
        attributes=BODY_ATTRIBUTES,
        attribute_filter=keep_attribute,
        url_schemes={"http", "https"},
        link_rel="noopener nofollow",
    )
    return mark_safe(cleaned)  # noqa: S308 - nh3 has just made it safe


def is_plain_text_better(body: str) -> bool:
    """Return whether it would take too long to render a body as HTML or Markdown."""
    return is_too_much_html(body) or (not begins_with_tag(body) and is_too_much_markdown(body))


def is_too_much_html(body: str) -> bool:
    """Return whether a body has too many tags, or too deeply nested ones, for the sanitiser.

    The sanitiser's time grows with the square of the depth, and of the number of tags in a table outside its cells.
    """
    return body.count("<") > MAX_TAGS or depth_of(body) > DEPTH_LIMIT


def is_too_much_markdown(body: str) -> bool:
    """Return whether a body has too many lines, characters of Markdown or table cells to be rendered in time."""
    if count_matches(LINE, body) > MAX_LINES or count_matches(SIGN, body) > MAX_SIGNS:
        return True
    # Each row of a table is rendered with as many cells as its head has.
    blocks = BLANK_LINES.split(body) if "|" in body else ()
    return sum(cells_of(block.split("\n")) for block in blocks if "|" in block) > MAX_CELLS


def count_matches(pattern: re.Pattern[str], text: str) -> int:
    return sum(1 for _match in pattern.finditer(text))


def cells_of(lines: Sequence[str]) -> int:
    return len(lines) * max(line.count("|") for line in lines)


def as_paragraphs(body: str) -> SafeString:
    """Return a body as plain text in paragraphs, without its tags, as safe HTML."""
    text = escape(plain_text(body.replace("\r\n", "\n").replace("\r", "\n")).strip())
    return mark_safe(f"<p>{NEW_PARAGRAPH.sub('</p>' + chr(10) + '<p>', text)}</p>")  # noqa: S308 - escaped above


def depth_of(body: str) -> int:
    """Return an upper bound of how deeply tags are nested in `body`.

    A closing tag counts only while a tag of the same name is open, as the sanitiser ignores the others.
    """
    open_tags: Counter[str] = Counter()
    depth = deepest = 0
    for tag in TAG.finditer(body):
        name = tag[2].lower()
        if name in NEVER_NESTED or not TAG_OF_BODY.match(body, tag.start()):
            continue
        step = (-1 if open_tags[name] else 0) if tag[1] else 1
        open_tags[name] += step
        depth += step
        deepest = max(deepest, depth)
    return deepest


def keep_attribute(tag: str, attribute: str, value: str) -> str | None:
    """Return the attribute's value, or None to drop it: a link needs an absolute http(s) URL."""
    if attribute == "href":
        return value if is_web_url(value) else None
    return value
