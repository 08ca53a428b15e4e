"""The form field for dates and times at the desk."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.functional import lazy
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from unfold.widgets import UnfoldAdminSplitDateTimeWidget

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

YEARS = range(1900, 2200)
TIME_FORMATS = ["%H:%M:%S", "%H:%M"]
EXAMPLE = datetime(2026, 11, 28, 20, tzinfo=UTC)


def date_formats() -> list[str]:
    """Return the formats of dates that are accepted, first the one that the theme's calendar writes.

    Only unambiguous ones: Django's own for English include American dates.
    """
    return ["%d.%m.%Y", "%Y-%m-%d"] if (get_language() or "").startswith("de") else ["%Y-%m-%d"]


def describe_format() -> str:
    """Return a sentence on how to type a date and time, and in which time zone they are."""
    text = _("Enter the date as %(date)s and the time as %(time)s (24-hour clock, %(zone)s).")
    zone = timezone.get_current_timezone_name()
    return text % {"date": f"{EXAMPLE:{date_formats()[0]}}", "time": f"{EXAMPLE:%H:%M}", "zone": zone}


def with_time_zone(help_text: "StrOrPromise") -> str:
    """Return a help text with the time zone of what is entered."""
    zone = _("Time zone: %(zone)s.") % {"zone": timezone.get_current_timezone_name()}
    return f"{help_text} {zone}" if help_text else zone


class DateTimeField(forms.SplitDateTimeField):
    """A date and a time in the current time zone.

    `stored` is the value that the form was opened with. The same text means that moment again, even in the hour that
    occurs twice when clocks go back.
    """

    stored: datetime | None = None

    def __init__(self, *, help_text: "StrOrPromise" = "", **kwargs: Any) -> None:
        format_error = lazy(describe_format, str)()
        super().__init__(
            **{
                "widget": UnfoldAdminSplitDateTimeWidget,
                "input_date_formats": lazy(date_formats, list)(),
                "input_time_formats": TIME_FORMATS,
                "error_messages": {"invalid_date": format_error, "invalid_time": format_error},
                "help_text": lazy(with_time_zone, str)(help_text),
                **kwargs,
            }
        )

    def compress(self, data_list: Any) -> datetime | None:
        """Return the aware datetime of [date, time], or None."""
        if not data_list:
            return None
        day, time = data_list
        if day in self.empty_values or time in self.empty_values:
            raise ValidationError(describe_format(), code="incomplete")
        if day.year not in YEARS:
            text = _("Enter a year between %(first)s and %(last)s.")
            raise ValidationError(text % {"first": YEARS[0], "last": YEARS[-1]}, code="year")
        typed = datetime.combine(day, time)
        if self.stored and typed == timezone.localtime(self.stored).replace(tzinfo=None, microsecond=0):
            return self.stored
        return resolve_moment(typed)


def resolve_moment(typed: datetime) -> datetime:
    """Return the aware datetime of a naive one in the current time zone.

    Raises ValidationError when the clocks are set then, so that there is no such moment, or two.
    """
    zone = timezone.get_current_timezone()
    first, second = (typed.replace(tzinfo=zone, fold=fold) for fold in (0, 1))
    if first.utcoffset() == second.utcoffset():
        return first
    if first.astimezone(UTC).astimezone(zone).replace(tzinfo=None, fold=0) != typed:
        text = _("%(time)s does not exist on %(date)s: the clocks go forward. Choose another time.")
    else:
        text = _("%(time)s occurs twice on %(date)s: the clocks go back. Choose a time before or after that hour.")
    values = {"time": f"{typed:%H:%M}", "date": f"{typed:{date_formats()[0]}}"}
    raise ValidationError(f"{text % values} {describe_format()}", code="clock_change")
