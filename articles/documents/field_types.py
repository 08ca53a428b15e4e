"""Types of fields with a single value: each reads a node and returns a JSON-able value, or reports a fault.

A fault is a warning, and the field is left out; in a strict field (`Findings.strict`) it is an error.
"""

import re
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import ClassVar, Protocol

from articles.canonical_urls import check_image_url, check_web_url, is_ordinary_url
from articles.documents.durations import duration_in_words, duration_of, is_iso_duration, iso_duration
from articles.documents.findings import Findings, Path, steps_of
from articles.documents.nodes import Node, Plain, is_empty, is_plain_value, kind_of
from articles.documents.problems import quote
from articles.documents.unknown_values import TRUE_WORDS
from providers.domains import normalise_domain

CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ufdd0-\ufdef\ufffe\uffff]")
WHOLE_NUMBER = re.compile(r"[-+]?[0-9]{1,18}(\.0+)?")
NUMBER = re.compile(r"[-+]?[0-9]{1,18}(\.[0-9]{1,18})?([eE][-+]?[0-9]{1,2})?")
SIMPLE_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]Z")
SMALL_NUMBERS = {str(number): number for number in range(10_000)}
PLAIN_BOOLEANS = {"true": True, "false": False}
FALSE_WORDS = frozenset({"false", "no", "off"})
YEARS = range(1900, 2200)
# One day more at both ends, as the years begin and end at different times in different zones.
EARLIEST, LATEST = datetime(1899, 12, 31, tzinfo=UTC), datetime(2200, 1, 2, tzinfo=UTC)
# Characters that people type into a URL and browsers encode.
UNENCODED = re.compile(r'[ "<>]')


@lru_cache(maxsize=10_000)
def is_day(text: str) -> bool:
    """Return whether `text`, YYYY-MM-DD, is a day of one of the YEARS."""
    try:
        return date.fromisoformat(text).year in YEARS
    except ValueError:
        return False


@lru_cache(maxsize=10_000)
def clean_domain(text: str) -> str | None:
    """Return the normalised domain, None for text that is not a domain."""
    try:
        return normalise_domain(text)
    except ValueError:
        return None


class Readable(Protocol):
    """What all types of fields have: those of single values, lists, mappings, and fields outside the schema.

    `read` returns the value, or None for a field without a value, or with a fault, which it reports. `read_quickly`
    returns the same for the most common nodes, and None for a node that needs `read`; it may be missing (None).
    """

    @property
    def read_quickly(self) -> Callable[[Node], object] | None: ...

    @property
    def keeps_written_text(self) -> bool: ...

    def read(self, node: Node, path: Path, findings: Findings) -> object: ...


class FieldType(ABC):
    """A type of field with a single value."""

    read_quickly: Callable[..., object] | None = None
    # Whether a text that differs from the value read is also stored as a raw value.
    keeps_written_text: ClassVar[bool] = True

    @abstractmethod
    def convert(self, text: str, path: Path, findings: Findings) -> object:
        """Return the value of a text, None if it is blank; raise ValueError or OverflowError for a fault."""

    def read(self, node: Node, path: Path, findings: Findings) -> object:
        if is_empty(node):
            return None
        if not isinstance(node, str):
            findings.fault(path, f"a single value is expected here, not a {kind_of(node)}")
            return None
        try:
            return self.convert(str(node), path, findings)
        except (ValueError, OverflowError) as error:
            findings.fault(path, str(error))
            return None


@dataclass(frozen=True)
class Text(FieldType):
    """Text of at most `limit` characters, as written, even `2020` or `no`."""

    limit: int

    def read_quickly(self, node: Node) -> str | None:
        if is_plain_value(node):
            node = str(node)
        # Most texts are printable, and then contain nothing that `convert` looks for.
        if node.__class__ is str and node.isprintable() and len(node) <= self.limit and node and not node.isspace():
            return node
        return None

    def convert(self, text: str, path: Path, findings: Findings) -> str | None:
        if CONTROL.search(text):
            text = CONTROL.sub("", text)
            findings.warning(path, "control characters were removed")
        if len(text) > self.limit:
            raise ValueError(f"{len(text):,} characters; at most {self.limit:,} are allowed")
        return text if text.strip() else None


@dataclass(frozen=True)
class Integer(FieldType):
    """A whole number from `least` to `most`."""

    least: int
    most: int

    def read_quickly(self, node: Node) -> int | None:
        number = SMALL_NUMBERS.get(node) if node.__class__ is Plain else None
        return number if number is not None and self.least <= number <= self.most else None

    def convert(self, text: str, path: Path, findings: Findings) -> int:
        if not WHOLE_NUMBER.fullmatch(text.strip()):
            raise ValueError(f"{quote(text)} is not a whole number")
        number = int(text.strip().partition(".")[0])
        if not self.least <= number <= self.most:
            raise ValueError(f"{number:,} is not between {self.least:,} and {self.most:,}")
        return number


