"""URLs as targets of requests: one reading of a URL, from which both the check and the connection are made."""

import ipaddress
import re
from dataclasses import dataclass
from urllib.parse import SplitResult, quote, urljoin, urlsplit

import idna

from newsroom.fetching.address_ranges import Address
from newsroom.fetching.errors import FetchRefused, Reason

DEFAULT_PORTS = {"http": 80, "https": 443}
MAX_URL_LENGTH = 8192
# Percent-encoding of anything else is left to us; what is already encoded stays as it is.
PATH_CHARACTERS = "/%:@!$&'()*+,;=~"
CONTROL_CHARACTERS = re.compile(r"[\x00-\x1f\x7f]")
# Underscores are not allowed in host names, but some resolve.
HOST_NAME = re.compile(r"(?=.{1,253}\Z)[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?)*")
# The last label of what browsers and resolvers take for an IPv4 address, as in 127.1, 0x7f000001 and 2130706433.
NUMBER_AT_END = re.compile(r"(?:.*\.)?(?:[0-9]+|0x[0-9a-f]*)")


@dataclass(frozen=True)
class Target:
    """Where to send a request: the parts of a URL, in the form in which they are sent.

    `host` is a name in ASCII, or an address without brackets, which is then also in `address`. `path` includes the
    query.
    """

    scheme: str
    host: str
    port: int
    path: str
    address: Address | None

    @property
    def url(self) -> str:
        """The URL, without a fragment."""
        return f"{self.scheme}://{self.authority}{self.path}"

    @property
    def authority(self) -> str:
        """The value of the Host header."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == DEFAULT_PORTS[self.scheme] else f"{host}:{self.port}"


def parse_target(url: str, base: str = "") -> Target:
    """Return the target of a URL, which may be relative to `base`; raise FetchRefused if it is not allowed."""
    if len(url) > MAX_URL_LENGTH:
        raise FetchRefused(Reason.URL, f"longer than {MAX_URL_LENGTH} characters", url=url[:MAX_URL_LENGTH])
    if CONTROL_CHARACTERS.search(url):
        raise FetchRefused(Reason.URL, "contains control characters", url=url)
    try:
        parts = urlsplit(urljoin(base, url))
        port = parts.port
    except ValueError as error:
        raise FetchRefused(Reason.URL, str(error), url=url) from None
    if parts.scheme not in DEFAULT_PORTS:
        raise FetchRefused(Reason.SCHEME, parts.scheme, url=url)
    if "@" in parts.netloc:
        raise FetchRefused(Reason.USER, url=url)
    host, address = parse_host(parts, url)
    path = quote(parts.path or "/", safe=PATH_CHARACTERS)
    if parts.query:
        path += "?" + quote(parts.query, safe=PATH_CHARACTERS + "?")
    return Target(parts.scheme, host, DEFAULT_PORTS[parts.scheme] if port is None else port, path, address)


def parse_host(parts: SplitResult, url: str) -> tuple[str, Address | None]:
    """Return the host of a URL in lower-case ASCII, and its address if the host is one."""
    # The dot at the end of a fully qualified name is no part of the name in a certificate or a Host header.
    host = (parts.hostname or "").removesuffix(".")
    if "[" in parts.netloc:
        return parse_ipv6(host, url)
    if not host.isascii():
        try:
            # Maps full-width digits and ideographic full stops to ASCII, too.
            host = idna.encode(host, uts46=True).decode("ascii").removesuffix(".")
        except idna.IDNAError as error:
            raise FetchRefused(Reason.HOST, str(error), url=url) from None
    if not HOST_NAME.fullmatch(host):
        raise FetchRefused(Reason.HOST, repr(host), url=url)
    if not NUMBER_AT_END.fullmatch(host):
        return host, None
    try:
        return host, ipaddress.IPv4Address(host)
    except ValueError:
        raise FetchRefused(Reason.HOST, f"an unusual spelling of an address: {host}", url=url) from None


def parse_ipv6(host: str, url: str) -> tuple[str, Address]:
    """Return an IPv6 address as text and as address; raise FetchRefused if it is invalid or has a zone."""
    try:
        address = ipaddress.IPv6Address(host)
    except ValueError:
        raise FetchRefused(Reason.HOST, repr(host), url=url) from None
    if address.scope_id is not None:
        raise FetchRefused(Reason.HOST, "an address with a zone", url=url)
    return str(address), address
