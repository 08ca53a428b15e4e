from datetime import date
from functools import lru_cache

from django.urls import get_script_prefix, reverse


def reader_url(day: date | str | None, slug: str) -> str:
    """Return a story's path on the reader site: `/YYYY/MM/DD/slug/`, or `/undated/slug/` without a day.

    `day` is a date or text in the form YYYY-MM-DD.
    """
    if slug.isascii():
        before, after = path_around_slug(get_script_prefix(), dated=day is not None)
        return f"{before}{str(day).replace('-', '/')}/{slug}{after}" if day else f"{before}{slug}{after}"
    return reverse("story", args=[*str(day).split("-"), slug]) if day else reverse("undated-story", args=[slug])


@lru_cache(maxsize=16)
def path_around_slug(script_prefix: str, dated: bool) -> list[str]:
    """Return the two parts of a story's path before and after day and slug; cached, because `reverse` is slow."""
    if dated:
        return reverse("story", args=["2000", "01", "01", "slug"]).split("2000/01/01/slug")
    return reverse("undated-story", args=["slug"]).split("slug")
