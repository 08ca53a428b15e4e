"""Every address of a name is checked, and looking it up is limited in time."""

import socket
from threading import Event

import pytest

from newsroom.fetching import FetchFailed, FetchRefused, Reason
from newsroom.fetching.deadlines import Deadline
from newsroom.fetching.network import system_addresses
from newsroom.fetching.resolving import checked_addresses
from newsroom.fetching.targets import parse_target
from tests.fetching_server import StubResolver, loopback_network


def addresses_of(url, *addresses, resolve=None):
    resolve = resolve or StubResolver(a=list(addresses))
    return [str(one) for one in checked_addresses(parse_target(url), loopback_network(resolve), Deadline(5))]


@pytest.mark.parametrize(
    "addresses", [["8.8.8.8"], ["2a00::1", "8.8.8.8", "8.8.4.4"], ["127.0.0.1"], ["8.8.8.8", "127.0.0.1"]]
)
def test_all_addresses_in_the_order_of_the_resolver(addresses):
    assert addresses_of("https://a.example/", *addresses) == addresses


@pytest.mark.parametrize(
    "addresses", [["10.0.0.1"], ["8.8.8.8", "10.0.0.1"], ["10.0.0.1", "8.8.8.8"], ["8.8.8.8", "8.8.4.4", "::1"]]
)
def test_one_private_address_is_enough_to_refuse(addresses):
    with pytest.raises(FetchRefused) as error:
        addresses_of("https://a.example/", *addresses)
    assert error.value.reason == Reason.ADDRESS


@pytest.mark.parametrize("addresses", [["8.8.8.8"], ["127.0.0.1", "8.8.8.8"]])
def test_other_ports_only_if_all_addresses_are_exempt(addresses):
    assert addresses_of("http://a.example:8080/", "127.0.0.1", "127.0.0.2") == ["127.0.0.1", "127.0.0.2"]
    with pytest.raises(FetchRefused) as error:
        addresses_of("http://a.example:8080/", *addresses)
    assert (error.value.reason, error.value.detail) == (Reason.PORT, "8080")


def test_an_address_in_the_url_is_not_looked_up():
    resolve = StubResolver()
    assert addresses_of("http://8.8.8.8/", resolve=resolve) == ["8.8.8.8"]
    assert resolve.calls == []


def test_a_name_is_looked_up_in_ascii_without_its_last_dot():
    resolve = StubResolver()
    resolve.add("xn--mnchen-3ya.example", ["8.8.8.8"])
    assert addresses_of("http://MÜNCHEN.example./", resolve=resolve) == ["8.8.8.8"]
    assert resolve.calls == ["xn--mnchen-3ya.example"]


@pytest.mark.parametrize(
    ("error", "reason", "is_temporary"),
    [
        (socket.gaierror(socket.EAI_NONAME, "x"), Reason.NAME, False),
        (socket.gaierror(socket.EAI_AGAIN, "x"), Reason.RESOLVER, True),
        (socket.gaierror(socket.EAI_FAIL, "x"), Reason.RESOLVER, True),
        (OSError(24, "Too many open files"), Reason.RESOLVER, True),
    ],
)
def test_names_that_cannot_be_looked_up(error, reason, is_temporary):
    def resolve(name):
        raise error

    with pytest.raises(FetchFailed) as failure:
        addresses_of("http://a.example/", resolve=resolve)
    assert (failure.value.reason, failure.value.is_temporary) == (reason, is_temporary)


def test_a_name_without_addresses():
    with pytest.raises(FetchFailed) as error:
        addresses_of("http://a.example/", resolve=lambda name: [])
    assert error.value.reason == Reason.NAME


@pytest.mark.parametrize(("error", "raised"), [(UnicodeError("label too long"), FetchRefused), (KeyError(), KeyError)])
def test_other_errors_of_the_resolver(error, raised):
    def resolve(name):
        raise error

    with pytest.raises(raised):
        addresses_of("http://a.example/", resolve=resolve)


def test_a_resolver_that_hangs():
    released = Event()

    def resolve(name):
        released.wait()
        return ["127.0.0.1"]

    with pytest.raises(FetchFailed) as error:
        checked_addresses(parse_target("http://a.example/"), loopback_network(resolve), Deadline(0.05))
    released.set()
    assert error.value.reason == Reason.TIMEOUT


def test_the_resolver_of_the_system():
    assert system_addresses("127.0.0.1") == ["127.0.0.1"]
