"""Dates and times as people read them, at the desk and on the reader site.

No other module formats dates or times for display. Times are in the current time zone, days come before months, and
every exact time includes its time zone. Machine formats (ISO 8601) are made where they are needed.
"""

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.timesince import timesince
from django.utils.translation import get_language, ngettext, pgettext, pgettext_lazy
from django.utils.translation import gettext as _

# Django's own short names have no full stops in German, or have them and abbreviate April differently.
SHORT_MONTHS = (
    pgettext_lazy("month, in short", "Jan"),
    pgettext_lazy("month, in short", "Feb"),
    pgettext_lazy("month, in short", "Mar"),
    pgettext_lazy("month, in short", "Apr"),
    pgettext_lazy("month, in short", "May"),
    pgettext_lazy("month, in short", "Jun"),
    pgettext_lazy("month, in short", "Jul"),
    pgettext_lazy("month, in short", "Aug"),
    pgettext_lazy("month, in short", "Sep"),
    pgettext_lazy("month, in short", "Oct"),
    pgettext_lazy("month, in short", "Nov"),
    pgettext_lazy("month, in short", "Dec"),
)
# The abbreviations of time zones that are translated.
ZONE_NAMES = {
    "CET": pgettext_lazy("time zone", "CET"),
    "CEST": pgettext_lazy("time zone", "CEST"),
    "EET": pgettext_lazy("time zone", "EET"),
    "EEST": pgettext_lazy("time zone", "EEST"),
    "WET": pgettext_lazy("time zone", "WET"),
    "WEST": pgettext_lazy("time zone", "WEST"),
}
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
# In minutes.
HOUR = 60
# Times up to this many days before today are shown as a weekday; seven days ago has the same name as today.
WEEKDAY_LIMIT = 6
# What `relative_step` returns for a time that is shown as a weekday.
WEEKDAY = -1


# Exact times --------------------------------------------------------------------------------------------------


def format_time(when: datetime) -> str:
    """Return a time with its day and time zone: "27 Nov 2026, 18:30 CET"."""
    local = local_time(when)
    return join_time(describe_day(local.date(), get_language()), f"{local:%H:%M}", zone_name(local))


def clock_time(when: datetime) -> str:
    """Return a time without its day: "18:30 CET"."""
    local = local_time(when)
    return join_clock(f"{local:%H:%M}", zone_name(local))


def brief_time(when: datetime) -> str:
    """Return a time of today as "18:30 CET", any other with its day: "27 Nov 2026, 18:30 CET"."""
    return clock_time(when) if local_time(when).date() == timezone.localdate() else format_time(when)


def short_time(when: datetime) -> str:
    """Return a time of today as "18:30", any other as its day. The caller shows the exact time in a tooltip."""
    local = local_time(when)
    return f"{local:%H:%M}" if local.date() == timezone.localdate() else format_day(local)


def time_format_for_browsers() -> str:
    """Return the format of `format_time`, for JavaScript: "{day} {month} {year}, {time} {zone}"."""
    day = join_day("{day}", "{month}", "{year}")
    return join_time(day, "{time}", "{zone}")


def short_months() -> list[str]:
    """Return the short names of the twelve months, for JavaScript."""
    return [str(month) for month in SHORT_MONTHS]


def join_day(day: str, month: str, year: str) -> str:
    return pgettext("format of a day", "%(day)s %(month)s %(year)s") % {"day": day, "month": month, "year": year}


def join_clock(clock: str, zone: str) -> str:
    return pgettext("format of a time of day", "%(time)s %(zone)s") % {"time": clock, "zone": zone}


def join_time(day: str, clock: str, zone: str) -> str:
    return pgettext("format of an exact time", "%(day)s, %(time)s") % {"day": day, "time": join_clock(clock, zone)}


# Days and months ----------------------------------------------------------------------------------------------


def format_day(day: date) -> str:
    """Return the day of a date or time: "27 Nov 2026"."""
    return describe_day(local_day(day), get_language())


@lru_cache(maxsize=4096)
def describe_day(day: date, language: str | None) -> str:
    return join_day(str(day.day), str(SHORT_MONTHS[day.month - 1]), str(day.year))


