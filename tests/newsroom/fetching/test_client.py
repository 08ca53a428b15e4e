"""One URL from a real server, which misbehaves in every way we could think of."""

import gzip
import socket
import struct
import zlib

import pytest

from newsroom import __version__
from newsroom.fetching import FetchFailed, FetchRefused, Reason, Response, fetch
from newsroom.fetching.exchange import MAX_HEADER_BYTES
from tests.fetching_server import StubResolver, loopback_network, redirect, response

OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"
GZIP_HEADER = gzip.compress(b"", mtime=0)[:10]
# Short enough for a test, and long enough for a busy machine to answer what is answered at all.
SOON = 0.4


@pytest.fixture
def attempt(server, network):
    """Fetch /x, which responds by the given route, and return (class, reason) of the error, or the response."""

    def attempt(route, **options):
        server.routes["/x"] = route
        try:
            return fetch(server.url("/x"), network=network, **options)
        except (FetchRefused, FetchFailed) as error:
            return type(error), error.reason

    return attempt


def test_a_response(server, network):
    server.routes["/x?a=b"] = response(
        b"picture", content_type="Image/JPEG; q=1", etag='"1"', last_modified="Thu, 26 Nov 2026 10:00:00 GMT", vary="a"
    )
    result = fetch(server.url("/x?a=b#c"), network=network)
    assert (result.url, result.status, result.body) == (server.url("/x?a=b"), 200, b"picture")
    assert (result.content_type, result.etag, result.not_modified) == ("image/jpeg", '"1"', False)
    assert result.last_modified == "Thu, 26 Nov 2026 10:00:00 GMT"
    assert result.headers["vary"] == "a"


def test_the_request(server, network, settings):
    settings.SITE_URL = "https://news.example"
    server.routes["/"] = response()
    fetch(server.url("/", host="a.example"), network=network, accept="image/*", etag='"1"', last_modified="yesterday")
    assert server.visits[0].headers == {
        "host": f"a.example:{server.port}",
        "user-agent": f"Newsroom/{__version__} (+https://news.example)",
        "accept": "image/*",
        "accept-encoding": "gzip",
        "connection": "close",
        "if-none-match": '"1"',
        "if-modified-since": "yesterday",
    }


def test_validators_that_cannot_be_sent_are_left_out(server, network, settings):
    settings.SITE_URL = ""
    server.routes["/"] = response()
    fetch(server.url(), network=network, etag='"1"\r\nX-Injected: 1', last_modified="é")
    assert list(server.visits[0].headers) == ["host", "user-agent", "accept", "accept-encoding", "connection"]
    assert server.visits[0].headers["user-agent"] == f"Newsroom/{__version__}"


def test_not_modified(attempt):
    route = b'HTTP/1.1 304 Not Modified\r\nETag: "1"\r\n\r\n'
    result = attempt(route, etag='"1"')
    assert (result.not_modified, result.body, result.etag) == (True, b"", '"1"')
    assert attempt(route, last_modified="yesterday").not_modified
    # Nobody asked for that.
    assert attempt(route) == (FetchFailed, Reason.STATUS)


def test_the_type_is_reported_and_not_judged(attempt):
    result = attempt(response(b"<html>", content_type="text/html; charset=utf-8"))
    assert (result.content_type, result.body) == ("text/html", b"<html>")


@pytest.mark.parametrize(
    "route",
    [
        response(b""),
        OK + b"\r\n",
        CHUNKED + b"0\r\n\r\n",
        b"HTTP/1.1 204 No Content\r\n\r\n",
        response(b"", content_encoding="gzip"),
    ],
)
def test_zero_bytes(attempt, route):
    assert attempt(route).body == b""


@pytest.mark.parametrize(
    ("status", "is_temporary"),
    [
        ("206 Partial Content", False),
        ("300 Multiple Choices", False),
        ("302 Found", False),  # without Location
        ("400 Bad Request", False),
        ("403 Forbidden", False),
        ("404 Not Found", False),
        ("410 Gone", False),
        ("408 Request Timeout", True),
        ("425 Too Early", True),
        ("429 Too Many Requests", True),
        ("500 Internal Server Error", True),
        ("501 Not Implemented", False),
        ("502 Bad Gateway", True),
        ("503 Service Unavailable", True),
        ("504 Gateway Timeout", True),
        ("999 What", False),
    ],
)
def test_statuses_that_are_failures(server, network, status, is_temporary):
    server.routes["/x"] = response(b"sorry", status, retry_after="7")
    with pytest.raises(FetchFailed) as error:
        fetch(server.url("/x"), network=network)
    assert (error.value.reason, error.value.status) == (Reason.STATUS, int(status[:3]))
    assert (error.value.is_temporary, error.value.retry_after) == (is_temporary, 7)


