"""Endless lists by keyset: a page begins after a given story, so page 400 costs what page 1 does."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db.models import Q
from django.http import Http404

CURSOR = re.compile(r"([0-9]{1,18})-([0-9]{1,18})")
START = datetime(1, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


@dataclass
class Page:
    """One page of a list, newest first, and the cursor of the next one ("" on the last)."""

    stories: list
    older: str


def cursor_of(story):
    """Return the cursor of the page that begins after `story`: its time in microseconds, and its key."""
    return f"{(story.dated_at - START) // MICROSECOND}-{story.pk}"


def older_than(cursor):
    """Return the condition that a story comes after the one a cursor names.

    Raises Http404 for what is no cursor, as no link of ours leads there.
    """
    match = CURSOR.fullmatch(cursor)
    try:
        dated_at = START + int(match[1]) * MICROSECOND
    except (TypeError, OverflowError):
        raise Http404("That page of the list does not exist.") from None
    pk = int(match[2])
    return Q(dated_at__lt=dated_at) | Q(dated_at=dated_at, pk__lt=pk)


def page_of(stories, cursor, size=25):
    """Return the Page of the queryset `stories` that begins after `cursor` ("" for the first)."""
    if cursor:
        stories = stories.filter(older_than(cursor))
    found = list(stories.latest_first()[: size + 1])
    return Page(found[:size], cursor_of(found[size - 1]) if len(found) > size else "")
