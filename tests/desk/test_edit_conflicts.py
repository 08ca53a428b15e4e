"""Posted data that a story's page takes rows out of. No database."""

import pytest
from django.http import QueryDict

from desk.edit_conflicts import drop_rows

DIGITS = "9" * 5000


def posted(total, initial, **rows):
    """Return a mutable QueryDict of rows with one cell each, {number with an underscore before it: value}."""
    data = QueryDict(mutable=True)
    data.update({"rows-TOTAL_FORMS": total, "rows-INITIAL_FORMS": initial})
    data.update({f"rows-{number.removeprefix('_')}-url": value for number, value in rows.items()})
    return data


def test_rows_after_one_that_is_gone_move_up():
    data = posted("2", "2", _0="a", _1="b")
    drop_rows(data, "rows", [0])
    assert data.dict() == {"rows-TOTAL_FORMS": "1", "rows-INITIAL_FORMS": "1", "rows-0-url": "b"}


@pytest.mark.parametrize("number", [DIGITS, "x", "-1", "٢"])
def test_numbers_that_no_form_has_are_left_to_the_formset(number):
    data = posted("1", number, _0="a", **{f"_{number}": "b"})
    drop_rows(data, "rows", [0])
    assert data.dict() == {"rows-TOTAL_FORMS": "0", "rows-INITIAL_FORMS": "0", f"rows-{number}-url": "b"}
