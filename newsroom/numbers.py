"""Numbers as people read them, at the desk and on the reader site."""

from django.utils.formats import number_format


def format_number(number: int) -> str:
    """Return a number with separators of thousands, in the language of the page: "3,007"."""
    return number_format(number, use_l10n=True, force_grouping=True)
