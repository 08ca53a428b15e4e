"""Players are built from a video's id; nothing of upstream's own HTML comes through."""

import re

import pytest

from articles.choices import Kind
from articles.models import Article
from reader.embeds import FRAME_HOSTS, embed_of
from tests.factories import make_story
from tests.page_parts import elements

YOUTUBE = "https://www.youtube-nocookie.com/embed/dQw4w9WgXcQ?autoplay=1&rel=0"
VIMEO = "https://player.vimeo.com/video/123456789?autoplay=1&dnt=1"


@pytest.mark.parametrize(
    ("markup", "frame"),
    [
        ('<iframe src="https://www.youtube.com/embed/dQw4w9WgXcQ"></iframe>', YOUTUBE),
        ('<iframe src="//www.youtube.com/embed/dQw4w9WgXcQ?rel=0&amp;x=1" onload="alert(1)">', YOUTUBE),
        ("https://youtu.be/dQw4w9WgXcQ", YOUTUBE),
        ("https://www.youtube.com/watch?v=dQw4w9WgXcQ&t=3", YOUTUBE),
        ("https://www.youtube.com/watch?list=PL1&amp;v=dQw4w9WgXcQ", YOUTUBE),
        ("https://www.youtube.com/shorts/dQw4w9WgXcQ", YOUTUBE),
        ('<iframe src="https://player.vimeo.com/video/123456789?h=1">', VIMEO),
        ("https://vimeo.com/123456789", VIMEO),
        ("https://www.youtube.com/embed/dQw4w9WgXcQextra", None),
        ("https://www.youtube.com/embed/short", None),
        ("https://evil.example/embed/dQw4w9WgXcQ", None),
        ("https://evilyoutube.com/embed/dQw4w9WgXcQ", None),
        ("https://youtube.com.evil.example/embed/dQw4w9WgXcQ", None),
        ('<iframe src="javascript:alert(1)">', None),
        ("", None),
        ("https://www.youtube.com/watch?" + "a=b&" * 100_000, None),
    ],
)
def test_embeds_of_markup(markup, frame):
    embed = embed_of(Article(featured_content=markup))
    assert (embed and embed.frame_url) == frame
    assert embed is None or embed.frame_url.startswith(FRAME_HOSTS)


def test_a_video_plays_from_its_own_address_and_an_article_does_not():
    url = "https://www.youtube.com/watch?v=dQw4w9WgXcQ"
    assert embed_of(Article(kind=Kind.VIDEO, web_url=url)).frame_url == YOUTUBE
    assert embed_of(Article(kind=Kind.ARTICLE, web_url=url)) is None


@pytest.mark.django_db
def test_only_story_pages_allow_frames(client):
    story = make_story(featured_content='<iframe src="https://youtu.be/dQw4w9WgXcQ"><script>alert(1)</script>')
    response = client.get(story.get_absolute_url())
    assert 'data-player="https://www.youtube-nocookie.com/embed/dQw4w9WgXcQ' in response.content.decode()
    assert elements(response, "//iframe") == []
    for url, expected in ((story.get_absolute_url(), [" ".join(FRAME_HOSTS)]), ("/", [])):
        assert re.findall(r"frame-src ([^;]*)", client.get(url)["Content-Security-Policy"]) == expected
