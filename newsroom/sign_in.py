"""Limits on signing in: failures are counted for each account and for each client address."""

from collections.abc import Mapping
from datetime import timedelta
from ipaddress import IPv6Address, ip_address, ip_network

from axes.attempts import get_cool_off_threshold
from axes.handlers.database import AxesDatabaseHandler
from axes.models import AccessAttempt
from django.conf import settings
from django.db.models import Sum
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from newsroom.errors import desk_error
from newsroom.numbers import format_number

BUSY_SECONDS = 5
# A newsroom shares one address, so the limit of an address is this many times that of an account.
FAILURES_OF_ADDRESS = 4
# The network that an internet provider assigns to one customer.
IPV6_PREFIX = 64
LONGEST_NAME = 80


class SignInRequest(HttpRequest):
    """A request to which django-axes has added the client's address."""

    axes_ip_address: str | None


class FailureCounter(AxesDatabaseHandler):
    """Count failed sign-ins in the database: of an account from one address, and of all accounts from that address.

    Success clears only the failures of that account, so signing in does not give an attacker more guesses at others.
    """

    def get_failures(self, request: SignInRequest, credentials: Mapping[str, object] | None = None) -> int:
        """Return the failures that count against LOGIN_FAILURE_LIMIT."""
        attempts = AccessAttempt.objects.filter(
            ip_address=request.axes_ip_address, attempt_time__gte=get_cool_off_threshold(request)
        )
        failures: int = attempts.aggregate(total=Sum("failures_since_start"))["total"] or 0
        own_failures: int = super().get_failures(request, credentials)
        return max(own_failures, failures // FAILURES_OF_ADDRESS)


def client_network(request: HttpRequest) -> str | None:
    """Return the client's IPv4 address or IPv6 network, None if it is not known.

    Each proxy appends the address of its client to X-Forwarded-For. Only the last TRUSTED_PROXIES addresses are
    reliable: a client can send the others itself.
    """
    address = request.META.get("REMOTE_ADDR", "")
    if settings.TRUSTED_PROXIES:
        forwarded = [part.strip() for part in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")]
        if forwarded[-1]:
            address = forwarded[-min(settings.TRUSTED_PROXIES, len(forwarded))]
    try:
        parsed = ip_address(without_port(address))
    except ValueError:
        return None
    if isinstance(parsed, IPv6Address):
        if parsed.ipv4_mapped:
            return str(parsed.ipv4_mapped)
        return str(ip_network((int(parsed), IPV6_PREFIX), strict=False).network_address)
    return str(parsed)


def without_port(address: str) -> str:
    """Return an address without the port that some proxies add: `192.0.2.1:4711`, `[2001:db8::1]:4711`."""
    if address.startswith("["):
        return address[1:].partition("]")[0]
    return address.partition(":")[0] if address.count(":") == 1 else address


def describe_client(
    username: str | None, address: str | None, user_agent: str | None, path: str | None, request: HttpRequest
) -> str:
    """Return the user name and address of a sign-in for the log, quoted, so that a name cannot forge a line."""
    return f"{(username or '')[:LONGEST_NAME]!r} from {address or 'an unknown address'}"


def lockout_response(
    request: HttpRequest,
    original_response: HttpResponseBase | None = None,
    credentials: Mapping[str, object] | None = None,
) -> HttpResponseBase:
    """Return the 429 for a sign-in after too many failures."""
    minutes = settings.AXES_COOLOFF_TIME // timedelta(minutes=1)
    text = ngettext(
        "Too many sign-ins failed. Try again in %(number)s minute, or ask an administrator to unlock the account.",
        "Too many sign-ins failed. Try again in %(number)s minutes, or ask an administrator to unlock the account.",
        minutes,
    )
    return refusal(request, _("Sign-in is locked"), text % {"number": format_number(minutes)}, 429, minutes * 60)


def busy_response(request: HttpRequest) -> HttpResponseBase:
    """Return the 503 for a sign-in that waited too long for others."""
    text = _("Many people are signing in. Wait a few seconds and try again.")
    return refusal(request, _("Sign-in is busy"), text, 503, BUSY_SECONDS)


def refusal(request: HttpRequest, title: str, text: str, status: int, seconds: int) -> HttpResponseBase:
    """Return the page that refuses a sign-in, with a Retry-After header of `seconds`."""
    response = desk_error(request, status, title, text, (_("Back to sign-in"), reverse("admin:login")))
    response["Retry-After"] = str(seconds)
    return response
