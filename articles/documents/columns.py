"""Columns that fields of the format fill, and the conversions from a document's values to theirs. Pure."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, NamedTuple

from articles.choices import Kind
from articles.documents.durations import duration_of
from articles.ranking import NOT_SCORED

KINDS = frozenset(Kind.values)


def as_is(value):
    return value


def as_text(value):
    return value or ""


def as_list(value):
    return value or []


def as_time(value):
    return datetime.fromisoformat(value) if value else None


def as_duration(value):
    return duration_of(value) if value else None


def as_duration_text(value):
    """Return a length that has no fixed duration, such as P1M, as written; None for any other."""
    return value if value and duration_of(value) is None else None


def as_kind(value):
    """Return a kind that the desk knows; any other is an article, while the document's value keeps upstream's word."""
    return value if value in KINDS else Kind.ARTICLE.value


def as_heat(value):
    return NOT_SCORED if value is None else value


class Column(NamedTuple):
    """A model's column, and the conversion of a document's value to its value; None is the value of an absent field."""

    name: str
    convert: Callable[[Any], Any] = as_is
