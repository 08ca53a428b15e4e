"""What was fetched, and what its headers mean."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from time import time

from django.utils.http import parse_http_date_safe

# The longest pause that a server may ask for, in seconds.
MAX_RETRY_AFTER = 86_400
# Validators are stored and sent back, so they have to be short, printable ASCII.
VALIDATOR = re.compile(r"[\x21-\x7e][\x20-\x7e]{0,254}")


@dataclass(frozen=True)
class Response:
    """A response with status 200 to 299 or 304. `url` is where the last redirect led.

    Header names are in lower case. The media type in `content_type` is what the server reports, in lower case and
    without parameters; the body may be of any other type. `etag` and `last_modified` are for the next request.
    """

    url: str
    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)

    @property
    def content_type(self) -> str:
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    @property
    def etag(self) -> str:
        return usable_validator(self.headers.get("etag", ""))

    @property
    def last_modified(self) -> str:
        return usable_validator(self.headers.get("last-modified", ""))

    @property
    def not_modified(self) -> bool:
        """Whether the server has nothing newer; the body is then empty."""
        return self.status == 304


def header_values(items: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    """Return {name in lower case: value}; the values of a repeated header are joined by commas."""
    values: dict[str, str] = {}
    for raw_name, raw_value in items:
        name, value = raw_name.decode("latin-1").lower(), raw_value.decode("utf-8", "replace")
        values[name] = f"{values[name]}, {value}" if name in values else value
    return values


def usable_validator(value: str) -> str:
    """Return an ETag or a Last-Modified that can be stored and sent, or ""; without one, the whole body is sent."""
    return value if VALIDATOR.fullmatch(value) else ""


def retry_after(headers: Mapping[str, str]) -> float:
    """Return the seconds of a Retry-After header, a number or a date; 0 if it is missing, invalid or in the past."""
    value = headers.get("retry-after", "").strip()
    if value.isascii() and value.isdecimal():
        # Longer numbers are more than a day in any case.
        return min(float(value.lstrip("0")[:9] or 0), MAX_RETRY_AFTER)
    moment = parse_http_date_safe(value)
    return 0 if moment is None else min(max(0.0, moment - time()), MAX_RETRY_AFTER)
