"""Counting no further than anybody wants to know."""

from django.db.models import IntegerField, Subquery
from django.utils.formats import number_format
from django.utils.translation import gettext as _

COUNTED = 10_000
# In a list of many rows, for each of them.
COUNTED_IN_LISTS = 1000


class CountUpTo(Subquery):
    """The number of rows of a queryset that refers to an outer row, counted up to `limit` (COUNTED_IN_LISTS) + 1."""

    template = "(SELECT COUNT(*) FROM (%(subquery)s) AS counted)"
    output_field = IntegerField()

    def __init__(self, queryset, limit=None):
        limit = limit or COUNTED_IN_LISTS
        super().__init__(queryset.order_by().values("pk")[: limit + 1])


def count_up_to(queryset, limit=None):
    """Return the number of rows of a queryset, `limit` (COUNTED) + 1 if there are more. One query."""
    limit = limit or COUNTED
    return queryset.order_by()[: limit + 1].count()


def in_words(number, limit=None):
    """Return a number counted up to a `limit` (COUNTED_IN_LISTS) as the desk shows it."""
    limit = limit or COUNTED_IN_LISTS
    if number > limit:
        return _("over %(number)s") % {"number": number_format(limit, use_l10n=True, force_grouping=True)}
    return number_format(number, use_l10n=True, force_grouping=True)
