"""Signatures of the rows that an operation's preview showed. The operation is refused if they have changed since."""

import hashlib
import json
from collections.abc import Callable, Collection, Iterable
from typing import TypeVar

from django.db.models import Manager, Model, QuerySet
from django.utils.translation import gettext as _

Row = TypeVar("Row", bound=Model)


class StalePreview(Exception):
    """Somebody changed the rows of an operation after its preview was shown."""

    def __init__(self) -> None:
        super().__init__(
            _("Someone else has changed this in the meantime. Nothing was done; check the changes and try again.")
        )


def signature_of(*row_lists: Iterable[Iterable[object]], parameters: Iterable[object] = ()) -> str:
    """Return a digest of lists of rows, as from `values_list`, and of the operation's parameters.

    The parameters are compared as text. With others the operation would not do what its preview showed.
    """
    content = [[list(row) for row in rows] for rows in row_lists]
    text = json.dumps([*content, [str(value) for value in parameters]])
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


def lock_rows(
    queryset: Manager[Row] | QuerySet[Row],
    keys: Collection[int],
    signature: str | None,
    compute_signature: Callable[[], str],
) -> dict[int, Row]:
    """Lock the rows with these keys, in the order of the keys, so that no two operations deadlock; return {key: row}.

    Raises StalePreview if a row was deleted, or if `compute_signature` returns another signature than the given one.
    None skips that comparison.
    """
    locked = queryset.select_for_update(of=("self",)).filter(pk__in=keys).order_by("pk")
    rows = {row.pk: row for row in locked}
    if rows.keys() != set(keys) or (signature is not None and signature != compute_signature()):
        raise StalePreview
    return rows
