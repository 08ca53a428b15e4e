"""Why nothing was fetched: refusals, which are final, and failures, which may be temporary."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Reason(TextChoices):
    """Why nothing was fetched, as a code that can be stored and a label for the desk."""

    URL = "url", _("The URL is invalid")
    SCHEME = "scheme", _("The URL does not begin with http or https")
    USER = "user", _("The URL contains a user name or password")
    HOST = "host", _("The host name is invalid")
    PORT = "port", _("The port is neither 80 nor 443")
    ADDRESS = "address", _("The host's IP address belongs to a private or reserved network")
    REDIRECTS = "redirects", _("The URL redirects too often")
    TOO_LARGE = "too_large", _("The file is too large")
    ENCODING = "encoding", _("The response is compressed in an unsupported way")
    NAME = "name", _("The host does not exist")
    RESOLVER = "resolver", _("The host's IP address could not be looked up")
    CONNECTION = "connection", _("The server could not be reached")
    CERTIFICATE = "certificate", _("The server's certificate is invalid")
    TIMEOUT = "timeout", _("The server took too long")
    PROTOCOL = "protocol", _("The server's response was invalid or incomplete")
    STATUS = "status", _("The server responded with an error")
    PAUSED = "paused", _("The server asked for a pause")


TEMPORARY_REASONS = {Reason.RESOLVER, Reason.CONNECTION, Reason.TIMEOUT, Reason.PROTOCOL, Reason.PAUSED}
TEMPORARY_STATUSES = {408, 425, 429, 500, 502, 503, 504}


class FetchError(Exception):
    """Nothing was fetched.

    `detail` is English and technical. `url` is the URL that caused it, after redirects. `status` is 0 without a
    response. `retry_after` is the number of seconds after which the server may be asked again, 0 if it is unknown.
    """

    def __init__(
        self, reason: Reason, detail: str = "", *, url: str = "", status: int = 0, retry_after: float = 0
    ) -> None:
        super().__init__(reason, detail)
        self.reason, self.detail, self.url = reason, detail, url
        self.status, self.retry_after = status, retry_after

    @property
    def is_temporary(self) -> bool:
        """Whether the same request may succeed later."""
        return self.reason in TEMPORARY_REASONS or self.status in TEMPORARY_STATUSES

    def __str__(self) -> str:
        return f"{self.reason.label}: {self.detail}" if self.detail else f"{self.reason.label}"


class FetchRefused(FetchError):
    """We refused: the URL, an address, a redirect or the size is not allowed."""


class FetchFailed(FetchError):
    """The server, the network or the name failed."""
