"""Days of the site: of TIME_ZONE, by which stories get their addresses and the archive its pages."""

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache

from django.utils import timezone

EARLIEST, LATEST = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)


def day_of_site(moment):
    """Return the day of an aware datetime on the site's calendar; in UTC where that one has no such day."""
    try:
        return moment.astimezone(timezone.get_default_timezone()).date()
    except OverflowError:
        return moment.astimezone(UTC).date()


@lru_cache(maxsize=4096)
def midnight_in(zone, day):
    """Return the first moment of a day in a time zone, in UTC; at the ends of the calendar the first or last."""
    try:
        return datetime.combine(day, time.min, zone).astimezone(UTC)
    except OverflowError:
        return EARLIEST if day.year == 1 else LATEST


def midnight(day):
    """Return the first moment of a day of the site."""
    return midnight_in(timezone.get_default_timezone(), day)


def end_of(day):
    """Return the first moment after a day of the site."""
    return LATEST if day == date.max else midnight(day + timedelta(days=1))
