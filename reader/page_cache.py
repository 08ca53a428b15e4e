"""Whole pages kept for the next reader, and conditional GET. Never stale.

A page is kept under the edition it was made of (reader/cache_version.py), which every change that readers can see
turns; it is dropped at the next moment a story appears or disappears by itself, and after a minute in any case,
as it says how long ago things were.
"""

import hashlib
from datetime import timedelta
from functools import wraps

from django.conf import settings
from django.core.cache import cache
from django.http import HttpResponse
from django.template import engines
from django.urls import get_script_prefix
from django.utils import timezone
from django.utils.cache import get_conditional_response, patch_vary_headers
from django.utils.http import http_date, parse_http_date_safe, quote_etag
from django.utils.translation import get_language_from_request

from newsroom.addresses import site_origin
from newsroom.circuit_breaker import CircuitBreaker
from newsroom.hosts import is_known
from reader.template_environment import version_of_templates

KEPT_SECONDS = 60
# Times of HTTP are whole seconds: a page as young as this may be followed by another one of the same second.
UNSETTLED = timedelta(seconds=2)
THEME_COOKIE = "theme"
THEMES = ("light", "dark")
# The parameters that make another page: a later one of a list. Those pages are not kept, as any value makes one
# and there is no end of values. What else stands in a query makes no other page.
PARAMETERS = ("before", "after")
NOT_FOR_READERS = ("/admin/", "/static/", "/media/", "/healthz", "/preferences/", "/search/")
NO_PAGE = None
NOT_THERE = (404, 410)
VARY = ("Accept-Language", "Cookie")


def for_readers(view):
    """Mark a view whose pages are the same for every reader with the same address, language and theme."""

    @wraps(view)
    def marked(request, *args, **kwargs):
        response = view(request, *args, **kwargs)
        response.is_for_readers = True
        return response

    return marked


def theme_of(request):
    """Return the theme a reader chose, "light" or "dark", or "" to follow the system."""
    theme = request.COOKIES.get(THEME_COOKIE, "")
    return theme if theme in THEMES else ""


class PageCacheMiddleware:
    """Answer readers' requests with pages made before, where READER_CACHE is "pages", and with 304 where it can."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        if settings.READER_CACHE != "pages" or not is_cacheable(request):
            return self.finished(request, self.get_response(request))
        # The edition is read before the page is made: a page may be newer than it says, never older.
        edition = editions().current_cache_version()
        key = key_of(request, edition)
        kept = asked(cache.get, key)
        now = timezone.now()
        if kept is not NO_PAGE and kept["until"] > now:
            response = HttpResponse(kept["content"], headers=kept["headers"])
            if now - kept["made"] > UNSETTLED:
                response["Last-Modified"] = http_date(kept["made"].timestamp())
            return conditional(request, response)
        response = self.get_response(request)
        if is_to_keep(request, response):
            self.keep(key, response, now)
        return self.finished(request, response)

    def keep(self, key, response, now):
        """Keep a page until it could be another one."""
        turns = editions().next_change(now)
        until = min(filter(None, (turns, now + timedelta(seconds=KEPT_SECONDS))))
        describe(response)
        page = {"content": response.content, "headers": dict(response.items()), "made": now, "until": until}
        asked(cache.set, key, page, KEPT_SECONDS)

    def finished(self, request, response):
        """Give a page for readers its tag, and answer with 304 if the reader has it; have nobody keep one not there."""
        if getattr(response, "is_for_readers", False) and response.status_code == 200:
            describe(response)
            return conditional(request, response)
        if response.status_code in NOT_THERE:
            # Without a word, what stands between may keep it, and a story may be there the next moment.
            response.headers.setdefault("Cache-Control", "no-cache")
            patch_vary_headers(response, VARY)
        return response


def editions():
    """Return reader.cache_version, which has models and cannot be read before Django is set up."""
    from reader import cache_version as module  # noqa: PLC0415

    return module


def is_cacheable(request):
    """Whether a request is for a reader's page of which there are only so many: no search, no later page of a list."""
    return (
        request.method in ("GET", "HEAD")
        and not request.path_info.startswith(NOT_FOR_READERS)
        and not any(name in request.GET for name in PARAMETERS)
        and is_known(request)
    )


def key_of(request, edition):
    """Return the key of a page: all that makes it another one."""
    parts = [
        edition,
        settings.SITE_NAME,
        request.scheme,
        site_origin(request),
        get_script_prefix(),
        request.get_full_path_info().partition("?")[0],
        get_language_from_request(request),
        theme_of(request),
        timezone.get_current_timezone_name(),
        version_of_templates(engines["reader"].dirs),
    ]
    return f"page:{hashlib.blake2b(repr(parts).encode(), digest_size=16).hexdigest()}"


def is_to_keep(request, response):
    return (
        request.method == "GET"
        and response.status_code == 200
        and getattr(response, "is_for_readers", False)
        and not response.streaming
        and not response.cookies
    )


def describe(response):
    """Set the headers by which browsers ask again, and say what the page varies with."""
    if not response.has_header("ETag"):
        response["ETag"] = quote_etag(hashlib.blake2b(response.content, digest_size=16).hexdigest())
    response.headers.setdefault("Cache-Control", "no-cache")
    patch_vary_headers(response, VARY)


def conditional(request, response):
    """Return 304 in place of a page that the reader has already."""
    changed = response.get("Last-Modified")
    return get_conditional_response(request, response["ETag"], changed and parse_http_date_safe(changed), response)


# Redis has a circuit breaker of its own (newsroom/redis_cache.py); this one is for all else that may go wrong, such
# as an entry that cannot be read.
breaker = CircuitBreaker("The cache of pages", pause=0)


def asked(ask, *args):
    """Ask the cache; when it does not answer, readers get their pages all the same."""
    try:
        answer = ask(*args)
    except Exception as error:
        breaker.fail(error)
        return NO_PAGE
    breaker.succeed()
    return answer
