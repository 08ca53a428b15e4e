"""Names to checked addresses, within a deadline."""

import ipaddress
import socket
from collections.abc import Sequence
from queue import Empty, SimpleQueue
from threading import Thread

from newsroom.fetching.address_ranges import PUBLIC_PORTS, Address, is_allowed, is_public
from newsroom.fetching.deadlines import Deadline
from newsroom.fetching.errors import FetchFailed, FetchRefused, Reason
from newsroom.fetching.network import Network, Resolver
from newsroom.fetching.targets import Target

# Errors of getaddrinfo that later calls will give again.
NO_SUCH_NAME = {
    getattr(socket, name) for name in ("EAI_NONAME", "EAI_NODATA", "EAI_ADDRFAMILY") if hasattr(socket, name)
}


def checked_addresses(target: Target, network: Network, deadline: Deadline) -> list[Address]:
    """Return the addresses to connect to; raise FetchRefused if a single one of them is not allowed.

    A name with a public and a private address is refused: such a mixture is an attack or a mistake.
    """
    addresses = [target.address] if target.address else resolved_addresses(target.host, network.resolve, deadline)
    for address in addresses:
        if is_allowed(address, target.port, network.exempt):
            continue
        if is_public(address) and target.port not in PUBLIC_PORTS:
            raise FetchRefused(Reason.PORT, str(target.port), url=target.url)
        raise FetchRefused(Reason.ADDRESS, f"{target.host} is {address}", url=target.url)
    return addresses


def resolved_addresses(host: str, resolve: Resolver, deadline: Deadline) -> list[Address]:
    """Return all addresses of a name, at least one."""
    answers: SimpleQueue[Sequence[str] | Exception] = SimpleQueue()

    def call_resolver() -> None:
        try:
            answers.put(resolve(host))
        except Exception as error:
            answers.put(error)

    # The system's resolver cannot be interrupted, so its thread ends by itself, after its own limit of time.
    Thread(target=call_resolver, name="resolver", daemon=True).start()
    try:
        answer = answers.get(timeout=deadline.remaining())
    except Empty:
        raise deadline.exceeded() from None
    if isinstance(answer, OSError):
        is_permanent = isinstance(answer, socket.gaierror) and answer.errno in NO_SUCH_NAME
        raise FetchFailed(Reason.NAME if is_permanent else Reason.RESOLVER, f"{host}: {answer}") from answer
    if isinstance(answer, UnicodeError):
        raise FetchRefused(Reason.HOST, repr(host)) from answer
    if isinstance(answer, Exception):
        raise answer
    if not answer:
        raise FetchFailed(Reason.NAME, f"{host} has no addresses")
    return [ipaddress.ip_address(text) for text in answer]
