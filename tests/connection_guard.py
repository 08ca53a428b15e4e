"""No test opens a connection beyond loopback, or looks a name up: both fail with `ConnectionBeyondLoopback`.

An audit hook sees every connection that Python code opens, in any thread and by any library. PostgreSQL and Redis may
be elsewhere, so their hosts are exempt.
"""

import ipaddress
import os
import socket
import sys
from urllib.parse import urlsplit

WATCHED = {"socket.connect", "socket.sendto", "socket.sendmsg", "socket.getaddrinfo", "socket.gethostbyname"}


class ConnectionBeyondLoopback(AssertionError):
    """A test tried to reach another machine. Not an OSError, which the code under test would handle."""


class Attempts:
    """The addresses that tests tried to reach, for those that expect it and for the others, which fail at the end."""

    def __init__(self) -> None:
        self.places: list[str] = []

    def take(self) -> list[str]:
        """Return the addresses since the last call."""
        places, self.places = self.places, []
        return places

    def expect_none(self) -> None:
        """Raise ConnectionBeyondLoopback if there were any, which the code under test then handled as an error."""
        if places := self.take():
            raise ConnectionBeyondLoopback(", ".join(places))


attempts = Attempts()


def service_hosts() -> set[str]:
    """Return the hosts of PostgreSQL and Redis, which tests may use, by name and by address."""
    urls = [os.environ.get(name, "") for name in ("DATABASE_URL", "REDIS_URL")]
    names = {host for host in (urlsplit(url).hostname for url in urls) if host}
    return names | {str(row[4][0]) for name in names for row in socket.getaddrinfo(name, None)}


SERVICE_HOSTS = service_hosts()


def is_local(host: str | bytes | None) -> bool:
    """Return whether a host is this machine or one of the services of the tests."""
    name = host.decode() if isinstance(host, bytes) else host
    # None and "" are this machine: the addresses to listen on.
    if not name or name == "localhost" or name in SERVICE_HOSTS:
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def check(event: str, args: tuple) -> None:
    """Audit hook that raises ConnectionBeyondLoopback for connections to and look-ups of other machines."""
    if event not in WATCHED:
        return
    if event in ("socket.getaddrinfo", "socket.gethostbyname"):
        place, is_allowed = str(args[0]), is_local(args[0]) or is_address(args[0])
    else:
        connecting, address = args[0], args[1]
        if connecting.family not in (socket.AF_INET, socket.AF_INET6) or not isinstance(address, tuple):
            return
        place, is_allowed = f"{address[0]}:{address[1]}", is_local(address[0])
    if not is_allowed:
        attempts.places.append(place)
        raise ConnectionBeyondLoopback(place)


def is_address(host: object) -> bool:
    """Return whether a host is an address, for which no name server is asked."""
    try:
        ipaddress.ip_address(str(host))
    except ValueError:
        return False
    return True


def install() -> None:
    """Install the hook for the rest of the process: Python cannot remove one."""
    sys.addaudithook(check)
