"""The cache of whole pages of the reader site, and conditional GET. A cached page is never stale.

The key of a page contains the cache version (reader/cache_version.py), which every change that readers can see renews.
A page expires when the next story appears or disappears by itself, and after a minute in any case, as its text says
how long ago stories were published.
"""

import hashlib
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import wraps
from types import ModuleType
from typing import Any, cast

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.template import engines
from django.urls import get_script_prefix
from django.utils import timezone
from django.utils.cache import get_conditional_response, patch_vary_headers
from django.utils.http import http_date, parse_http_date_safe, quote_etag
from django.utils.translation import get_language_from_request

from newsroom.addresses import site_origin
from newsroom.circuit_breaker import CircuitBreaker
from newsroom.hosts import is_known_host
from reader.template_environment import ReaderTemplates, version_of_templates

MAX_AGE_SECONDS = 60
# HTTP's times are whole seconds: a page as young as this may be replaced within the same second.
LAST_MODIFIED_DELAY = timedelta(seconds=2)
THEME_COOKIE = "theme"
THEMES = ("light", "dark")
# The parameters that select another page of a list. Those pages are not cached, because each value is another page and
# the number of values is unlimited. All other parameters make no difference.
CURSOR_PARAMETERS = ("before", "after")
UNCACHED_PREFIXES = ("/admin/", "/static/", "/media/", "/healthz", "/preferences/", "/search/")
MISS = None
# The attribute that marks a response as the same for every reader.
SHARED_MARK = "is_shared_page"
MISSING_STATUSES = (404, 410)
VARY = ("Accept-Language", "Cookie")


View = Callable[..., HttpResponse]


def shared_page(view: View) -> View:
    """Mark a view whose pages are the same for every reader with the same address, language and theme."""

    @wraps(view)
    def marking_view(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response = view(request, *args, **kwargs)
        setattr(response, SHARED_MARK, True)
        return response

    return marking_view


def theme_of(request: HttpRequest) -> str:
    """Return the theme a reader chose, "light" or "dark", or "" to follow the system."""
    theme = request.COOKIES.get(THEME_COOKIE, "")
    return theme if theme in THEMES else ""


class PageCacheMiddleware:
    """Answer requests of readers with cached pages if READER_CACHE is "pages", and with 304 where possible."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if settings.READER_CACHE != "pages" or not is_cacheable(request):
            return self.finish(request, self.get_response(request))
        # Read before the page is rendered: a page may be newer than its cache version, never older.
        key = key_of(request, cache_versions().current_cache_version())
        page = call_cache(cache.get, key)
        now = timezone.now()
        if page is not MISS and page["expires_at"] > now:
            response = HttpResponse(page["content"], headers=page["headers"])
            if now - page["rendered_at"] > LAST_MODIFIED_DELAY:
                response["Last-Modified"] = http_date(page["rendered_at"].timestamp())
            return conditional_response(request, response)
        response = self.get_response(request)
        if is_storable(request, response):
            self.store(key, response, now)
        return self.finish(request, response)

    def store(self, key: str, response: HttpResponse, now: datetime) -> None:
        """Store a page until it could change without a new cache version."""
        next_change = cache_versions().next_change(now)
        expires_at = min(filter(None, (next_change, now + timedelta(seconds=MAX_AGE_SECONDS))))
        set_validators(response)
        headers = dict(response.items())
        page = {"content": response.content, "headers": headers, "rendered_at": now, "expires_at": expires_at}
        call_cache(cache.set, key, page, MAX_AGE_SECONDS)

    def finish(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        """Return a shared page with its validators, or 304 if the reader has it; keep proxies from storing a 404."""
        if getattr(response, SHARED_MARK, False) and response.status_code == 200:
            set_validators(response)
            return conditional_response(request, response)
        if response.status_code in MISSING_STATUSES:
            # Without this header a proxy may store it, and a story may appear there the next moment.
            response.headers.setdefault("Cache-Control", "no-cache")
            patch_vary_headers(response, VARY)
        return response


def cache_versions() -> ModuleType:
    """Return reader.cache_version, which has models and cannot be imported before Django is set up."""
    from reader import cache_version as module  # noqa: PLC0415

    return module


def is_cacheable(request: HttpRequest) -> bool:
    """Return whether a request is for one of a limited number of pages: no search, no later page of a list."""
    return (
        request.method in ("GET", "HEAD")
        and not request.path_info.startswith(UNCACHED_PREFIXES)
        and not any(name in request.GET for name in CURSOR_PARAMETERS)
        and is_known_host(request)
    )


def key_of(request: HttpRequest, cache_version: str) -> str:
    """Return the cache key of a page, made of everything its content depends on."""
    parts = [
        cache_version,
        settings.SITE_NAME,
        request.scheme,
        site_origin(request),
        get_script_prefix(),
        request.get_full_path_info().partition("?")[0],
        get_language_from_request(request),
        theme_of(request),
        timezone.get_current_timezone_name(),
        version_of_templates(cast(ReaderTemplates, engines["reader"]).dirs),
    ]
    return f"page:{hashlib.blake2b(repr(parts).encode(), digest_size=16).hexdigest()}"


def is_storable(request: HttpRequest, response: HttpResponse) -> bool:
    return (
        request.method == "GET"
        and response.status_code == 200
        and getattr(response, SHARED_MARK, False)
        and not response.streaming
        and not response.cookies
    )


def set_validators(response: HttpResponse) -> None:
    """Set the headers by which browsers revalidate a page, and Vary."""
    if not response.has_header("ETag"):
        response["ETag"] = quote_etag(hashlib.blake2b(response.content, digest_size=16).hexdigest())
    response.headers.setdefault("Cache-Control", "no-cache")
    patch_vary_headers(response, VARY)


def conditional_response(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """Return 304 in place of a page that the reader has already, else the response."""
    header = response.get("Last-Modified")
    last_modified = parse_http_date_safe(header) if header else None
    return get_conditional_response(request, response["ETag"], last_modified, response) or response


# Redis has its own circuit breaker (newsroom/redis_cache.py); this one is for all other faults, such as an entry that
# cannot be unpickled.
breaker = CircuitBreaker("The page cache", pause=0)


def call_cache(function: Callable[..., Any], *args: object) -> Any:
    """Call a function of the cache and return its result, or MISS if it fails; the page is then rendered without it."""
    try:
        result = function(*args)
    except Exception as error:
        breaker.fail(error)
        return MISS
    breaker.succeed()
    return result
