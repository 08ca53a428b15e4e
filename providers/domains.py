"""Domain names in the form in which they are stored and compared."""

import ipaddress
import re
from functools import lru_cache

import idna

LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9])?")


@lru_cache(maxsize=10_000)
def normalise_host(host: str) -> str:
    """Return `host` in lower-case ASCII (IDNA 2008, UTS 46), without a trailing dot.

    Raises ValueError, with a message for users, if it is neither a public host name nor an IP address.
    """
    host = host.strip().rstrip(".").lower()
    if not host:
        raise ValueError("the host name is missing")
    try:
        return str(ipaddress.ip_address(host[1:-1] if host[0] == "[" and host[-1] == "]" else host))
    except ValueError:
        pass
    if not host.isascii():
        try:
            host = idna.encode(host, uts46=True).decode("ascii")
        except idna.IDNAError as error:
            raise ValueError(f"{host!r} is not a host name: {error}") from None
    labels = host.split(".")
    is_name = all(LABEL.fullmatch(label) for label in labels) and not labels[-1].isdigit()
    if len(host) > 253 or len(labels) < 2 or not is_name:
        raise ValueError(f"{host!r} is not a host name")
    return host


def normalise_domain(domain: str) -> str:
    """Return a provider's domain normalised as by `normalise_host`, and without a leading `www.`.

    Raises ValueError as `normalise_host` does.
    """
    return normalise_host(domain).removeprefix("www.")


def display_domain(domain: str) -> str:
    """Return a normalised domain in the form that people read, with IDNA decoded to Unicode."""
    if "xn--" not in domain:
        return domain
    try:
        return idna.decode(domain)
    except idna.IDNAError:
        return domain
