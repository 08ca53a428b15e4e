"""No test opens a connection beyond loopback."""

import socket
from contextlib import suppress
from threading import Thread

import pytest

from tests.connection_guard import ConnectionBeyondLoopback, attempts, is_local


@pytest.mark.parametrize("address", ["8.8.8.8", "10.0.0.1", "169.254.169.254", "255.255.255.255"])
def test_connections_to_other_machines_fail(address):
    with socket.socket() as connecting, pytest.raises(ConnectionBeyondLoopback):
        connecting.connect((address, 80))
    with socket.socket() as connecting, pytest.raises(ConnectionBeyondLoopback):
        connecting.connect_ex((address, 81))
    assert attempts.take() == [f"{address}:80", f"{address}:81"]


def test_connections_by_ipv6_and_datagrams_fail():
    with socket.socket(socket.AF_INET6) as connecting, pytest.raises(ConnectionBeyondLoopback):
        connecting.connect(("2a00::1", 80))
    with socket.socket(type=socket.SOCK_DGRAM) as sending, pytest.raises(ConnectionBeyondLoopback):
        sending.sendto(b"x", ("8.8.8.8", 53))
    assert attempts.take() == ["2a00::1:80", "8.8.8.8:53"]


@pytest.mark.parametrize("look_up", [lambda name: socket.getaddrinfo(name, 80), socket.gethostbyname])
def test_names_are_not_looked_up(look_up):
    with pytest.raises(ConnectionBeyondLoopback):
        look_up("news.example")
    assert attempts.take() == ["news.example"]


def test_threads_are_watched():
    errors = []

    def connect():
        with socket.socket() as connecting:
            try:
                connecting.connect(("8.8.8.8", 80))
            except ConnectionBeyondLoopback as error:
                errors.append(str(error))

    thread = Thread(target=connect)
    thread.start()
    thread.join()
    assert errors == attempts.take() == ["8.8.8.8:80"]


def test_an_attempt_that_was_handled_fails_the_test_at_its_end():
    with socket.socket() as connecting, suppress(ConnectionBeyondLoopback):
        connecting.connect(("8.8.8.8", 80))
    with pytest.raises(ConnectionBeyondLoopback, match=r"8\.8\.8\.8:80"):
        attempts.expect_none()
    attempts.expect_none()


def test_loopback_is_open():
    with socket.create_server(("127.0.0.1", 0)) as listening:
        socket.create_connection(listening.getsockname()).close()
        socket.create_connection(("localhost", listening.getsockname()[1])).close()
    assert attempts.take() == []


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        (None, True),
        ("", True),
        ("localhost", True),
        (b"localhost", True),
        ("127.0.0.1", True),
        ("127.255.255.254", True),
        ("::1", True),
        ("128.0.0.1", False),
        ("::2", False),
        ("::ffff:8.8.8.8", False),
        ("news.example", False),
        ("127.0.0.1.example", False),
    ],
)
def test_local_hosts(host, expected):
    assert is_local(host) is expected
