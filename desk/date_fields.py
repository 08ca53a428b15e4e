"""Dates and times as people type them at the desk."""

from datetime import UTC, datetime

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.functional import lazy
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from unfold.widgets import UnfoldAdminSplitDateTimeWidget

YEARS = range(1900, 2200)
TIME_FORMATS = ["%H:%M:%S", "%H:%M"]
EXAMPLE = datetime(2026, 11, 28, 20, tzinfo=UTC)


def date_formats():
    """Return the formats of dates that are accepted, the one that the desk's calendar writes first.

    Only those that can be read in one way: Django's own for English have American dates.
    """
    return ["%d.%m.%Y", "%Y-%m-%d"] if (get_language() or "").startswith("de") else ["%Y-%m-%d"]


def format_in_words():
    """Return a sentence on how to type a date and time, and in which zone they are read."""
    text = _("Enter the date as %(date)s and the time as %(time)s (24-hour clock, %(zone)s).")
    zone = timezone.get_current_timezone_name()
    return text % {"date": f"{EXAMPLE:{date_formats()[0]}}", "time": f"{EXAMPLE:%H:%M}", "zone": zone}


class DateTimeField(forms.SplitDateTimeField):
    """A date and a time of the current time zone, for every such input at the desk.

    `stored` is the value that the form was opened with: typed again it is that very moment, even where the clocks
    were set back and the typed text could mean another.
    """

    stored = None

    def __init__(self, **kwargs):
        wrong = lazy(format_in_words, str)()
        super().__init__(
            **{
                "widget": UnfoldAdminSplitDateTimeWidget,
                "input_date_formats": lazy(date_formats, list)(),
                "input_time_formats": TIME_FORMATS,
                "error_messages": {"invalid_date": wrong, "invalid_time": wrong},
                **kwargs,
            }
        )

    def compress(self, data_list):
        """Return the aware datetime of [date, time], or None."""
        if not data_list:
            return None
        day, time = data_list
        if day in self.empty_values or time in self.empty_values:
            raise ValidationError(format_in_words(), code="incomplete")
        if day.year not in YEARS:
            text = _("Enter a year between %(first)s and %(last)s.")
            raise ValidationError(text % {"first": YEARS[0], "last": YEARS[-1]}, code="year")
        typed = datetime.combine(day, time)
        if self.stored and typed == timezone.localtime(self.stored).replace(tzinfo=None, microsecond=0):
            return self.stored
        return the_moment(typed)


def the_moment(typed):
    """Return the one moment that a naive datetime means in the current time zone, or raise ValidationError."""
    zone = timezone.get_current_timezone()
    first, second = (typed.replace(tzinfo=zone, fold=fold) for fold in (0, 1))
    if first.utcoffset() == second.utcoffset():
        return first
    if first.astimezone(UTC).astimezone(zone).replace(tzinfo=None, fold=0) != typed:
        text = _("%(time)s does not exist on %(date)s: the clocks go forward. Choose another time.")
    else:
        text = _("%(time)s occurs twice on %(date)s: the clocks go back. Choose a time before or after that hour.")
    named = {"time": f"{typed:%H:%M}", "date": f"{typed:{date_formats()[0]}}"}
    raise ValidationError(f"{text % named} {format_in_words()}", code="clock_change")
