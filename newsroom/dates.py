"""Dates and times as people read them at the desk."""

from datetime import datetime

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import pgettext


def exact_time(when: datetime) -> str:
    """Return a time as the desk shows it: "27 Nov 2026, 18:30 CET"."""
    return date_format(timezone.localtime(when), pgettext("format of an exact time", "j M Y, H:i T"))
