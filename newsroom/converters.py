"""URL converters of the reader site, registered in reader/urls.py."""


class UnicodeSlugConverter:
    """A slug in any script, as Django's `slugify(allow_unicode=True)` returns it."""

    regex = r"[-\w]+"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


class DigitsConverter:
    """Base class for numbers with a fixed count of digits, passed to views as text."""

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


class YearConverter(DigitsConverter):
    regex = "[0-9]{4}"


class TwoDigitsConverter(DigitsConverter):
    regex = "[0-9]{2}"
