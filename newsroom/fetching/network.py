"""How names become addresses, which certificates are trusted, and which networks are exempt from the address check."""

import socket
import ssl
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from django.conf import settings
from django.utils.module_loading import import_string

from newsroom.fetching.address_ranges import AddressRange, parse_networks

# From a name in ASCII to its addresses as text, the preferred first; raises OSError.
Resolver = Callable[[str], Sequence[str]]


@dataclass(frozen=True)
class Network:
    """What a request depends on besides its URL. Tests pass their own."""

    resolve: Resolver
    tls_context: ssl.SSLContext
    exempt: Sequence[AddressRange]


def configured_network() -> Network:
    """Return the network of the settings."""
    resolve: Resolver = import_string(settings.FETCH_RESOLVER)
    return Network(resolve, system_tls_context(), parse_networks(settings.FETCH_ALLOW_NETWORKS))


def system_addresses(host: str) -> list[str]:
    """Return the addresses of a name from the operating system's resolver, in its order."""
    rows = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM, flags=socket.AI_ADDRCONFIG)
    return list(dict.fromkeys(str(address[0]) for *_other, address in rows))


@lru_cache(maxsize=1)
def system_tls_context() -> ssl.SSLContext:
    """Return a context that trusts the certificate authorities of the operating system."""
    context = ssl.create_default_context()
    context.set_alpn_protocols(["http/1.1"])
    return context
