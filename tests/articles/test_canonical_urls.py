import pytest

from articles.canonical_urls import canonical_url, check_image_url, identity_of, is_web_url


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
        ("HTTP://WWW.Outlet.Example:80/a/?utm_source=x&b=2&a=1#frag", "https://www.outlet.example/a/?a=1&b=2"),
        ("https://youtube.com/watch?v=jl89-y78EO8&fbclid=1", "https://youtube.com/watch?v=jl89-y78EO8"),
        ("https://süd-bote.example/ä", "https://xn--sd-bote-n2a.example/%C3%A4"),
        ("https://outlet.example", "https://outlet.example/"),
        ("https://outlet.example/?id=1&id=2", "https://outlet.example/?id=1&id=2"),
    ],
)
def test_canonical_urls(url, canonical):
    assert canonical_url(url) == canonical
    assert canonical_url(canonical) == canonical


def test_identities_of_urls_and_names_differ():
    assert identity_of("https://outlet.example/a") != identity_of("", "https://outlet.example/a")
