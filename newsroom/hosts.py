"""The canonical host: requests for other hosts are redirected to SITE_URL."""

from collections.abc import Callable
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponse, HttpResponsePermanentRedirect

from newsroom.addresses import full_url

HEALTH_PATH = "/healthz"
DEFAULT_PORTS = {"http": ":80", "https": ":443"}


class CanonicalHostMiddleware:
    """Redirect GET and HEAD for any other host to SITE_URL, if that is set; health checks excepted."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        is_read = request.method in ("GET", "HEAD") and request.path_info != HEALTH_PATH
        if not settings.SITE_ORIGIN or not is_read or is_canonical(request):
            return self.get_response(request)
        response = HttpResponsePermanentRedirect(full_url(request, request.get_full_path()))
        # Not cached, in case SITE_URL was wrong.
        response["Cache-Control"] = "no-cache"
        return response


def is_canonical(request: HttpRequest) -> bool:
    """Return whether a request is for the host and port of SITE_URL."""
    url = urlsplit(settings.SITE_ORIGIN)
    try:
        host = request.get_host().lower()
    except DisallowedHost:
        return False
    port = DEFAULT_PORTS[url.scheme]
    return host.removesuffix(port) == url.netloc.removesuffix(port)


def is_known_host(request: HttpRequest) -> bool:
    """Return whether a request's host is SITE_URL's, else one listed literally in ALLOWED_HOSTS, at a known port.

    The number of such hosts is limited. That of allowed hosts is not: ALLOWED_HOSTS may have wildcards, and the port
    and the use of capitals vary.
    """
    if settings.SITE_ORIGIN:
        return is_canonical(request)
    try:
        host = request.get_host()
    except DisallowedHost:
        return False
    ports = {DEFAULT_PORTS["https" if request.is_secure() else "http"]}
    if not settings.IS_PRODUCTION:
        # Not in production: behind a Unix socket gunicorn takes this from the Host header.
        ports.add(f":{request.META.get('SERVER_PORT', '')}")
    name, port = split_port(host)
    return port in {"", *ports} and name in settings.ALLOWED_HOSTS


def split_port(host: str) -> tuple[str, str]:
    """Return a host's name, an IPv6 address in its brackets, and its port with the colon, "" without a port."""
    name, colon, port = host.rpartition(":")
    return (name, f":{port}") if colon and port.isdecimal() else (host, "")
