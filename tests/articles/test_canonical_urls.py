import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from articles.canonical_urls import canonical_url, canonical_url_of_any, check_image_url, identity_of, is_web_url


@pytest.mark.parametrize(
    "url",
    [
        "https://outlet.example/a?b=c#d",
        "http://süd-bote.example/straße",
        "https://outlet.example:8443/",
        "https://93.184.216.34/",
        "https://www-outlet.cdn.example/c/s/outlet.example/amp",
    ],
)
def test_web_urls(url):
    assert is_web_url(url)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "outlet.example/a",
        "/a",
        "//outlet.example/a",
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        " javascript:alert(1)",
        "java\nscript:alert(1)",
        "data:text/html,x",
        "file:///etc/passwd",
        "ftp://outlet.example/",
        "https://",
        "https:///a",
        "https://user@outlet.example/",
        "https://good.example\\@evil.example/",
        "https://good.example/\x00",
        'https://good.example/"onmouseover="x',
        "https://good.example/<script>",
        "https://[::1/",
        "https://a..b/",
        "https://localhost/",
        "https://1.2.3.999/",
        "https://outlet.example:99999/",
        "https://outlet.example/" + "a" * 3000,
    ],
)
def test_not_web_urls(url):
    assert not is_web_url(url)


def test_an_image_may_be_a_path_on_its_providers_site():
    check_image_url("/assets/logo.png")
    for url in ("//evil.example/x.png", "assets/logo.png", "/a\x00b", "data:image/png;base64,AAAA"):
        with pytest.raises(ValueError, match="URL"):
            check_image_url(url)


@pytest.mark.parametrize(
    ("url", "canonical"),
    [
        ("HTTP://WWW.Outlet.Example:80/a/?utm_source=x&b=2&a=1#frag", "https://outlet.example/a?a=1&b=2"),
        ("https://youtube.com/watch?v=jl89-y78EO8&fbclid=1", "https://youtube.com/watch?v=jl89-y78EO8"),
        ("https://süd-bote.example/ä", "https://xn--sd-bote-n2a.example/%C3%A4"),
        ("https://outlet.example", "https://outlet.example/"),
        ("https://outlet.example/?id=1&id=2", "https://outlet.example/?id=1&id=2"),
        ("https://outlet.example/?id=2&b=1&id=1", "https://outlet.example/?b=1&id=2&id=1"),
    ],
)
def test_canonical_urls(url, canonical):
    assert canonical_url(url) == canonical
    assert canonical_url(canonical) == canonical


def test_identities_of_urls_and_names_differ():
    assert identity_of("https://outlet.example/a") != identity_of("", "https://outlet.example/a")


