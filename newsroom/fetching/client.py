"""Fetching one URL: the guarded steps of a request, and its redirects."""

from collections.abc import Mapping

from django.conf import settings

from newsroom import __version__
from newsroom.fetching.connections import connect
from newsroom.fetching.content_encoding import ACCEPT_ENCODING
from newsroom.fetching.deadlines import Deadline
from newsroom.fetching.errors import FetchError, FetchFailed, FetchRefused, Reason
from newsroom.fetching.exchange import MAX_HEADER_BYTES, Exchange, Headers
from newsroom.fetching.network import Network, configured_network
from newsroom.fetching.resolving import checked_addresses
from newsroom.fetching.responses import Response, retry_after, usable_validator
from newsroom.fetching.targets import Target, parse_target

MAX_BYTES = 10 * 1024**2
TIMEOUT = 20.0
MAX_REDIRECTS = 3
REDIRECT_STATUSES = {301, 302, 303, 307, 308}


def fetch(
    url: str,
    *,
    etag: str = "",
    last_modified: str = "",
    max_bytes: int = MAX_BYTES,
    timeout: float = TIMEOUT,
    accept: str = "*/*",
    network: Network | None = None,
) -> Response:
    """Return the response to a GET request, after at most three redirects.

    `etag` and `last_modified` are those of an earlier response; with them the response may be `not_modified`. Raise
    FetchRefused for what is not allowed, and FetchFailed for network errors and for statuses other than 200 to 299.
    This function does not limit how often a host is asked; `fetch_many` does.
    """
    network = network or configured_network()
    deadline = Deadline(timeout)
    headers = conditional_headers(etag, last_modified, accept)
    target = parse_target(url)
    for _redirect in range(MAX_REDIRECTS + 1):
        response = request_once(target, headers, network, deadline, max_bytes)
        if isinstance(response, Response):
            return response
        target = response
    raise FetchRefused(Reason.REDIRECTS, f"more than {MAX_REDIRECTS}", url=target.url)


def request_once(
    target: Target, headers: Headers, network: Network, deadline: Deadline, max_bytes: int
) -> Response | Target:
    """Return the response of one request, or the target that it redirects to. Errors have the target's URL."""
    try:
        addresses = checked_addresses(target, network, deadline)
        # Chunks of a few bytes double the size of a body at most; smaller ones are refused.
        connection = connect(target, addresses, network.tls_context, deadline, 2 * max_bytes + 2 * MAX_HEADER_BYTES)
        try:
            exchange = Exchange(connection, target.path, [("Host", target.authority), *headers])
            if exchange.status in REDIRECT_STATUSES and "location" in exchange.headers:
                return parse_target(exchange.headers["location"], base=target.url)
            is_conditional = any(name.startswith("If-") for name, _value in headers)
            if exchange.status == 304 and is_conditional:
                return Response(target.url, 304, exchange.headers, b"")
            if not 200 <= exchange.status <= 299 or exchange.status == 206:
                raise bad_status(exchange.status, exchange.headers)
            return Response(target.url, exchange.status, exchange.headers, exchange.read_body(max_bytes))
        finally:
            connection.close()
    except FetchError as error:
        error.url = error.url or target.url
        raise


def bad_status(status: int, headers: Mapping[str, str]) -> FetchFailed:
    """Return the error for a status that is no success."""
    return FetchFailed(Reason.STATUS, str(status), status=status, retry_after=retry_after(headers))


def conditional_headers(etag: str, last_modified: str, accept: str) -> Headers:
    """Return the headers of a request without its host. Validators that cannot be sent are left out."""
    headers = [
        ("User-Agent", user_agent()),
        ("Accept", accept),
        ("Accept-Encoding", ACCEPT_ENCODING),
        ("Connection", "close"),
    ]
    if usable_validator(etag):
        headers.append(("If-None-Match", etag))
    if usable_validator(last_modified):
        headers.append(("If-Modified-Since", last_modified))
    return headers


def user_agent() -> str:
    """Return who we are, with the site's URL for those who want to complain."""
    return f"Newsroom/{__version__} (+{settings.SITE_URL})" if settings.SITE_URL else f"Newsroom/{__version__}"