@pytest.mark.parametrize("path", ["/x", "x", "//a.example:{port}/x", "http://a.example:{port}/x"])
def test_redirects(server, network, path):
    server.routes["/x"] = response(b"there")
    server.routes["/"] = redirect(path.format(port=server.port))
    result = fetch(server.url("/", host="b.example"), network=network)
    host = "a.example" if "a.example" in path else "b.example"
    assert (result.body, result.url) == (b"there", server.url("/x", host=host))
    assert server.visits[1].headers["host"] == f"{host}:{server.port}"


def test_three_redirects_are_followed_and_four_are_not(server, network):
    server.routes |= {f"/{number}": redirect(f"/{number - 1}") for number in range(1, 5)} | {"/0": response(b"end")}
    assert fetch(server.url("/3"), network=network).body == b"end"
    server.visits.clear()
    with pytest.raises(FetchRefused) as error:
        fetch(server.url("/4"), network=network)
    assert (error.value.reason, error.value.url) == (Reason.REDIRECTS, server.url("/0"))
    assert server.paths == ["/4", "/3", "/2", "/1"]


def test_a_redirect_loop_ends(server, network):
    server.routes |= {"/a": redirect("/b"), "/b": redirect("/a")}
    with pytest.raises(FetchRefused) as error:
        fetch(server.url("/a"), network=network)
    assert error.value.reason == Reason.REDIRECTS
    assert server.paths == ["/a", "/b", "/a", "/b"]


@pytest.mark.parametrize(
    ("location", "reason"),
    [
        ("file:///etc/passwd", Reason.SCHEME),
        ("ftp://a.example/", Reason.SCHEME),
        ("http://169.254.169.254/latest/meta-data/", Reason.ADDRESS),
        ("http://[::1]/", Reason.ADDRESS),
        ("http://[::ffff:7f00:1]/", Reason.ADDRESS),
        ("http://10.0.0.1/", Reason.ADDRESS),
        ("http://2852039166/", Reason.HOST),
        ("http://user@a.example/", Reason.USER),
        ("http://metadata.example/", Reason.ADDRESS),
        ("http://8.8.8.8:22/", Reason.PORT),
    ],
)
def test_redirects_are_checked_as_the_first_url_is(server, network, resolver, location, reason):
    resolver.add("metadata.example", ["169.254.169.254"])
    server.routes["/"] = redirect(location)
    with pytest.raises(FetchRefused) as error:
        fetch(server.url(), network=network)
    assert (error.value.reason, error.value.url) == (reason, location)


def test_a_name_that_has_another_address_the_second_time(server):
    resolver = StubResolver(a=["127.0.0.1"])
    resolver.add("a.example", ["169.254.169.254"])
    network = loopback_network(resolver)
    server.routes |= {"/": response(b"first"), "/again": redirect("/")}
    # The address that was checked is the one connected to: the name is looked up once.
    assert fetch(server.url("/", host="a.example"), network=network).body == b"first"
    assert resolver.calls == ["a.example"]
    # A redirect looks it up again, and checks again.
    resolver.answers["a.example"] = [["127.0.0.1"], ["169.254.169.254"]]
    with pytest.raises(FetchRefused) as error:
        fetch(server.url("/again", host="a.example"), network=network)
    assert error.value.reason == Reason.ADDRESS
    assert server.paths == ["/", "/again"]


def test_the_environment_has_no_proxy_for_us(server, network, monkeypatch):
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    server.routes["/"] = response(b"direct")
    assert fetch(server.url(), network=network).body == b"direct"


# Size


@pytest.mark.parametrize("size", [0, 999, 1000])
@pytest.mark.parametrize("encoding", ["", "gzip"])
def test_bodies_up_to_the_limit(attempt, size, encoding):
    body = gzip.compress(b"x" * size, mtime=0) if encoding else b"x" * size
    assert attempt(response(body, content_encoding=encoding), max_bytes=1000).body == b"x" * size


