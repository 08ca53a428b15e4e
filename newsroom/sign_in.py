"""Limits on signing in: failures are counted for each account and for each address a client comes from."""

from datetime import timedelta
from ipaddress import IPv6Address, ip_address, ip_network

from axes.attempts import get_cool_off_threshold
from axes.handlers.database import AxesDatabaseHandler
from axes.models import AccessAttempt
from django.conf import settings
from django.db.models import Sum
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from newsroom.errors import desk_error

BUSY_SECONDS = 5
# A newsroom shares one address, so an address may fail more often than an account at it.
FAILURES_OF_ADDRESS = 4
# What one customer of a provider has of IPv6.
IPV6_PREFIX = 64
LONGEST_NAME = 80


class FailureCounter(AxesDatabaseHandler):
    """Count failed sign-ins in the database: of an account from one address, and of all accounts from that address.

    Success clears only the account's own failures, so nobody gains guesses at others' passwords by signing in.
    """

    def get_failures(self, request, credentials=None):
        """Return the failures that count against LOGIN_FAILURE_LIMIT."""
        attempts = AccessAttempt.objects.filter(
            ip_address=request.axes_ip_address, attempt_time__gte=get_cool_off_threshold(request)
        )
        failures = attempts.aggregate(total=Sum("failures_since_start"))["total"] or 0
        return max(super().get_failures(request, credentials), failures // FAILURES_OF_ADDRESS)


def client_network(request: HttpRequest) -> str | None:
    """Return the address a request comes from, of IPv6 its network; None where it is not known.

    Each proxy adds the address it was asked from to the end of X-Forwarded-For; what stands before those of
    TRUSTED_PROXIES is the client's own word.
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
    """Return an address without the port some proxies write: `192.0.2.1:4711`, `[2001:db8::1]:4711`."""
    if address.startswith("["):
        return address[1:].partition("]")[0]
    return address.partition(":")[0] if address.count(":") == 1 else address


def describe_client(username, address, user_agent, path, request) -> str:
    """Return who tries to sign in, for the log; quoted, so that a name cannot forge a line."""
    return f"{(username or '')[:LONGEST_NAME]!r} from {address or 'an unknown address'}"


def lockout_response(request, original_response=None, credentials=None) -> HttpResponse:
    """Return the page that answers a sign-in after too many failures: 429."""
    minutes = settings.AXES_COOLOFF_TIME // timedelta(minutes=1)
    text = ngettext(
        "Too many sign-ins failed. Try again in %(number)s minute, or ask an administrator to unlock the account.",
        "Too many sign-ins failed. Try again in %(number)s minutes, or ask an administrator to unlock the account.",
        minutes,
    )
    return refusal(request, _("Sign-in is locked"), text % {"number": number_format(minutes)}, 429, minutes * 60)


def busy_response(request) -> HttpResponse:
    """Return the page that answers a sign-in while others are being checked: 503."""
    text = _("Many people are signing in. Wait a few seconds and try again.")
    return refusal(request, _("Sign-in is busy"), text, 503, BUSY_SECONDS)


def refusal(request, title, text, status, seconds) -> HttpResponse:
    """Return the page that refuses a sign-in, which may be tried again after some seconds."""
    response = desk_error(request, status, title, text, (_("Back to sign-in"), reverse("admin:login")))
    response["Retry-After"] = str(seconds)
    return response
