"""Connections go to the checked address, and TLS is for the name of the URL."""

import socket
import ssl
from threading import Thread

import pytest
import trustme

from newsroom.fetching import FetchFailed, FetchRefused, Reason, fetch
from newsroom.fetching.connections import Connection, connect
from newsroom.fetching.deadlines import Deadline
from newsroom.fetching.resolving import checked_addresses
from newsroom.fetching.targets import parse_target
from tests.connection_guard import ConnectionBeyondLoopback, attempts
from tests.fetching_server import FetchingServer, StubResolver, loopback_network, response


@pytest.fixture(scope="module")
def ca():
    return trustme.CA()


@pytest.fixture
def tls_server(ca):
    """A server with a certificate for two names and an address; `server_names` are those that clients asked for."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ca.issue_cert("a.example", "xn--mnchen-3ya.example", "127.0.0.1").configure_cert(context)
    server_names = []
    context.sni_callback = lambda _socket, name, _context: server_names.append(name)
    server = FetchingServer(context)
    server.server_names = server_names
    server.routes["/"] = response(b"secret")
    yield server
    server.stop()


@pytest.fixture
def tls_network(resolver, ca):
    resolver.add("xn--mnchen-3ya.example", ["127.0.0.1"])
    return loopback_network(resolver, ca)


@pytest.mark.parametrize(
    ("host", "sent"),
    [
        ("a.example", "a.example"),
        ("A.EXAMPLE.", "a.example"),
        ("münchen.example", "xn--mnchen-3ya.example"),
    ],
)
def test_tls_names_the_host_of_the_url(tls_server, tls_network, host, sent):
    assert fetch(tls_server.url(host=host), network=tls_network).body == b"secret"
    assert tls_server.server_names == [sent]
    assert tls_server.visits[0].headers["host"] == f"{sent}:{tls_server.port}"


def test_a_certificate_for_an_address(tls_server, tls_network):
    assert fetch(tls_server.url(), network=tls_network).body == b"secret"


def test_a_certificate_for_another_name(tls_server, tls_network):
    with pytest.raises(FetchFailed) as error:
        fetch(tls_server.url(host="b.example"), network=tls_network)
    assert (error.value.reason, error.value.is_temporary) == (Reason.CERTIFICATE, False)
    assert tls_server.visits == []


def test_a_certificate_of_an_unknown_authority(tls_server, network):
    with pytest.raises(FetchFailed) as error:
        fetch(tls_server.url(host="a.example"), network=network)
    assert error.value.reason == Reason.CERTIFICATE
    assert tls_server.visits == []


def test_a_server_without_tls(tls_network):
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def answer():
            connected, _address = listening.accept()
            with connected:
                connected.sendall(response(status="400 Bad Request"))

        thread = Thread(target=answer)
        thread.start()
        with pytest.raises(FetchFailed) as error:
            fetch(f"https://a.example:{listening.getsockname()[1]}/", network=tls_network)
        thread.join()
    assert (error.value.reason, error.value.is_temporary) == (Reason.CONNECTION, True)


def test_a_handshake_that_does_not_end(tls_network):
    with socket.create_server(("127.0.0.1", 0)) as listening:
        url = f"https://a.example:{listening.getsockname()[1]}/"
        with pytest.raises(FetchFailed) as error:
            fetch(url, network=tls_network, timeout=0.2)
    assert error.value.reason == Reason.TIMEOUT


def test_a_server_that_accepts_no_connection(network):
    with socket.create_server(("127.0.0.1", 0), backlog=0) as listening:
        # Linux ignores further connections while the queue is full.
        waiting = [socket.socket() for _number in range(3)]
        for one in waiting:
            one.setblocking(False)
            one.connect_ex(listening.getsockname())
        with pytest.raises(FetchFailed) as error:
            fetch(f"http://a.example:{listening.getsockname()[1]}/", network=network, timeout=0.2)
        for one in waiting:
            one.close()
    assert error.value.reason == Reason.TIMEOUT


@pytest.fixture
def pair():
    ours, theirs = socket.socketpair()
    yield ours, theirs
    ours.close()
    theirs.close()


def test_sending_to_a_server_that_hung_up(pair):
    ours, theirs = pair
    theirs.close()
    with pytest.raises(FetchFailed) as error:
        Connection(ours, Deadline(5), 1).send(b"x")
    assert error.value.reason == Reason.CONNECTION


def test_sending_to_a_server_that_does_not_read(pair):
    with pytest.raises(FetchFailed) as error:
        Connection(pair[0], Deadline(0.05), 1).send(b"x" * 10_000_000)
    assert error.value.reason == Reason.TIMEOUT


def test_nothing_is_done_at_the_deadline(pair):
    connection = Connection(pair[0], Deadline(0), 1)
    pair[1].send(b"x")
    for operation in (connection.receive, lambda: connection.send(b"x")):
        with pytest.raises(FetchFailed) as error:
            operation()
        assert error.value.reason == Reason.TIMEOUT


def test_the_limit_of_bytes_received(pair):
    connection = Connection(pair[0], Deadline(5), 3)
    pair[1].send(b"abc")
    assert connection.receive() == b"abc"
    pair[1].send(b"d")
    with pytest.raises(FetchRefused) as error:
        connection.receive()
    assert error.value.reason == Reason.TOO_LARGE


def test_the_next_address_is_tried_if_one_does_not_respond(server):
    # Nothing listens on the first one.
    network = loopback_network(StubResolver(a=["127.0.0.2", "127.0.0.1"]))
    server.routes["/"] = response(b"second")
    assert fetch(server.url(host="a.example"), network=network).body == b"second"


@pytest.mark.parametrize(("count", "is_reached"), [(3, True), (4, False)])
def test_at_most_four_addresses_are_tried(server, count, is_reached):
    network = loopback_network(StubResolver(a=["127.0.0.2"] * count + ["127.0.0.1"]))
    server.routes["/"] = response(b"last")
    if is_reached:
        assert fetch(server.url(host="a.example"), network=network).body == b"last"
    else:
        with pytest.raises(FetchFailed) as error:
            fetch(server.url(host="a.example"), network=network)
        assert error.value.reason == Reason.CONNECTION


@pytest.mark.parametrize("address", ["8.8.8.8", "2a00:1450::1"])
def test_a_public_address_is_connected_to_as_it_was_checked(address):
    resolver = StubResolver()
    # The second answer would be another address.
    resolver.add("a.example", [address], ["9.9.9.9"])
    target, network, deadline = parse_target("http://a.example/"), loopback_network(resolver), Deadline(5)
    addresses = checked_addresses(target, network, deadline)
    with pytest.raises(ConnectionBeyondLoopback):
        connect(target, addresses, network.tls_context, deadline, 1000)
    assert attempts.take() == [f"{address}:80"]
    assert resolver.calls == ["a.example"]
