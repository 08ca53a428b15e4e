"""URLs from upstream and editors: checks, and the canonical form by which stories are recognised."""

import hashlib
import re
import unicodedata
from functools import lru_cache
from operator import itemgetter
from pathlib import Path
from urllib.parse import quote, urlsplit

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from providers.domains import normalise_domain, normalise_host

URL_LIMIT = 2048
UNSAFE_CHARACTER = re.compile(r"[\x00-\x20\x7f-\x9f\u2028\u2029<>\"\\]")
DATA = Path(__file__).parent / "data" / "tracking_parameters.txt"
LISTED = [line for line in DATA.read_text(encoding="ascii").split("\n") if line and not line.startswith("#")]
TRACKING_PARAMETERS = frozenset(name for name in LISTED if not name.endswith("*"))
TRACKING_PREFIXES = tuple(name.removesuffix("*") for name in LISTED if name.endswith("*"))

# A URL in which only the host needs a check.
ORDINARY_URL = re.compile(r"https?://([a-z0-9.-]+)(?:[/?][!#-;=?-\[\]-~]*)?")
# One that is canonical, apart from its scheme and host.
PLAIN_URL = re.compile(r"https?://([a-z0-9.-]+)((?:/[A-Za-z0-9._~-]+)*)/?")

DEFAULT_PORTS = {"http": 80, "https": 443}
# A "&" that was written for HTML, once or several times.
ESCAPED_AMPERSAND = re.compile(r"&(?:amp;|#0*38;)+", re.IGNORECASE)
BARE_PERCENT = re.compile("%(?![0-9A-Fa-f]{2})")
PERCENT_ENCODED = re.compile("(?:%[0-9A-Fa-f]{2})+")
ENCODED_BYTE = re.compile("(%[0-9A-F]{2})")
UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
# Characters that stay as they are besides letters and digits.
SAFE_CHARACTERS = "%/:?#[]@!$&'()*+,;=-._~"
# A copy of a page on the AMP cache or Google's viewer: its URL, without the scheme, is the group.
AMP_CACHE_PATH = re.compile(r"/[a-z]/(?:s/)?([^/]+\..*)")
AMP_VIEWER_PATH = re.compile(r"/amp/(?:s/)?([^/]+\..*)")
AMP_CACHE_DOMAIN = "cdn.ampproject.org"
AMP_VIEWER_HOST = re.compile(r"google\.[a-z]{2,3}(?:\.[a-z]{2})?")

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

    docs/import-format.md lists which URLs have the same form.
    """
    plain = PLAIN_URL.fullmatch(url)
    if plain:
        name, path = plain.groups()
        site = plain_site(name)
        if site and path and path[-4:] != "/amp":
            return site + path
    return canonical_url_of_any(url)


@lru_cache(maxsize=10_000)
def plain_site(name: str) -> str:
    """Return "https://" and the canonical host, or "" for a host that serves copies of other sites' pages."""
    host, has_copies = site_host(name)
    return "" if has_copies else f"https://{host}"


@lru_cache(maxsize=10_000)
def site_host(name: str) -> tuple[str, bool]:
    """Return (the normalised host without "www.", whether it serves copies of other sites' pages)."""
    host = normalise_host(name)
    while host.startswith("www.") and "." in host.removeprefix("www."):
        host = host.removeprefix("www.")
    is_cache = host == AMP_CACHE_DOMAIN or host.endswith(f".{AMP_CACHE_DOMAIN}")
    return host, is_cache or AMP_VIEWER_HOST.fullmatch(host) is not None


def canonical_url_of_any(url: str) -> str:
    """Return the canonical form of a checked URL that need not be plain."""
    parts = urlsplit(ESCAPED_AMPERSAND.sub("&", url))
    host, has_copies = site_host(parts.hostname or "")
    if has_copies:
        pattern = AMP_CACHE_PATH if host.endswith(AMP_CACHE_DOMAIN) else AMP_VIEWER_PATH
        copied = pattern.fullmatch(parts.path)
        rest = parts._replace(scheme="", netloc="", path="").geturl()
        original = f"https://{copied[1]}{rest}" if copied else ""
        if is_web_url(original):
            return canonical_url(original)
    # A port is omitted if it is the scheme's own. The schemes are one, unless the port is the other scheme's.
    scheme, port = "https", parts.port
    if port == DEFAULT_PORTS[parts.scheme]:
        port = None
    elif port == DEFAULT_PORTS["https"]:
        scheme = "http"
    netloc = f"[{host}]" if ":" in host else host
    netloc += f":{port}" if port is not None else ""
    path = normalise_encoding(parts.path).rstrip("/")
    while path.endswith("/amp") and path != "/amp":
        path = path.removesuffix("/amp").rstrip("/")
    query, fragment = canonical_query(parts.query), canonical_fragment(parts.fragment)
    return f"{scheme}://{netloc}{path or '/'}{query and f'?{query}'}{fragment and f'#{fragment}'}"


def canonical_query(query: str) -> str:
    """Return a query with its parameters sorted by name, in lower case, without those that select no content.

    Parameters of one name keep their order.
    """
    parameters: list[tuple[str, str]] = []
    for part in query.split("&"):
        name, _equals, value = part.partition("=")
        name = normalise_encoding(name).replace("%20", "+").lower()
        value = normalise_encoding(value).replace("%20", "+")
        is_amp = name == "amp" and value.lower() in ("", "1", "true")
        is_tracking = name in TRACKING_PARAMETERS or name.startswith(TRACKING_PREFIXES)
        if (name or value) and not is_amp and not is_tracking:
            parameters.append((name, value))
    return "&".join(f"{name}={value}" for name, value in sorted(parameters, key=itemgetter(0)))


def canonical_fragment(fragment: str) -> str:
    """Return a fragment that selects a page, such as "!news/1" and "/news/1"; "" for one that selects a place on it."""
    return normalise_encoding(fragment) if fragment.startswith(("!", "/")) and fragment.strip("!/") else ""


def normalise_encoding(text: str) -> str:
    """Return a part of a URL in NFC, with only those characters percent-encoded that must be, in upper case."""
    if text.isalnum() and text.isascii():
        return text
    decoded = PERCENT_ENCODED.sub(decode_harmless, BARE_PERCENT.sub("%25", text))
    if not decoded.isascii():
        # A combining mark after an encoded byte must not be composed with the byte's last digit.
        decoded = "".join(unicodedata.normalize("NFC", part) for part in ENCODED_BYTE.split(decoded))
    return quote(decoded, safe=SAFE_CHARACTERS)


def decode_harmless(encoded: re.Match[str]) -> str:
    """Return a sequence of percent-encoded bytes with those decoded that do not change the meaning of the URL."""
    characters = bytes.fromhex(encoded[0].replace("%", "")).decode("utf-8", "surrogateescape")
    return "".join(
        character
        if character in UNRESERVED or (ord(character) > 0x7F and not "\udc80" <= character <= "\udcff")
        else f"%{ord(character) & 0xFF:02X}"
        for character in characters
    )


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
