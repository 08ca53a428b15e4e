"""The columns that the format's fields fill, and the conversions from a document's values to those of columns. Pure."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, NamedTuple, TypeVar

from articles.choices import Kind
from articles.documents.durations import duration_of
from articles.ranking import NOT_SCORED

KINDS = frozenset(Kind.values)
T = TypeVar("T")


def as_is(value: T) -> T:
    return value


def as_text(value: str | None) -> str:
    return value or ""


def as_list(value: list[Any] | None) -> list[Any]:
    return value or []


def as_time(value: str | None) -> datetime | None:
    return datetime.fromisoformat(value) if value else None


def as_duration(value: str | None) -> timedelta | None:
    return duration_of(value) if value else None


def as_duration_text(value: str | None) -> str | None:
    """Return a length as written if it has no fixed duration, such as P1M, else None."""
    return value if value and duration_of(value) is None else None


def as_kind(value: str | None) -> str:
    """Return a kind that the desk knows, "article" for any other; the document's value keeps upstream's word."""
    return value if value in KINDS else Kind.ARTICLE.value


def as_heat(value: int | None) -> int:
    return NOT_SCORED if value is None else value


class Column(NamedTuple):
    """A model's column, and the conversion of a document's value, None for an absent field, to the column's value."""

    name: str
    convert: Callable[[Any], Any] = as_is
