"""Many URLs: hosts side by side, each politely, and a result for every request."""

import threading
from threading import Barrier, Event, Lock

import pytest

from newsroom.fetching import FetchError, FetchFailed, FetchRefused, FetchRequest, Reason, fetch_many
from newsroom.fetching.politeness import Politeness
from tests.fetching_server import redirect, response

pytestmark = pytest.mark.usefixtures("own_cache")


@pytest.fixture
def run(server, network):
    """Fetch (host, path) pairs without pauses between requests, and return {key: what came of it}."""

    def run(*places, **options):
        requests = [FetchRequest(server.url(path, host), key=number) for number, (host, path) in enumerate(places)]
        options.setdefault("politeness", Politeness(interval=0))
        results = list(fetch_many(requests, network=network, **options))
        assert sorted(result.request.key for result in results) == list(range(len(requests)))
        return {result.request.key: describe(result) for result in sorted(results, key=lambda one: one.request.key)}

    return run


def describe(result):
    if result.response:
        assert result.error is None
        return result.response.body
    assert isinstance(result.error, FetchError)
    return type(result.error), result.error.reason


def test_a_result_for_every_request(server, network):
    server.routes |= {"/1": response(b"one"), "/2": redirect("/1"), "/3": response(status="404 Not Found")}
    requests = [FetchRequest(server.url(path, "a.example")) for path in ("/1", "/2", "/3")]
    requests += [FetchRequest("file:///etc/passwd"), FetchRequest("http://10.0.0.1/")]
    results = {
        result.request: describe(result)
        for result in fetch_many(requests, network=network, politeness=Politeness(interval=0))
    }
    assert [results[request] for request in requests] == [
        b"one",
        b"one",
        (FetchFailed, Reason.STATUS),
        (FetchRefused, Reason.SCHEME),
        (FetchRefused, Reason.ADDRESS),
    ]


def test_no_requests(network):
    assert list(fetch_many([], network=network)) == []


def test_validators_and_options_are_sent(server, network):
    server.routes["/"] = b"HTTP/1.1 304 Not Modified\r\n\r\n"
    request = FetchRequest(server.url(), etag='"1"', last_modified="yesterday", key="mine")
    [result] = fetch_many([request], network=network, accept="image/*")
    assert (result.request, result.response.not_modified) == (request, True)
    sent = server.visits[0].headers
    assert (sent["if-none-match"], sent["if-modified-since"], sent["accept"]) == ('"1"', "yesterday", "image/*")


def test_the_limit_of_size(server, run):
    server.routes |= {"/1": response(b"x" * 100), "/2": response(b"x" * 101)}
    assert run(("a.example", "/1"), ("a.example", "/2"), max_bytes=100) == {
        0: b"x" * 100,
        1: (FetchRefused, Reason.TOO_LARGE),
    }


def test_hosts_are_asked_at_the_same_time(server, run):
    together = Barrier(4)

    def wait_for_the_others(visit):
        together.wait(timeout=10)
        visit.send(response(b"x"))

    server.routes["/"] = wait_for_the_others
    assert run(*[(f"{host}.example", "/") for host in "abcd"], workers=4) == dict.fromkeys(range(4), b"x")


def test_a_host_is_asked_one_request_at_a_time_in_the_given_order(server, run):
    lock = Lock()

    def alone(visit):
        assert lock.acquire(blocking=False)
        visit.stopped.wait(0.01)
        # Before the response, after which the next request may come.
        lock.release()
        visit.send(response(visit.path.encode()))

    paths = [f"/{number}" for number in range(8)]
    server.routes |= dict.fromkeys(paths, alone)
    assert run(*[("a.example", path) for path in paths], workers=4) == dict(enumerate(path.encode() for path in paths))
    assert server.paths == paths


def test_at_most_the_given_number_of_workers(server, run):
    server.routes |= {f"/{number}": response(b"x") for number in range(20)}
    places = [(f"{chr(97 + number)}.example", f"/{number}") for number in range(20)]
    run(*places, workers=1)
    # One worker takes them by priority, regardless of the host.
    assert server.paths == [path for _host, path in places]


def test_redirects_wait_for_the_host_that_they_lead_to(server, network):
    """The redirect's own host may be asked again, and the other one is asked when it is free."""
    calls = []

    class Recording(Politeness):
        def acquire(self, host):
            calls.append(host)
            return super().acquire(host)

    server.routes |= {"/": redirect(server.url("/x", "b.example")), "/x": response(b"x")}
    [result] = fetch_many([FetchRequest(server.url("/", "a.example"))], network=network, politeness=Recording())
    assert (result.response.url, calls) == (server.url("/x", "b.example"), ["a.example", "b.example"])