STORY = "https://outlet.example/news/storm"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (STORY, "http://WWW.Outlet.Example:80/news/storm/"),
        (STORY, "https://outlet.example:443/news/storm"),
        (STORY, f"{STORY}#comments"),
        (STORY, f"{STORY}/amp"),
        (STORY, f"{STORY}/amp/"),
        (STORY, f"{STORY}?amp"),
        (STORY, f"{STORY}/?AMP=1"),
        (STORY, "https://outlet-example.cdn.ampproject.org/c/s/outlet.example/news/storm/amp"),
        (STORY, "https://outlet-example.cdn.ampproject.org/v/s/www.outlet.example/news/storm?utm_source=amp"),
        (STORY, "https://www.google.com/amp/s/outlet.example/news/storm/amp/"),
        (STORY, "https://google.co.uk/amp/outlet.example/news/storm"),
        (f"{STORY}?a=1&b=2", f"{STORY}?b=2&amp;a=1"),
        (f"{STORY}?a=1&b=2", f"{STORY}?a=1&#038;b=2"),
        (f"{STORY}?a=1", f"{STORY}/?A=1"),
        ("https://outlet.example/~kim/a", "https://outlet.example/%7Ekim/%61"),
        ("https://outlet.example/%C3%A9t%C3%A9", "https://outlet.example/%c3%a9te%CC%81"),
        ("https://outlet.example/été", "https://outlet.example/e\u0301te\u0301"),
        ("https://outlet.example/a?q=x%20y", "https://outlet.example/a?q=x+y"),
        *(
            (f"{STORY}?id=7", f"{STORY}?{parameter}=Aa1&id=7")
            for parameter in (
                *("utm_source", "UTM_Whatever", "mtm_kwd", "ncid", "mkt_tok", "gclid", "gbraid", "wbraid", "fbclid"),
                *("twclid", "srsltid", "_hsenc", "_hsmi", "mc_cid", "mc_eid", "igshid", "WT.mc_id", "utm%5Fmedium"),
            )
        ),
    ],
)
def test_urls_of_one_story(one, other):
    assert identity_of(one) == identity_of(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://video.example/watch?v=aB", "https://video.example/watch?v=ab"),
        ("https://outlet.example/News", "https://outlet.example/news"),
        ("https://outlet.example/a%2Fb", "https://outlet.example/a/b"),
        ("https://outlet.example/a?q=1%26b=2", "https://outlet.example/a?q=1&b=2"),
        ("https://outlet.example:8443/", "https://outlet.example/"),
        ("http://outlet.example:443/", "http://outlet.example/"),
        *((f"{STORY}?{name}=1", f"{STORY}?{name}=2") for name in ("id", "page", "v", "p", "article", "amp", "source")),
        (STORY, f"{STORY}?id=1"),
        (f"{STORY}#!a", f"{STORY}#!b"),
        (f"{STORY}#/news/1", f"{STORY}#/news/2"),
        (STORY, f"{STORY}#!a"),
        ("https://outlet.example/amp", "https://outlet.example/"),
        ("https://outlet.example/lamp", "https://outlet.example/l"),
        ("https://www.example", "https://outlet.example"),
        ("https://google.com/amplitude", "https://outlet.example"),
    ],
)
def test_urls_of_two_stories(one, other):
    assert identity_of(one) != identity_of(other)


PARTS = st.text(st.sampled_from("aZ0-._~!$&'()*+,;=:@/%%25C3AéaÄ\u0301日?&amp;amp/"), max_size=20)
URLS = st.builds(
    "{}://{}{}/{}?{}#{}".format,
    st.sampled_from(["http", "https", "HTTPS"]),
    st.sampled_from(
        [
            "outlet.example",
            "www.Outlet.example",
            "www.www.example",
            "bücher.example",
            "[2001:db8::1]",
            "1.2.3.4",
            "x.cdn.ampproject.org",
            "www.google.com",
        ]
    ),
    st.sampled_from(["", ":80", ":443", ":8080"]),
    st.one_of(PARTS, PARTS.map("c/s/outlet.example/{}".format), PARTS.map("amp/s/outlet.example/{}/amp".format)),
    PARTS,
    st.one_of(PARTS, PARTS.map("!{}".format)),
).filter(is_web_url)


@settings(max_examples=300)
@given(URLS)
def test_canonical_form_is_a_url_and_its_own_canonical_form(url):
    canonical = canonical_url(url)
    assert is_web_url(canonical)
    assert canonical.isascii()
    assert canonical_url(canonical) == canonical


@given(URLS, st.sampled_from(["utm_source", "FBCLID", "mc_eid"]), st.text("abc123"))
def test_tracking_parameter_changes_nothing(url, name, value):
    address, _hash, fragment = url.partition("#")
    assert canonical_url(f"{address}&{name}={value}#{fragment}") == canonical_url(url)


@given(st.text(st.sampled_from("abz09-._~/"), max_size=30).filter(lambda path: "//" not in path))
def test_plain_urls_have_the_form_that_any_url_has(path):
    url = f"https://www.outlet.example/{path.lstrip('/')}"
    assert canonical_url(url) == canonical_url_of_any(url)
