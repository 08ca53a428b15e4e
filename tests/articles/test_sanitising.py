import pytest

from articles import sanitising
from articles.sanitising import body_html, plain_text, teaser


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("Salt &#038; Light", "Salt & Light"),
        ("<b>Bold</b> claim", "Bold claim"),
        ("<script>alert(1)</script>Calm", "Calm"),
        ("3 < 5 & 5 > 3", "3 < 5 & 5 > 3"),
        ("&lt;script&gt;alert(1)&lt;/script&gt;", "<script>alert(1)</script>"),
        ("Nothing to do", "Nothing to do"),
        ("Why x<y matters, and Vec<T> too", "Why x<y matters, and Vec<T> too"),
        ("HashMap<String, Vec<u8>> and <T>", "HashMap<String, Vec<u8>> and <T>"),
        ("a<b and c>d", "a<b and c>d"),
        ("I <3 it, a<=b, <- and <>", "I <3 it, a<=b, <- and <>"),
        ("git checkout <branch-name>", "git checkout <branch-name>"),
        ("<EM>Two</EM><br/>lines<BR>of <a\nhref='x'>it</a>", "Two lines of it"),
        ("<p>One</p><p>Two</p>", "One Two"),
        ("H<sub>2</sub>O", "H2O"),
        ('<amp-img src="x"></amp-img>Shown <o:p></o:p>', "Shown <o:p>"),
        ('cut in the <a href="https://outlet.exa', "cut in the"),
        ("<!-- note --><!DOCTYPE html>Text<?xml version='1.0'?>", "Text"),
        ("<![CDATA[Title & more]]>", "Title & more"),
        ("<style>a{}</style>Text<script >x<y</script> on", "Text on"),
        ("Text<script>never closed", "Text"),
        ("İ<script>x</script>stanbul", "İstanbul"),
    ],
)
def test_plain_text(text, plain):
    assert plain_text(text) == plain


@pytest.mark.parametrize(
    ("excerpt", "shown"),
    [
        ("Three ministers met in the capital,", "Three ministers met in the capital …"),
        ("Three ministers met – ", "Three ministers met …"),
        ("<p>The winners:</p>", "The winners …"),
        ("The capital, at night.", "The capital, at night."),
        ("And then …", "And then …"),
        ("No full stop", "No full stop"),
        (",", ","),
        ("", ""),
    ],
)
def test_an_excerpt_that_was_cut_says_so(excerpt, shown):
    assert teaser(excerpt) == shown


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


def test_deeply_nested_tags_are_shown_as_text():
    assert body_html("<div>" * 100_000 + "x <b>y</b>") == "<p>x y</p>"
    assert "<b>y</b>" in body_html("<p>" * 5000 + "<b>y</b>")


def test_markdown_and_html_both_become_html():
    assert body_html("## Head\n\nText with *stress*.") == "<h2>Head</h2>\n<p>Text with <em>stress</em>.</p>\n"
    assert body_html("<h2>Head</h2>") == "<h2>Head</h2>"


def test_links_have_noopener_and_nofollow():
    assert body_html("[x](https://outlet.example/a)") == (
        '<p><a href="https://outlet.example/a" rel="noopener nofollow">x</a></p>\n'
    )


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        ("A Vec<T> and x<y.", "<p>A Vec&lt;T&gt; and x&lt;y.</p>\n"),
        ("`Vec<T>` is code", "<p><code>Vec&lt;T&gt;</code> is code</p>\n"),
        ("<T> comes first", "<p>&lt;T&gt; comes first</p>\n"),
        ("<p>A Vec<T>, x<y</p>", "<p>A Vec&lt;T&gt;, x&lt;y</p>"),
        ("Two <b>bold</b><br>lines", "<p>Two <b>bold</b><br>lines</p>\n"),
        (
            "<https://outlet.example/> first",
            '<p><a href="https://outlet.example/" rel="noopener nofollow">https://outlet.example/</a> first</p>\n',
        ),
    ],
)
def test_body_keeps_words_that_look_like_tags(body, shown):
    assert body_html(body) == shown


MEBIBYTE = 1 << 20


# What a body is made of, and the limit by which a MiB of it is too much.
@pytest.mark.parametrize(
    ("begin", "part"),
    [
        ("", "---\n"),
        ("", "- - - a\n"),
        ("", "[a](b)"),
        ("", "**a*"),
        ("", "`a``b"),
        ("", "a<"),
        ("", "|a|b|\n|-|-|\n"),
        ("|a|\n|-|\n", "|a|\n"),
        (f"|{'a|' * 400}\n|{'-|' * 400}\n", "|\n"),
        (f"{'>' * 100} a\n", "b\n"),
        ("", "<p>a</p>\n"),
        ("", "<br>"),
        ("<table>", "<p></p>"),
        ("", "<div>"),
    ],
)
def test_the_worst_bodies_are_plain_text(monkeypatch, begin, part):
    monkeypatch.setattr(sanitising.MARKDOWN, "render", lambda body: pytest.fail("it was rendered"))
    monkeypatch.setattr(sanitising.nh3, "clean", lambda *args, **kwargs: pytest.fail("it was cleaned"))
    assert body_html(begin + part * (MEBIBYTE // len(part))).startswith("<p>")


def test_a_long_ordinary_body_is_rendered():
    prose = "The *quick* brown fox jumps over the [lazy dog](https://outlet.example/)." + " And it goes on." * 40
    assert body_html((prose + "\n\n") * 1400).count("<em>quick</em>") == 1400
    assert body_html(f"<p>{prose}</p>\n" * 1400).count("<p>") == 1400


@pytest.mark.parametrize(
    ("part", "limit"),
    [("a\n", sanitising.MAX_LINES), ("a [b\n\n", sanitising.MAX_LINES), ("*", sanitising.MAX_SIGNS)],
)
def test_the_limits_of_markdown_are_exact(part, limit):
    assert not sanitising.is_plain_text_better(part * limit)
    assert sanitising.is_plain_text_better(part * (limit + 1))


def test_the_limits_of_html_and_of_tables_are_exact():
    assert not sanitising.is_plain_text_better("<br>" * sanitising.MAX_TAGS)
    assert sanitising.is_plain_text_better("<br>" * (sanitising.MAX_TAGS + 1))
    head = f"|{'a|' * 119}\n|{'-|' * 119}\n"
    rows = sanitising.MAX_CELLS // 120 - 2
    assert not sanitising.is_plain_text_better(head + "|\n" * (rows - 1) + "|")
    assert sanitising.is_plain_text_better(head + "|\n" * rows + "|")


@pytest.mark.parametrize("part", ["<div>", "<div><br>", "<div>x<b>y</b>", "<div></i>", "<DIV></p><p>"])
def test_limit_of_nested_tags_is_exact(part):
    nested = part * (sanitising.DEPTH_LIMIT - 1) + "<div>"
    assert not sanitising.is_plain_text_better(nested)
    assert sanitising.is_plain_text_better(nested + "<div>")
    assert not sanitising.is_plain_text_better("<DIV>x</div>" * (sanitising.DEPTH_LIMIT + 1))


def test_plain_text_keeps_paragraphs_and_words():
    body = "# Head\r\n\r\nVec<T> &amp; <b>more</b>\r\rThird\n" + "---\n" * 5000
    assert body_html(body).startswith("<p># Head</p>\n<p>Vec&lt;T&gt; &amp; more</p>\n<p>Third\n---")