@pytest.mark.parametrize(("number", "outcome"), [(3, b"end"), (4, (FetchRefused, Reason.REDIRECTS))])
def test_at_most_three_redirects(server, run, number, outcome):
    server.routes |= {f"/{step}": redirect(f"/{step - 1}") for step in range(1, 5)} | {"/0": response(b"end")}
    assert run(("a.example", f"/{number}")) == {0: outcome}


def test_a_request_and_its_redirects_share_one_time_limit(server, run):
    def slow_redirect(visit):
        visit.stopped.wait(0.25)
        visit.send(redirect("/2"))

    server.routes |= {"/1": slow_redirect, "/2": slow_redirect}
    assert run(("a.example", "/1"), timeout=0.4) == {0: (FetchFailed, Reason.TIMEOUT)}
    assert server.paths == ["/1", "/2"]


def test_a_host_that_asks_for_a_long_pause_is_left_for_later(server, network):
    server.routes |= {
        "/1": response(status="429 Too Many Requests", retry_after="600"),
        "/2": response(b"two"),
        "/3": response(b"three"),
    }
    requests = [
        FetchRequest(server.url(path, host))
        for host, path in (("a.example", "/1"), ("a.example", "/2"), ("b.example", "/3"))
    ]
    results = {result.request: result for result in fetch_many(requests, network=network)}
    first, second, third = [results[request] for request in requests]
    assert (first.error.reason, first.error.status, first.error.retry_after) == (Reason.STATUS, 429, 600)
    assert (second.error.reason, second.error.is_temporary) == (Reason.PAUSED, True)
    assert second.error.retry_after == 600
    assert second.error.url == requests[1].url
    assert third.response.body == b"three"
    assert sorted(server.paths) == ["/1", "/3"]


def test_a_host_that_paused_before_is_left_for_later(server, network):
    class Paused(Politeness):
        def acquire(self, host):
            return 30.5 if host == "a.example" else 0.0

    server.routes["/"] = response(b"x")
    requests = [FetchRequest(server.url(host=host)) for host in ("a.example", "a.example", "b.example")]
    results = list(fetch_many(requests, network=network, politeness=Paused()))
    paused = [result for result in results if result.error]
    assert [(result.request, result.error.reason, result.error.retry_after) for result in paused] == [
        (requests[0], Reason.PAUSED, 30.5),
        (requests[1], Reason.PAUSED, 30.5),
    ]
    assert [visit.headers["host"] for visit in server.visits] == [f"b.example:{server.port}"]


def test_a_short_pause_is_waited_for(server, network):
    server.routes |= {"/1": response(b"one"), "/2": response(b"two")}
    waits = [0.0, 0.01, 0.02, 0.0]

    class Waiting(Politeness):
        def acquire(self, host):
            return waits.pop(0)

    requests = [FetchRequest(server.url(path)) for path in ("/1", "/2")]
    politeness = Waiting(interval=0)
    results = fetch_many(requests, network=network, politeness=politeness, patience=0.02)
    assert [result.response.body for result in results] == [b"one", b"two"]
    assert waits == []


def test_an_unexpected_error_reaches_the_caller(server, network, resolver):
    resolver.add("broken.example", ["not an address"])
    with pytest.raises(ValueError, match="not an address"):
        list(fetch_many([FetchRequest(server.url("/", "broken.example"))], network=network))


def test_a_caller_that_stops_early(server, network):
    is_waiting = Event()

    def hang(visit):
        is_waiting.set()
        visit.hang()

    server.routes |= {"/1": response(b"one"), "/2": hang, "/3": response(b"three")}
    requests = [FetchRequest(server.url(path, "a.example")) for path in ("/1", "/2", "/3")]
    results = fetch_many(requests, network=network, politeness=Politeness(interval=0))
    assert next(results).response.body == b"one"
    is_waiting.wait()
    results.close()
    server.stopped.set()
    for thread in threading.enumerate():
        if thread.name.startswith("fetch-"):
            thread.join()
    # The request under way ended; no other one was begun.
    assert server.paths == ["/1", "/2"]


def test_a_slow_caller_slows_the_downloads(server, network):
    server.routes |= {f"/{number}": response(b"x") for number in range(10)}
    requests = [FetchRequest(server.url(f"/{number}", "a.example")) for number in range(10)]
    results = fetch_many(requests, workers=1, network=network, politeness=Politeness(interval=0))
    assert next(results).response.body == b"x"
    assert len(server.visits) <= 3
    assert len(list(results)) == 9
