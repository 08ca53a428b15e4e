"""Signatures of what a person looked at before confirming an operation. It is refused when that has changed since."""

import hashlib
import json

from django.utils.translation import gettext as _


class StalePreview(Exception):
    """Somebody changed what an operation is about after its preview was shown."""

    def __init__(self):
        super().__init__(
            _("Someone else has changed this in the meantime. Nothing was done; check the changes and try again.")
        )


def signature_of(*row_lists, parameters=()):
    """Return a digest of lists of rows, as `values_list` gives them, and of an operation's parameters, as text.

    With other parameters the operation would not do what its preview showed.
    """
    content = [[list(row) for row in rows] for rows in row_lists]
    text = json.dumps([*content, [str(value) for value in parameters]])
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


def lock_rows(queryset, keys, signature, compute_signature):
    """Lock the rows that have these keys, in order of the keys, so that no two operations deadlock; return {key: row}.

    Raises StalePreview for a row that is gone, and for a `signature`, unless None, that `compute_signature` does not
    return any more.
    """
    locked = queryset.select_for_update(of=("self",)).filter(pk__in=keys).order_by("pk")
    rows = {row.pk: row for row in locked}
    if rows.keys() != set(keys) or (signature is not None and signature != compute_signature()):
        raise StalePreview
    return rows
