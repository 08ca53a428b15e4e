"""Count up to a limit, because nobody needs exact numbers beyond it."""

from typing import Any

from django.db.models import IntegerField, QuerySet, Subquery
from django.utils.translation import gettext as _

from newsroom.numbers import format_number

COUNT_LIMIT = 10_000
# In a list, for each of its rows.
LIST_COUNT_LIMIT = 1000


class CountUpTo(Subquery):
    """The number of rows of a queryset that refers to an outer row, counted up to `limit` (LIST_COUNT_LIMIT) + 1."""

    template = "(SELECT COUNT(*) FROM (%(subquery)s) AS counted)"
    output_field = IntegerField()

    def __init__(self, queryset: QuerySet[Any], limit: int | None = None) -> None:
        limit = limit or LIST_COUNT_LIMIT
        super().__init__(queryset.order_by().values("pk")[: limit + 1])


def count_up_to(queryset: QuerySet[Any], limit: int | None = None) -> int:
    """Return the number of rows of a queryset, `limit` (COUNT_LIMIT) + 1 if there are more. One query."""
    limit = limit or COUNT_LIMIT
    return queryset.order_by()[: limit + 1].count()


def describe_count(number: int, limit: int | None = None) -> str:
    """Return the text for a number that was counted up to `limit` (LIST_COUNT_LIMIT)."""
    limit = limit or LIST_COUNT_LIMIT
    if number > limit:
        return _("over %(number)s") % {"number": format_number(limit)}
    return format_number(number)
