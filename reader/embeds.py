"""Video embeds, built from the id of a video at a known host: none of upstream's HTML is used. Pure."""

import re
from html import unescape
from typing import TYPE_CHECKING, NamedTuple

from articles.choices import Kind

if TYPE_CHECKING:
    from articles.models import Article

MAX_MARKUP_LENGTH = 20_000
YOUTUBE = re.compile(
    r"(?:https?:)?//(?:www\.|m\.)?"
    r"(?:youtube(?:-nocookie)?\.com/(?:embed/|shorts/|live/|v/|watch\?(?:[\w.=%-]{1,200}&)*v=)|youtu\.be/)"
    r"([A-Za-z0-9_-]{11})(?![A-Za-z0-9_-])"
)
VIMEO = re.compile(r"(?:https?:)?//(?:www\.)?(?:player\.vimeo\.com/video/|vimeo\.com/)([0-9]{5,12})(?![0-9])")


class Embed(NamedTuple):
    """An embedded video: its host's name, the URL of its frame, and that of its page at the host."""

    host: str
    frame_url: str
    watch_url: str


def youtube_embed(key: str) -> Embed:
    return Embed(
        "YouTube",
        f"https://www.youtube-nocookie.com/embed/{key}?autoplay=1&rel=0",
        f"https://www.youtube.com/watch?v={key}",
    )


def vimeo_embed(key: str) -> Embed:
    return Embed("Vimeo", f"https://player.vimeo.com/video/{key}?autoplay=1&dnt=1", f"https://vimeo.com/{key}")


HOSTS = ((YOUTUBE, youtube_embed), (VIMEO, vimeo_embed))
FRAME_HOSTS = ("https://www.youtube-nocookie.com", "https://player.vimeo.com")


def embed_of(story: "Article") -> Embed | None:
    """Return the Embed of a story's video, or None if it has none at a known host."""
    texts = [story.featured_content]
    if story.kind == Kind.VIDEO:
        texts += [story.web_url, story.original_url]
    for text in filter(None, texts):
        for pattern, make_embed in HOSTS:
            match = pattern.search(unescape(text[:MAX_MARKUP_LENGTH]))
            if match:
                return make_embed(match[1])
    return None