def format_day_of_year(day: date) -> str:
    """Return a day without its year: "27 Nov"."""
    values = {"day": day.day, "month": SHORT_MONTHS[day.month - 1]}
    return pgettext("format of a day without its year", "%(day)s %(month)s") % values


def format_weekday(day: date) -> str:
    """Return the weekday of a date or time: "Friday"."""
    return date_format(local_day(day), "l")


def format_long_day(day: date) -> str:
    """Return a day with the full name of its month: "27 November 2026"."""
    return date_format(day, pgettext("format of the date", "j F Y"))


def format_day_in_full(day: date) -> str:
    """Return a day with the names of weekday and month: "Friday, 27 November 2026"."""
    return date_format(day, pgettext("format of a day in full", "l, j F Y"))


def format_month(day: date) -> str:
    """Return the month of a day with its year: "November 2026"."""
    return date_format(day, pgettext("format of a month", "F Y"))


def format_month_name(day: date) -> str:
    """Return the name of a day's month: "November"."""
    return date_format(day, "F")


# Relative times -----------------------------------------------------------------------------------------------


def relative_time(when: datetime) -> str:
    """Return "3 hours ago" for less than 24 hours, then the weekday for the six days before today, else the day.

    A time in the future is shown as its day.
    """
    step = relative_step(when, timezone.now())
    if step is None:
        return format_day(when)
    return format_weekday(when) if step == WEEKDAY else describe_age(step, get_language())


def time_ago(when: datetime) -> str:
    """Return "3 hours ago" for less than 24 hours; "" for any other time."""
    step = relative_step(when, timezone.now())
    return "" if step is None or step == WEEKDAY else describe_age(step, get_language())


def relative_step(when: datetime, now: datetime) -> int | None:
    """Return a value that changes whenever the text of `relative_time` for `when` changes, so that texts can be cached.

    It is the age in minutes, rounded down to full hours if that is what is shown, WEEKDAY if the weekday is shown, or
    None if the day is shown. The text also depends on language and time zone.
    """
    elapsed = now - when
    days = elapsed.days
    if days < 0 or days > WEEKDAY_LIMIT + 1:
        return None
    if elapsed < DAY:
        minutes = elapsed // MINUTE
        return minutes if minutes < HOUR else minutes // HOUR * HOUR
    days_before_today = local_day(now) - local_day(when)
    return WEEKDAY if days_before_today.days <= WEEKDAY_LIMIT else None


@lru_cache(maxsize=1024)
def describe_age(minutes: int, language: str | None) -> str:
    """Return "3 hours ago". Whole phrases are translated, as German inflects the noun after "vor"."""
    if not minutes:
        return _("just now")
    if minutes < HOUR:
        return ngettext("%(count)d minute ago", "%(count)d minutes ago", minutes) % {"count": minutes}
    hours = minutes // HOUR
    return ngettext("%(count)d hour ago", "%(count)d hours ago", hours) % {"count": hours}


# Durations ----------------------------------------------------------------------------------------------------


def format_duration(length: timedelta) -> str:
    """Return a timedelta as "3 hours, 20 minutes"; seconds only if it is shorter than a minute."""
    if length < MINUTE:
        seconds = max(int(length.total_seconds()), 0)
        return ngettext("%(count)d second", "%(count)d seconds", seconds) % {"count": seconds}
    begin = timezone.now()
    return timesince(begin, begin + length)


# Time zones ---------------------------------------------------------------------------------------------------


def local_time(when: datetime) -> datetime:
    """Return a time in the current time zone; in UTC at the ends of the calendar, where conversion overflows."""
    try:
        return timezone.localtime(when)
    except OverflowError:
        return when.astimezone(UTC)


def local_day(day: date) -> date:
    """Return the day of a time in the current time zone; a date is returned unchanged."""
    return local_time(day).date() if isinstance(day, datetime) else day


def zone_name(local: datetime) -> str:
    """Return the abbreviation of a time's zone, "CET"; "UTC-03" where the zone has none."""
    name = local.tzname() or ""
    if name in ZONE_NAMES:
        return str(ZONE_NAMES[name])
    return f"UTC{name}" if name.startswith(("+", "-")) else name
