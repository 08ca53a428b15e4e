"""Addresses of private and special networks are refused, at the exact limits of their ranges."""

import ipaddress

import pytest

from newsroom.fetching.address_ranges import is_allowed, is_exempt, is_public, parse_networks

# The first and the last address of each range, and their public neighbours.
FORBIDDEN_EDGES = [
    ("0.0.0.0", "0.255.255.255", None, "1.0.0.0"),  # noqa: S104
    ("10.0.0.0", "10.255.255.255", "9.255.255.255", "11.0.0.0"),
    ("100.64.0.0", "100.127.255.255", "100.63.255.255", "100.128.0.0"),
    ("127.0.0.0", "127.255.255.255", "126.255.255.255", "128.0.0.0"),
    ("168.63.129.16", "168.63.129.16", "168.63.129.15", "168.63.129.17"),
    ("169.254.0.0", "169.254.255.255", "169.253.255.255", "169.255.0.0"),
    ("172.16.0.0", "172.31.255.255", "172.15.255.255", "172.32.0.0"),
    ("192.0.0.0", "192.0.0.255", "191.255.255.255", "192.0.1.0"),
    ("192.0.2.0", "192.0.2.255", "192.0.1.255", "192.0.3.0"),
    ("192.88.99.0", "192.88.99.255", "192.88.98.255", "192.88.100.0"),
    ("192.168.0.0", "192.168.255.255", "192.167.255.255", "192.169.0.0"),
    ("198.18.0.0", "198.19.255.255", "198.17.255.255", "198.20.0.0"),
    ("198.51.100.0", "198.51.100.255", "198.51.99.255", "198.51.101.0"),
    ("203.0.113.0", "203.0.113.255", "203.0.112.255", "203.0.114.0"),
    ("224.0.0.0", "255.255.255.255", "223.255.255.255", None),
    ("::", "1fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", None, "2000::"),
    ("2001::", "2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff", "2000:ffff::", "2001:200::"),
    ("2001:db8::", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff", "2001:db7:ffff::", "2001:db9::"),
    ("2002::", "2002:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "2001:ffff::", "2003::"),
    ("3fff::", "3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff", "3ffe:ffff::", "3fff:1000::"),
    ("4000::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "3fff:ffff::", None),
]
SPECIAL = [
    "169.254.169.254",  # metadata of most clouds
    "100.100.100.200",  # of Alibaba
    "::1",
    "::ffff:127.0.0.1",  # IPv4-mapped
    "::ffff:8.8.8.8",
    "::7f00:1",  # IPv4-compatible
    "64:ff9b::7f00:1",  # NAT64
    "64:ff9b::808:808",
    "64:ff9b:1::a00:1",
    "2001:0:53aa:64c:0:7fff:f5ff:fffe",  # Teredo
    "2001:2::1",  # benchmarks
    "2001:20::1",  # ORCHID
    "2002:7f00:1::",  # 6to4
    "fc00::1",
    "fd00:ec2::254",  # metadata of Amazon
    "fe80::1",
    "fec0::1",
    "ff02::1",
    "2a00:1450:4001:800:0:5efe:7f00:1",  # ISATAP
    "2a00:1450:4001:800:200:5efe:7f00:1",
]


@pytest.mark.parametrize(("first", "last", "before", "after"), FORBIDDEN_EDGES)
def test_edges_of_forbidden_ranges(first, last, before, after):
    neighbours = [text for text in (before, after) if text]
    assert [is_public(ipaddress.ip_address(text)) for text in (first, last)] == [False, False]
    assert [is_public(ipaddress.ip_address(text)) for text in neighbours] == [True] * len(neighbours)


@pytest.mark.parametrize("text", SPECIAL)
def test_special_addresses_are_not_public(text):
    assert not is_public(ipaddress.ip_address(text))


@pytest.mark.parametrize("text", ["8.8.8.8", "151.101.1.69", "2a00:1450:4001:800::200e", "2606:4700::6810:84e5"])
def test_addresses_of_the_internet_are_public(text):
    assert is_public(ipaddress.ip_address(text))


def test_an_address_with_a_zone_is_never_allowed():
    address = ipaddress.ip_address("2606:4700::1%eth0")
    assert not is_public(address)
    assert not is_exempt(address, parse_networks(["::/0"]))


@pytest.mark.parametrize(
    ("address", "port", "allowed"),
    [
        ("8.8.8.8", 80, True),
        ("8.8.8.8", 443, True),
        ("8.8.8.8", 8080, False),
        ("8.8.8.8", 22, False),
        ("10.1.0.0", 8080, True),
        ("10.1.255.255", 80, True),
        ("10.0.255.255", 80, False),
        ("10.2.0.0", 443, False),
        ("fd00::1", 8080, True),
        ("fd00::2", 80, False),
        ("::ffff:10.1.0.1", 80, False),
    ],
)
def test_ports_and_exempt_networks(address, port, allowed):
    exempt = parse_networks(["10.1.0.0/16", "fd00::1"])
    assert is_allowed(ipaddress.ip_address(address), port, exempt) is allowed