@pytest.mark.parametrize(
    "route",
    [
        response(b"x" * 1001),
        OK + b"\r\n" + b"x" * 1001,
        CHUNKED + b"3E9\r\n" + b"x" * 1001 + b"\r\n0\r\n\r\n",
        response(gzip.compress(b"x" * 1001, mtime=0), content_encoding="gzip"),
        response(gzip.compress(b"x" * 10_000_000, mtime=0), content_encoding="gzip"),
        response(gzip.compress(b"x" * 10_000_000, mtime=0), content_encoding="X-GZIP"),
        # A gigabyte is refused when it is announced, and otherwise when it has arrived in part.
        OK + b"Content-Length: 1073741824\r\n\r\n",
        OK + b"Content-Length: 99999999999999999999\r\n\r\n",
    ],
)
def test_bodies_beyond_the_limit(attempt, route):
    assert attempt(route, max_bytes=1000) == (FetchRefused, Reason.TOO_LARGE)


# A block of deflate that is stored as it is and not the last one, so that any number of them may follow.
STORED_BLOCK = b"\0" + (4096).to_bytes(2, "little") + (0xFFFF - 4096).to_bytes(2, "little") + b"x" * 4096


@pytest.mark.parametrize(
    ("start", "unit", "outcome"),
    [
        (OK + b"\r\n", b"x" * 4096, (FetchRefused, Reason.TOO_LARGE)),
        (CHUNKED, b"1000\r\n" + b"x" * 4096 + b"\r\n", (FetchRefused, Reason.TOO_LARGE)),
        (OK + b"Content-Encoding: gzip\r\n\r\n" + GZIP_HEADER, STORED_BLOCK, (FetchRefused, Reason.TOO_LARGE)),
        # Bytes without content: empty blocks.
        (
            OK + b"Content-Encoding: gzip\r\n\r\n" + GZIP_HEADER,
            b"\0\0\0\xff\xff" * 800,
            (FetchRefused, Reason.TOO_LARGE),
        ),
        (OK + b"Content-Length: 1000\r\n\r\n", b"x" * 4096, (FetchFailed, Reason.PROTOCOL)),
    ],
)
def test_endless_bodies(attempt, start, unit, outcome):
    def endless(visit):
        visit.send(start)
        visit.repeat(unit)

    assert attempt(endless, max_bytes=100_000) == outcome


@pytest.mark.parametrize("encoding", ["deflate", "br", "zstd", "compress", "gzip, gzip", "gzip, br", "x"])
def test_other_encodings_are_refused_before_anything_is_decompressed(attempt, encoding):
    bomb = zlib.compress(b"x" * 10_000_000)
    assert attempt(response(bomb, content_encoding=encoding)) == (FetchRefused, Reason.ENCODING)


@pytest.mark.parametrize(
    "body",
    [
        b"not gzip",
        gzip.compress(b"x" * 500, mtime=0)[:-1],
        gzip.compress(b"x" * 500, mtime=0)[:12],
        gzip.compress(b"x" * 500, mtime=0)[:-8] + b"\0" * 8,
        gzip.compress(b"x", mtime=0) + b"more",
        gzip.compress(b"x", mtime=0) * 2,
    ],
)
def test_broken_gzip(attempt, body):
    assert attempt(response(body, content_encoding="gzip")) == (FetchFailed, Reason.PROTOCOL)


# Responses that are no HTTP


@pytest.mark.parametrize(
    "route",
    [
        b"",
        b"\r\n\r\n",
        b"SSH-2.0-OpenSSH_9.6\r\n\r\n",
        b"HTTP/1.1 OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
        b"HTTP/1.1 200 OK\r\nContent-Length: " + b"9" * 5000 + b"\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nBad Header\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 3",
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n",
        # Wrong Content-Length: too long, too short.
        OK + b"Content-Length: 10\r\n\r\nshort",
        OK + b"Content-Length: 3\r\n\r\nlonger",
        # Invalid chunks.
        CHUNKED + b"xyz\r\n",
        CHUNKED + b"-1\r\n",
        CHUNKED + b"5\r\nabc",
        CHUNKED + b"3\r\nabcdef\r\n0\r\n\r\n",
        CHUNKED + b"3\r\nabc\r\n",
        CHUNKED + b"3\r\nabc\r\n0\r\n",
        CHUNKED + b"f" * 30 + b"\r\n",
    ],
)
def test_invalid_responses(attempt, route):
    assert attempt(route) == (FetchFailed, Reason.PROTOCOL)


