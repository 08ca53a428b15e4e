"""The canonical form of URLs in earlier releases, by which stories that were imported then are still recognised.

`manage.py join_duplicates` converts the stored identities, after which nothing looks for this form any more.
"""

import hashlib
import re
from collections.abc import Iterable
from urllib.parse import urlsplit

from w3lib.url import canonicalize_url, url_query_cleaner

from articles.canonical_urls import identity_of, is_web_url
from providers.domains import normalise_host

TRACKING_PARAMETERS = [
    "utm_source",
    "utm_medium",
    "utm_campaign",
    "utm_term",
    "utm_content",
    "utm_id",
    "utm_name",
    "utm_reader",
    "fbclid",
    "gclid",
    "dclid",
    "msclkid",
    "yclid",
    "igshid",
    "mc_cid",
    "mc_eid",
]
# URLs that are in the former form except for scheme and host.
PLAIN = re.compile(r"https?://([a-z0-9.-]+)((?:/[A-Za-z0-9._~-]+)*/?)")


def former_canonical_url(url: str) -> str:
    """Return the former canonical form of a checked URL."""
    plain = PLAIN.fullmatch(url)
    if plain:
        return f"https://{normalise_host(plain[1])}{plain[2] or '/'}"
    parts = urlsplit(url)
    host = normalise_host(parts.hostname or "")
    port = f":{parts.port}" if parts.port not in (None, 80, 443) else ""
    bare = parts._replace(scheme="https", netloc=f"[{host}]{port}" if ":" in host else f"{host}{port}").geturl()
    cleaned = url_query_cleaner(bare, TRACKING_PARAMETERS, remove=True, unique=False) if parts.query else bare
    return canonicalize_url(cleaned)


def former_identity_of(url: str) -> str:
    """Return the identity that a story with this URL had in the former form."""
    return hashlib.blake2b(f"url:{former_canonical_url(url)}".encode(), digest_size=16).hexdigest()


def present_identity(identity: str, urls: Iterable[str]) -> str:
    """Return the present form of an identity that is the former form of one of `urls`, any other one unchanged."""
    for url in urls:
        if url and is_web_url(url) and identity == former_identity_of(url):
            return identity_of(url)
    return identity
