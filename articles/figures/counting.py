"""Counting no further than anybody wants to know."""

from django.db.models import IntegerField, Subquery
from django.utils.formats import number_format
from django.utils.translation import gettext as _

COUNTED = 10_000


class CountUpTo(Subquery):
    """The number of rows of a queryset that refers to an outer row, counted up to COUNTED + 1."""

    template = "(SELECT COUNT(*) FROM (%(subquery)s) AS counted)"
    output_field = IntegerField()

    def __init__(self, queryset):
        super().__init__(queryset.order_by().values("pk")[: COUNTED + 1])


def in_words(number):
    """Return a number counted by CountUpTo as the desk shows it."""
    if number > COUNTED:
        return _("over %(number)s") % {"number": number_format(COUNTED, use_l10n=True, force_grouping=True)}
    return number_format(number, use_l10n=True, force_grouping=True)
