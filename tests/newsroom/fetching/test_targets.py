"""How URLs are read, and which are refused for what is written in them."""

import pytest

from newsroom.fetching.errors import FetchRefused, Reason
from newsroom.fetching.targets import MAX_URL_LENGTH, parse_target


@pytest.mark.parametrize(
    ("url", "sent", "authority"),
    [
        ("http://a.example", "http://a.example/", "a.example"),
        ("HTTP://A.Example:80/x", "http://a.example/x", "a.example"),
        ("https://a.example:443/x?y=1#z", "https://a.example/x?y=1", "a.example"),
        ("http://a.example:443/", "http://a.example:443/", "a.example:443"),
        ("https://a.example./x", "https://a.example/x", "a.example"),
        ("https://a_b.example/", "https://a_b.example/", "a_b.example"),
        ("https://münchen.example/ä b?ö=ü", "https://xn--mnchen-3ya.example/%C3%A4%20b?%C3%B6=%C3%BC", None),
        ("https://a.example/%20%zz?a=%26", "https://a.example/%20%zz?a=%26", "a.example"),
        ("https://a.example/[x]", "https://a.example/%5Bx%5D", "a.example"),
        ("http://8.8.8.8/", "http://8.8.8.8/", "8.8.8.8"),
        ("http://8.8.8.8./", "http://8.8.8.8/", "8.8.8.8"),
        ("http://８.８.８.８/", "http://8.8.8.8/", "8.8.8.8"),
        ("http://[2A00::0:1]:8080/", "http://[2a00::1]:8080/", "[2a00::1]:8080"),
        ("http://1.example/", "http://1.example/", "1.example"),
    ],
)
def test_urls_as_they_are_sent(url, sent, authority):
    target = parse_target(url)
    assert (target.url, target.authority) == (sent, authority or target.host)


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("", Reason.SCHEME),
        ("/only/a/path", Reason.SCHEME),
        ("file:///etc/passwd", Reason.SCHEME),
        ("gopher://a.example/", Reason.SCHEME),
        ("ftp://a.example/", Reason.SCHEME),
        ("data:image/png;base64,AA==", Reason.SCHEME),
        ("javascript:alert(1)", Reason.SCHEME),
        ("https://user@a.example/", Reason.USER),
        ("https://user:password@a.example/", Reason.USER),
        ("https://@a.example/", Reason.USER),
        ("https://a.example\\@127.0.0.1/", Reason.USER),
        ("https://a.example:80@127.0.0.1/", Reason.USER),
        ("http://", Reason.HOST),
        ("http:///path", Reason.HOST),
        ("http://./", Reason.HOST),
        ("http://a.example../", Reason.HOST),
        ("http://a..example/", Reason.HOST),
        ("http://-a.example/", Reason.HOST),
        ("http://a b.example/", Reason.HOST),
        ("http://a.example\\.b.example/", Reason.HOST),
        ("http://%31%32%37.0.0.1/", Reason.HOST),
        (f"http://{'a' * 64}.example/", Reason.HOST),
        (f"http://{'a.' * 130}example/", Reason.HOST),
        ("http://☃\u200d.example/", Reason.HOST),
        ("http://2130706433/", Reason.HOST),
        ("http://017700000001/", Reason.HOST),
        ("http://0x7f000001/", Reason.HOST),
        ("http://0x7F.0.0.0x1/", Reason.HOST),
        ("http://0177.0.0.1/", Reason.HOST),
        ("http://127.1/", Reason.HOST),
        ("http://127.0.1/", Reason.HOST),
        ("http://127.0.0.01/", Reason.HOST),
        ("http://127.0.0.1.1/", Reason.HOST),
        ("http://256.0.0.1/", Reason.HOST),
        ("http://a.0x/", Reason.HOST),
        ("http://[::1%25eth0]/", Reason.HOST),
        ("http://[::1%eth0]/", Reason.HOST),
        ("http://[v1.x]/", Reason.HOST),
        ("http://a.example:99999/", Reason.URL),
        ("http://a.example:-1/", Reason.URL),
        ("http://a.example:x/", Reason.URL),
        ("http://[::1/", Reason.URL),
        ("http://a.example/\n", Reason.URL),
        ("http://a.exa\tmple/", Reason.URL),
        ("\x00http://a.example/", Reason.URL),
        ("http://a.example/\x7f", Reason.URL),
    ],
)
def test_refused_urls(url, reason):
    with pytest.raises(FetchRefused) as error:
        parse_target(url)
    assert (error.value.reason, error.value.url, error.value.is_temporary) == (reason, url, False)


@pytest.mark.parametrize(
    ("location", "url"),
    [
        ("/b", "https://a.example/b"),
        ("b", "https://a.example/x/b"),
        ("?q", "https://a.example/x/y?q"),
        ("//b.example/z", "https://b.example/z"),
        ("http://b.example", "http://b.example/"),
    ],
)
def test_relative_urls(location, url):
    assert parse_target(location, base="https://a.example/x/y").url == url


def test_the_longest_url():
    url = "http://a.example/".ljust(MAX_URL_LENGTH, "x")
    assert parse_target(url).url == url
    with pytest.raises(FetchRefused) as error:
        parse_target(url + "x")
    assert (error.value.reason, error.value.url) == (Reason.URL, url)


@pytest.mark.parametrize(
    ("host", "address"), [("127.0.0.1.", "127.0.0.1"), ("127。0。0。1", "127.0.0.1"), ("[::1]", "::1")]
)
def test_addresses_are_recognised(host, address):
    target = parse_target(f"http://{host}/")
    assert (target.host, str(target.address)) == (address, address)
