"""Lengths of videos and courses: reading ISO 8601 and common wordings, and writing ISO 8601. Pure."""

import re
from collections.abc import Mapping
from datetime import timedelta

NUMBER = r"[0-9]{1,9}(?:[.,][0-9]{1,9})?"
ISO = re.compile(
    rf"P(?!$)(?:(?P<years>{NUMBER})Y)?(?:(?P<months>{NUMBER})M)?(?:(?P<weeks>{NUMBER})W)?(?:(?P<days>{NUMBER})D)?"
    rf"(?:T(?=[0-9])(?:(?P<hours>{NUMBER})H)?(?:(?P<minutes>{NUMBER})M)?(?:(?P<seconds>{NUMBER})S)?)?"
)
# The form that looks like a date: P0003-06-04T12:30:05.
ISO_LIKE_A_DATE = re.compile(
    r"P(?P<years>[0-9]{4})-(?P<months>[0-9]{2})-(?P<days>[0-9]{2})"
    r"(?:T(?P<hours>[0-9]{2}):(?P<minutes>[0-9]{2}):(?P<seconds>[0-9]{2}))?"
)
CLOCK = re.compile(r"(?:(?P<hours>[0-9]{1,4}):(?=[0-9]{2}:))?(?P<minutes>[0-9]{1,4}):(?P<seconds>[0-5][0-9])")
UNITS = {
    "weeks": "w|wk|wks|week|weeks",
    "days": "d|day|days",
    "hours": "h|hr|hrs|hour|hours",
    "minutes": "m|min|mins|minute|minutes",
    "seconds": "s|sec|secs|second|seconds",
}
WORDS = re.compile(
    r"(?:,? ?(?:and )?)".join(rf"(?:(?P<{unit}>{NUMBER}) ?(?:{words})(?![a-z])\.?)?" for unit, words in UNITS.items())
)
# Longer than any film or course, so anything beyond it is not a length.
LONGEST = timedelta(days=3650)


def duration_of(text: str) -> timedelta | None:
    """Return the timedelta of an ISO 8601 duration, None for other text and for durations without a fixed length.

    Years and months have no fixed length. A duration of more than LONGEST gives None, too.
    """
    match = ISO.fullmatch(text) or ISO_LIKE_A_DATE.fullmatch(text)
    if match is None or number_of(match["years"]) or number_of(match["months"]):
        return None
    return length_of({unit: match.groupdict().get(unit) for unit in UNITS})


def is_iso_duration(text: str) -> bool:
    """Return whether `text` is an ISO 8601 duration of any form."""
    return bool(ISO.fullmatch(text) or ISO_LIKE_A_DATE.fullmatch(text))


def duration_in_words(text: str) -> timedelta | None:
    """Return the timedelta of `17 hours`, `6h 25m` or `1:16` (minutes and seconds), None for other text."""
    text = " ".join(text.lower().split())
    match = CLOCK.fullmatch(text) or WORDS.fullmatch(text)
    return length_of(match.groupdict()) if match and text else None


def length_of(units: Mapping[str, str | None]) -> timedelta | None:
    """Return the timedelta of {unit: number as text or None}, None if it is longer than LONGEST."""
    try:
        length = timedelta(**{unit: number_of(number) for unit, number in units.items()})
    except OverflowError:
        return None
    return length if length <= LONGEST else None


def number_of(text: str | None) -> float:
    number = (text or "0").replace(",", ".")
    return float(number) if "." in number else int(number)


def iso_duration(length: timedelta) -> str:
    """Return a timedelta as an ISO 8601 duration, PT1H49M, in whole seconds."""
    minutes, seconds = divmod(int(length.total_seconds()), 60)
    hours, minutes = divmod(minutes, 60)
    parts = "".join(f"{number}{unit}" for number, unit in ((hours, "H"), (minutes, "M"), (seconds, "S")) if number)
    return f"PT{parts or '0S'}"
