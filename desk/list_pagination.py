"""Pages of the desk's long lists, which are never counted to their end."""

from typing import Any

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.utils.functional import cached_property
from django.utils.translation import gettext as _

from newsroom.numbers import format_number

# Rows are counted, and pages turned, up to this number; a filter leads to the others.
COUNTED = 1000


class CappedCount(int):
    """A count of COUNTED rows where there are more."""

    def __str__(self) -> str:
        return _("more than %(number)s") % {"number": format_number(COUNTED)}


class CappedPaginator(Paginator[Any]):
    """Pages of the first COUNTED rows of a queryset."""

    object_list: QuerySet[Any]

    @cached_property
    def count(self) -> int:
        # A list that ends with its first page needs no count.
        if len(self.first_keys) <= self.per_page:
            return len(self.first_keys)
        number = self.object_list.order_by().values("pk")[: COUNTED + 1].count()
        return CappedCount(COUNTED) if number > COUNTED else number

    @cached_property
    def first_keys(self) -> list[int]:
        """The keys of the first page, and one more if there is a second."""
        return list(self.object_list.values_list("pk", flat=True)[: self.per_page + 1])
