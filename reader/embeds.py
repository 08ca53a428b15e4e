"""Video players, built from the id of a video at a host we know: nothing of upstream's own HTML is echoed. Pure."""

import re
from html import unescape
from typing import NamedTuple

from articles.choices import Kind

LONGEST_MARKUP = 20_000
YOUTUBE = re.compile(
    r"(?:https?:)?//(?:www\.|m\.)?"
    r"(?:youtube(?:-nocookie)?\.com/(?:embed/|shorts/|live/|v/|watch\?(?:[\w.=%-]{1,200}&)*v=)|youtu\.be/)"
    r"([A-Za-z0-9_-]{11})(?![A-Za-z0-9_-])"
)
VIMEO = re.compile(r"(?:https?:)?//(?:www\.)?(?:player\.vimeo\.com/video/|vimeo\.com/)([0-9]{5,12})(?![0-9])")


class Player(NamedTuple):
    """Where a video is played in a frame, where it is watched at its host, and that host's name."""

    host: str
    frame_url: str
    watch_url: str


def youtube(key):
    return Player(
        "YouTube",
        f"https://www.youtube-nocookie.com/embed/{key}?autoplay=1&rel=0",
        f"https://www.youtube.com/watch?v={key}",
    )


def vimeo(key):
    return Player("Vimeo", f"https://player.vimeo.com/video/{key}?autoplay=1&dnt=1", f"https://vimeo.com/{key}")


HOSTS = ((YOUTUBE, youtube), (VIMEO, vimeo))
FRAME_HOSTS = ("https://www.youtube-nocookie.com", "https://player.vimeo.com")


def player_of(story):
    """Return the Player of a story's video, or None when it has none at a host we know."""
    said = [story.featured_content]
    if story.kind == Kind.VIDEO:
        said += [story.web_url, story.original_url]
    for text in said:
        for pattern, player in HOSTS:
            match = pattern.search(unescape(text[:LONGEST_MARKUP])) if text else None
            if match:
                return player(match[1])
    return None
