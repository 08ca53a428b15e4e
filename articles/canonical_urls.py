"""URLs from upstream and editors: checks, and the canonical form by which stories are recognised."""

import hashlib
import re
from functools import lru_cache
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from w3lib.url import canonicalize_url, url_query_cleaner

from providers.domains import normalise_domain, normalise_host

URL_LIMIT = 2048
UNSAFE_CHARACTER = re.compile(r"[\x00-\x20\x7f-\x9f\u2028\u2029<>\"\\]")
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

# A URL in which only the host needs a check.
ORDINARY_URL = re.compile(r"https?://([a-z0-9.-]+)(?:[/?][!#-;=?-\[\]-~]*)?")
# One that is canonical, apart from its scheme and host.
PLAIN_URL = re.compile(r"https?://([a-z0-9.-]+)((?:/[A-Za-z0-9._~-]+)*/?)")

LANGUAGE_TAG = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")


@lru_cache(maxsize=10_000)
def is_host(name: str) -> bool:
    """Return whether `name` is a public host name or IP address."""
    try:
        return bool(normalise_host(name))
    except ValueError:
        return False


def is_ordinary_url(url: str) -> bool:
    """Return whether a URL passes a quick check. Most of the URLs that `check_web_url` accepts do."""
    ordinary = ORDINARY_URL.fullmatch(url)
    return ordinary is not None and len(url) <= URL_LIMIT and is_host(ordinary[1])


def check_web_url(url: str) -> None:
    """Raise ValueError, with a message for users, unless `url` is an http(s) URL with a public host."""
    if is_ordinary_url(url):
        return
    if len(url) > URL_LIMIT:
        raise ValueError(f"the URL has {len(url):,} characters; at most {URL_LIMIT:,} are allowed")
    unsafe = UNSAFE_CHARACTER.search(url)
    if unsafe:
        raise ValueError(f"the URL contains the character U+{ord(unsafe.group()):04X}, which is not allowed in URLs")
    scheme = url.partition(":")[0].lower()
    if scheme not in ("http", "https"):
        raise ValueError(f"only http and https URLs are allowed, not {scheme[:12]!r}")
    try:
        parts = urlsplit(url)
        host, _port = parts.hostname or "", parts.port
    except ValueError:
        raise ValueError("this is not a URL") from None
    if "@" in parts.netloc:
        raise ValueError("a URL must not contain a user name")
    normalise_host(host)


def check_image_url(url: str) -> None:
    """Check an image's URL as `check_web_url` does, but allow a path on the provider's site: `/assets/logo.png`."""
    is_path = url.startswith("/") and not url.startswith("//")
    check_web_url(f"https://example.com{url}" if is_path else url)


def validate_web_url(url: str) -> None:
    """Raise ValidationError for a URL that `check_web_url` refuses."""
    try:
        check_web_url(url)
    except ValueError as error:
        raise ValidationError(_("Not a usable URL: %(why)s.") % {"why": error}) from None


def validate_image_url(url: str) -> None:
    """Raise ValidationError for a URL that `check_image_url` refuses."""
    try:
        check_image_url(url)
    except ValueError as error:
        raise ValidationError(_("Not a usable URL: %(why)s.") % {"why": error}) from None


def is_web_url(url: str) -> bool:
    """Return whether `url` may be linked on a page."""
    try:
        check_web_url(url)
    except ValueError:
        return False
    return True


def linkable_url(url: str | None) -> str:
    """Return the URL if it may be linked on a page, else an empty string."""
    return url if url and is_web_url(url) else ""


def canonical_url(url: str) -> str:
    """Return the canonical form of a checked URL, by which stories are compared; it is never shown or fetched.

    It has the scheme https, the host in ASCII without a default port, a sorted query without tracking parameters,
    and no fragment.
    """
    plain = PLAIN_URL.fullmatch(url)
    if plain:
        return f"https://{normalise_host(plain[1])}{plain[2] or '/'}"
    parts = urlsplit(url)
    host = normalise_host(parts.hostname or "")
    port = f":{parts.port}" if parts.port not in (None, 80, 443) else ""
    bare = parts._replace(scheme="https", netloc=f"[{host}]{port}" if ":" in host else f"{host}{port}").geturl()
    cleaned = url_query_cleaner(bare, TRACKING_PARAMETERS, remove=True, unique=False) if parts.query else bare
    return canonicalize_url(cleaned)


def identity_of(url: str, source_name: str = "") -> str:
    """Return 32 hex digits that are the same for two documents of the same story.

    They are a digest of the canonical URL or, without a URL, of the file's name (see docs/import-format.md).
    """
    key = f"url:{canonical_url(url)}" if url else f"file:{source_name}"
    return hashlib.blake2b(key.encode(), digest_size=16).hexdigest()


def domain_of(url: str) -> str:
    """Return the normalised domain of a checked URL."""
    ordinary = ORDINARY_URL.fullmatch(url)
    return normalise_domain(ordinary[1] if ordinary else urlsplit(url).hostname or "")


def language_tag(locale: str | None) -> str:
    """Return upstream's locale as the value of a `lang` attribute, "pt-BR" for "pt_BR"; "" if it is not valid."""
    tag = (locale or "").replace("_", "-")
    return tag if LANGUAGE_TAG.fullmatch(tag) else ""
