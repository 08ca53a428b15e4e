"""Which addresses may be connected to.

The ranges are listed here because `is_global` of `ipaddress` differs between versions of Python and lacks some.
Source: IANA's registries of special-purpose addresses, https://www.iana.org/assignments/iana-ipv4-special-registry/
and https://www.iana.org/assignments/iana-ipv6-special-registry/.
"""

import ipaddress
from collections.abc import Iterable, Sequence

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
AddressRange = ipaddress.IPv4Network | ipaddress.IPv6Network

PUBLIC_PORTS = (80, 443)
FORBIDDEN_IPV4 = [
    ipaddress.IPv4Network(text)
    for text in (
        "0.0.0.0/8",  # this network, unspecified
        "10.0.0.0/8",  # private
        "100.64.0.0/10",  # shared by customers of a provider
        "127.0.0.0/8",  # loopback
        "168.63.129.16/32",  # Azure's service for its virtual machines
        "169.254.0.0/16",  # link-local, metadata of clouds
        "172.16.0.0/12",  # private
        "192.0.0.0/24",  # protocol assignments
        "192.0.2.0/24",  # documentation
        "192.88.99.0/24",  # relays of 6to4
        "192.168.0.0/16",  # private
        "198.18.0.0/15",  # benchmarks
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, broadcast
    )
]
# Everything else is unassigned or special: loopback, IPv4-mapped, NAT64, unique local, link-local, multicast and more.
GLOBAL_IPV6 = ipaddress.IPv6Network("2000::/3")
FORBIDDEN_IPV6 = [
    ipaddress.IPv6Network(text)
    for text in (
        "2001::/23",  # protocol assignments: Teredo, benchmarks, ORCHID
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4
        "3fff::/20",  # documentation
    )
]
# The second half of an ISATAP address begins with 0000:5efe or 0200:5efe, and its last 32 bits are an IPv4 address.
ISATAP_PREFIXES = (0x0000_5EFE, 0x0200_5EFE)


def is_public(address: Address) -> bool:
    """Return whether an address is one of the public internet."""
    if isinstance(address, ipaddress.IPv4Address):
        return not any(address in network for network in FORBIDDEN_IPV4)
    if address.scope_id is not None or address not in GLOBAL_IPV6:
        return False
    is_isatap = (int(address) >> 32) & 0xFFFF_FFFF in ISATAP_PREFIXES
    return not is_isatap and not any(address in network for network in FORBIDDEN_IPV6)


def is_allowed(address: Address, port: int, exempt: Sequence[AddressRange]) -> bool:
    """Return whether to connect to a port of an address: any port in an exempt network, otherwise 80 and 443."""
    return is_exempt(address, exempt) or (is_public(address) and port in PUBLIC_PORTS)


def is_exempt(address: Address, exempt: Sequence[AddressRange]) -> bool:
    """Return whether an address is in a network of FETCH_ALLOW_NETWORKS."""
    has_zone = isinstance(address, ipaddress.IPv6Address) and address.scope_id is not None
    return not has_zone and any(address.version == network.version and address in network for network in exempt)


def parse_networks(texts: Iterable[str]) -> list[AddressRange]:
    """Return networks in CIDR notation, such as 10.1.0.0/16; raise ValueError for text that is none."""
    return [ipaddress.ip_network(text) for text in texts]
