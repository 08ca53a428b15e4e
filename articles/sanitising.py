"""Upstream's text made harmless on its way out. It is stored as it came."""

import html
import re
from functools import lru_cache

import nh3
from django.utils.html import format_html
from django.utils.safestring import mark_safe
from markdown_it import MarkdownIt

from articles.web_urls import is_web_url

BODY_TAGS = frozenset(
    """a abbr b blockquote br cite code dd del dl dt em figcaption figure h2 h3 h4 hr i ins kbd li mark ol p pre
    q s small strong sub sup table tbody td tfoot th thead time tr u ul""".split()
)
BODY_ATTRIBUTES = {"a": {"href", "title", "hreflang"}, "abbr": {"title"}, "td": {"colspan"}, "th": {"colspan", "scope"}}
TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9-]*)[^<>]*>?")
NEVER_NESTED = frozenset("area base br col dd dt embed hr img input li link meta option p source td th tr wbr".split())
DEPTH_LIMIT = 200
MARKUP = re.compile(r"[<&]")
MARKDOWN = MarkdownIt("commonmark").enable("table")


def plain_text(text):
    """Return `text` without tags and with its entities resolved: text, to be escaped by the template."""
    if not MARKUP.search(text):
        return text
    return html.unescape(nh3.clean(text, tags=set())).strip()


@lru_cache(maxsize=256)
def body_html(body):
    """Return a story's body, HTML or Markdown, as safe HTML: no script, style, picture, frame or foreign scheme."""
    if depth_of(body) > DEPTH_LIMIT:
        # The sanitiser takes time by the square of the depth; nobody writes like this who means to be read.
        return format_html("<p>{}</p>", TAG.sub(" ", body))
    source = body if body.lstrip().startswith("<") else MARKDOWN.render(body)
    cleaned = nh3.clean(
        source,
        tags=set(BODY_TAGS),
        attributes=BODY_ATTRIBUTES,
        attribute_filter=keep_attribute,
        url_schemes={"http", "https"},
        link_rel="noopener nofollow",
    )
    return mark_safe(cleaned)  # noqa: S308 - nh3 has just made it safe


def depth_of(body):
    """Return how deep tags may be nested in `body` at most, counted without looking at what closes what."""
    depth = deepest = 0
    for tag in TAG.finditer(body):
        depth += -1 if tag[1] else tag[2].lower() not in NEVER_NESTED
        deepest, depth = max(deepest, depth), max(depth, 0)
    return deepest


def keep_attribute(tag, attribute, value):
    """Return the attribute's value, or None to drop it: links lead to whole http(s) URLs or nowhere."""
    if attribute == "href":
        return value if is_web_url(value) else None
    return value
