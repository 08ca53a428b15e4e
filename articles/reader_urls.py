from datetime import date

from django.urls import reverse


def reader_url(day: date | str | None, slug):
    """Return the address at which readers find a story: `/YYYY/MM/DD/slug/`, or `/undated/slug/` without a day.

    `day` is a date, or as text YYYY-MM-DD.
    """
    if day is None:
        return reverse("undated-story", args=[slug])
    return reverse("story", args=[*str(day).split("-"), slug])
