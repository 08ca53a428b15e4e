from datetime import date
from functools import lru_cache

from django.urls import get_script_prefix, reverse


def reader_url(day: date | str | None, slug):
    """Return the address at which readers find a story: `/YYYY/MM/DD/slug/`, or `/undated/slug/` without a day.

    `day` is a date, or as text YYYY-MM-DD.
    """
    if slug.isascii():
        before, after = around_slug(get_script_prefix(), dated=day is not None)
        return f"{before}{str(day).replace('-', '/')}/{slug}{after}" if day else f"{before}{slug}{after}"
    return reverse("story", args=[*str(day).split("-"), slug]) if day else reverse("undated-story", args=[slug])


@lru_cache(maxsize=16)
def around_slug(script_prefix, dated):
    """Return what stands before and after day and slug, by the site's URLs, which are slow to ask for each story."""
    if dated:
        return reverse("story", args=["2000", "01", "01", "slug"]).split("2000/01/01/slug")
    return reverse("undated-story", args=["slug"]).split("slug")