def test_chunks_and_informational_responses(attempt):
    early = b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"
    assert attempt(early * 2 + CHUNKED + b"3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nTrailer: 1\r\n\r\n").body == b"abcde"


@pytest.mark.parametrize(
    ("start", "unit", "reason"),
    [
        (OK, b"X-Flood: " + b"x" * 1000 + b"\r\n", Reason.PROTOCOL),
        (OK + b"X-Flood: ", b"x" * 1000, Reason.PROTOCOL),
        (b"HTTP/1.1 200 ", b"x" * 1000, Reason.PROTOCOL),
        (CHUNKED + b"0\r\n", b"X-Flood: " + b"x" * 1000 + b"\r\n", Reason.PROTOCOL),
        (CHUNKED + b"1;", b"x" * 1000, Reason.PROTOCOL),
        (b"", b"HTTP/1.1 100 Continue\r\n\r\n", Reason.TOO_LARGE),
        (CHUNKED, b"1;" + b"x" * 1000 + b"\r\na\r\n", Reason.TOO_LARGE),
    ],
)
def test_floods_of_headers(attempt, start, unit, reason):
    def flood(visit):
        visit.send(start)
        visit.repeat(unit)

    refused = FetchRefused if reason == Reason.TOO_LARGE else FetchFailed
    assert attempt(flood, max_bytes=1000) == (refused, reason)


def test_long_headers_below_the_limit(attempt):
    result = attempt(response(b"x", x_long="y" * (MAX_HEADER_BYTES - 1000)))
    assert isinstance(result, Response)
    assert len(result.headers["x-long"]) == MAX_HEADER_BYTES - 1000


# Time


@pytest.mark.parametrize(
    "route",
    [
        lambda visit: visit.hang(),
        lambda visit: visit.drip(OK + b"X-Slow: " + b"x" * 10_000),
        lambda visit: visit.drip(b"HTTP/1.1 100 Continue\r\n\r\n" * 1000),
        lambda visit: (visit.send(OK + b"Content-Length: 10000\r\n\r\n"), visit.drip(b"x" * 10_000)),
        lambda visit: (visit.send(CHUNKED), visit.drip(b"1\r\nx\r\n" * 10_000)),
        lambda visit: (visit.send(OK + b"\r\nx"), visit.hang()),
        lambda visit: (visit.send(CHUNKED + b"1\r\nx\r\n"), visit.hang()),
    ],
)
def test_slow_responses_end_at_the_time_limit(attempt, route):
    assert attempt(route, timeout=SOON) == (FetchFailed, Reason.TIMEOUT)


def test_redirects_share_one_time_limit(server, network):
    def slow_redirect(visit):
        visit.stopped.wait(SOON * 0.6)
        visit.send(redirect("/second"))

    server.routes |= {"/": slow_redirect, "/second": slow_redirect}
    with pytest.raises(FetchFailed) as error:
        fetch(server.url(), network=network, timeout=SOON)
    assert (error.value.reason, error.value.is_temporary) == (Reason.TIMEOUT, True)
    assert server.paths == ["/", "/second"]


def test_a_connection_that_is_reset(attempt):
    def reset(visit):
        visit.send(OK + b"Content-Length: 100\r\n\r\nx")
        # Closing with this option sends RST instead of FIN.
        visit.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        visit.socket.close()

    assert attempt(reset) == (FetchFailed, Reason.CONNECTION)


def test_nobody_listens(server, network):
    url = server.url()
    server.stop()
    with pytest.raises(FetchFailed) as error:
        fetch(url, network=network)
    assert (error.value.reason, error.value.is_temporary, error.value.url) == (Reason.CONNECTION, True, url)


def test_the_settings_decide_without_a_network_of_the_caller(server, settings):
    server.routes["/"] = response(b"intranet")
    with pytest.raises(FetchRefused) as error:
        fetch(server.url())
    assert error.value.reason == Reason.ADDRESS
    assert server.paths == []
    settings.FETCH_ALLOW_NETWORKS = ["127.0.0.0/31"]
    assert fetch(server.url()).body == b"intranet"
    settings.FETCH_RESOLVER = "tests.newsroom.fetching.test_client.resolve_to_loopback"
    assert fetch(server.url(host="some.example")).body == b"intranet"


def resolve_to_loopback(name):
    return ["127.0.0.1"]
