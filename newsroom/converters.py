class UnicodeSlugConverter:
    """A slug in any script, as Django's `slugify(allow_unicode=True)` makes it."""

    regex = r"[-\w]+"

    def to_python(self, value):
        return value

    def to_url(self, value):
        return value


class DigitsConverter:
    """A number with a fixed count of digits, kept as text."""

    def to_python(self, value):
        return value

    def to_url(self, value):
        return value


class YearConverter(DigitsConverter):
    regex = "[0-9]{4}"


class TwoDigitsConverter(DigitsConverter):
    regex = "[0-9]{2}"