@dataclass(frozen=True)
class Number(FieldType):
    """A number from `least` to `most`."""

    least: float
    most: float

    def convert(self, text: str, path: Path, findings: Findings) -> float:
        if not NUMBER.fullmatch(text.strip()):
            raise ValueError(f"{quote(text)} is not a number")
        number = float(text)
        if not self.least <= number <= self.most:
            raise ValueError(f"{number:g} is not between {self.least:g} and {self.most:g}")
        return number


class Boolean(FieldType):
    """True or false, in any of YAML 1.1's words."""

    def read_quickly(self, node: Node) -> bool | None:
        return PLAIN_BOOLEANS.get(node) if node.__class__ is Plain else None

    def convert(self, text: str, path: Path, findings: Findings) -> bool:
        word = text.strip().lower()
        if word in TRUE_WORDS or word in FALSE_WORDS:
            return word in TRUE_WORDS
        raise ValueError(f"{quote(text)} is neither true nor false")


class Timestamp(FieldType):
    """A time in ISO 8601, returned in UTC as `YYYY-MM-DDTHH:MM:SS[.ffffff]Z`; without a zone it is UTC."""

    keeps_written_text = False

    def read_quickly(self, node: Node) -> str | None:
        if isinstance(node, str) and SIMPLE_TIME.fullmatch(node) and is_day(node[:10]):
            return str(node)
        return None

    def convert(self, text: str, path: Path, findings: Findings) -> str:
        try:
            when = datetime.fromisoformat(text.strip())
        except ValueError:
            raise ValueError(f"{quote(text)} is not a date and time such as 2020-06-11T13:11:00Z") from None
        if when.year == 1:
            raise ValueError("the year 1 means that there is no date")
        has_zone = when.tzinfo is not None
        if not has_zone:
            when = when.replace(tzinfo=UTC)
        # Compared in UTC, as it is exported in UTC. The year first, as the conversion fails for the years 0 and 10000.
        if not YEARS[0] - 1 <= when.year <= YEARS[-1] + 1 or not EARLIEST <= when.astimezone(UTC) < LATEST:
            raise ValueError(f"the year {when.year} is not between {YEARS[0]} and {YEARS[-1]}")
        if not has_zone:
            findings.warning(path, "no time zone is given; read as UTC")
        return when.astimezone(UTC).isoformat().replace("+00:00", "Z")


@dataclass(frozen=True)
class Duration(FieldType):
    """A length of at most `limit` characters, returned as ISO 8601 if it has a fixed length, else as written."""

    limit: int

    def convert(self, text: str, path: Path, findings: Findings) -> str | None:
        value = Text(self.limit).convert(text.strip(), path, findings)
        if value is None or duration_of(value) is not None:
            return value
        length = duration_in_words(value)
        if length is not None:
            findings.warning(path, f"{quote(value)} is not ISO 8601; read as {iso_duration(length)}")
            return iso_duration(length)
        if not is_iso_duration(value):
            findings.warning(path, f"{quote(value)} is not a duration such as PT17M39S; kept as written")
        return value


@dataclass(frozen=True)
class WebAddress(FieldType):
    """An http(s) URL, as written; for images also a path on the provider's site.

    Characters that need encoding are encoded, and `//host/path` gets the story's scheme, each with a warning.
    """

    is_image: bool = False

    def read_quickly(self, node: Node) -> str | None:
        return node if node.__class__ is str and is_ordinary_url(node) else None

    def convert(self, text: str, path: Path, findings: Findings) -> str:
        url, remarks = text.strip(), []
        if url.startswith("//") and steps_of(path) not in findings.strict:
            url = f"{findings.scheme}:{url}"
            remarks.append(f"the URL has no scheme; read as {findings.scheme}")
        if UNENCODED.search(url):
            url = UNENCODED.sub(lambda match: f"%{ord(match[0]):02X}", url)
            remarks.append("the URL contains characters that must be encoded, such as a space; they were encoded")
        (check_image_url if self.is_image else check_web_url)(url)
        for remark in remarks:
            findings.warning(path, remark)
        return url


class Domain(FieldType):
    """A domain, returned in lower case and IDNA, without `www.`."""

    def read_quickly(self, node: Node) -> str | None:
        is_text = node.__class__ is str or is_plain_value(node)
        return str(node) if is_text and clean_domain(str(node)) == node else None

    def convert(self, text: str, path: Path, findings: Findings) -> str:
        return normalise_domain(text)
