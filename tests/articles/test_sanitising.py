import pytest

from articles.sanitising import body_html, plain_text


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("Salt &#038; Light", "Salt & Light"),
        ("<b>Bold</b> claim", "Bold claim"),
        ("<script>alert(1)</script>Calm", "Calm"),
        ("3 < 5 & 5 > 3", "3 < 5 & 5 > 3"),
        ("&lt;script&gt;alert(1)&lt;/script&gt;", "<script>alert(1)</script>"),
        ("Nothing to do", "Nothing to do"),
    ],
)
def test_plain_text(text, plain):
    assert plain_text(text) == plain


@pytest.mark.parametrize(
    "hostile",
    [
        "<p>x</p><script>alert(1)</script>",
        '<p onclick="alert(1)">x</p>',
        '<p><a href="javascript:alert(1)">x</a></p>',
        '<p><img src="https://evil.example/x.png" onerror="alert(1)"></p>',
        '<p style="background:url(https://evil.example)">x</p>',
        '<iframe src="https://evil.example"></iframe>',
        "<svg><script>alert(1)</script></svg>",
        '<p><a href="//evil.example">x</a></p>',
        '<form action="https://evil.example"><input></form>',
        "[x](javascript:alert(1))",
        "![x](https://evil.example/x.png)",
    ],
)
def test_a_hostile_body_is_harmless(hostile):
    cleaned = body_html(hostile)
    for bad in (
        "<script",
        'href="java',
        "onclick",
        "onerror",
        "<img",
        "<iframe",
        "<form",
        "style=",
        'href="//',
        "evil.example",
    ):
        assert bad not in cleaned


def test_a_tower_of_tags_is_shown_as_text():
    assert body_html("<div>" * 100_000 + "x <b>y</b>").count("<") == 2
    assert "<b>y</b>" in body_html("<p>" * 5000 + "<b>y</b>")


def test_markdown_and_html_both_become_html():
    assert body_html("## Head\n\nText with *stress*.") == "<h2>Head</h2>\n<p>Text with <em>stress</em>.</p>\n"
    assert body_html("<h2>Head</h2>") == "<h2>Head</h2>"


def test_links_leave_without_a_trace():
    assert body_html("[x](https://outlet.example/a)") == (
        '<p><a href="https://outlet.example/a" rel="noopener nofollow">x</a></p>\n'
    )
