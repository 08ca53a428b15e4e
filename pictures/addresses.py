"""The absolute URL of a picture: upstream's documents also have paths on the site of the story."""

from urllib.parse import urljoin, urlsplit

from articles.canonical_urls import URL_LIMIT
from articles.models import Image

SCHEMES = ("http", "https")


def absolute_url(image: Image) -> str:
    """Return the absolute URL of a story's picture or a provider's logo, "" if it has none.

    No query if the owner is loaded, of a story also its provider.
    """
    return resolved_url(image.url, base_url(image))


def base_url(image: Image) -> str:
    """Return the URL against which the path of a picture is resolved."""
    if image.article is not None:
        link = image.article.web_url or image.article.original_url
        if link:
            return link
    provider = image.article.provider if image.article is not None else image.provider
    return f"https://{provider.domain}/" if provider is not None and provider.domain else ""


def resolved_url(url: str, base: str) -> str:
    """Return a URL resolved against a base, without its fragment; "" if the result is not an http(s) URL."""
    try:
        joined = urljoin(base, url.strip()) if base else url.strip()
        parts = urlsplit(joined)._replace(fragment="")
    except ValueError:
        return ""
    if not url.strip() or parts.scheme.lower() not in SCHEMES or not parts.netloc:
        return ""
    return parts.geturl() if len(parts.geturl()) <= URL_LIMIT else ""
