"""Days in the site's TIME_ZONE, for the addresses of stories and the pages of the archive."""

from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import lru_cache

from django.utils import timezone

EARLIEST, LATEST = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)


def day_of_site(moment: datetime) -> date:
    """Return the day of an aware datetime in the site's time zone, in UTC at the ends of the calendar."""
    try:
        return moment.astimezone(timezone.get_default_timezone()).date()
    except OverflowError:
        return moment.astimezone(UTC).date()


@lru_cache(maxsize=4096)
def midnight_in(zone: tzinfo, day: date) -> datetime:
    """Return the start of a day in a time zone as UTC, within the calendar's limits."""
    try:
        return datetime.combine(day, time.min, zone).astimezone(UTC)
    except OverflowError:
        return EARLIEST if day.year == 1 else LATEST


def midnight(day: date) -> datetime:
    """Return the start of a day of the site."""
    return midnight_in(timezone.get_default_timezone(), day)


def end_of(day: date) -> datetime:
    """Return the start of the next day of the site."""
    return LATEST if day == date.max else midnight(day + timedelta(days=1))
