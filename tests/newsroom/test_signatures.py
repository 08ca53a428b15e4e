"""Signatures of what was previewed, and locks that refuse what changed since."""

import pytest

from newsroom.signatures import StalePreview, lock_rows, signature_of
from providers.models import Provider
from tests.factories import make_provider

pytestmark = pytest.mark.django_db
ROWS = [(1, "One"), (2, "Two")]


def test_signature_depends_on_rows_their_lists_and_parameters():
    signatures = [
        signature_of(ROWS),
        signature_of(ROWS, parameters=["x"]),
        signature_of(ROWS, parameters=["y"]),
        signature_of(ROWS[:1], ROWS[1:]),
        signature_of(ROWS[::-1]),
    ]
    assert len(set(signatures)) == len(signatures)
    assert signature_of(ROWS, parameters=[1]) == signature_of([list(row) for row in ROWS], parameters=["1"])


def test_lock_returns_rows_by_key():
    one, two = make_provider(), make_provider()
    rows = lock_rows(Provider.objects, [two.pk, one.pk], "same", lambda: "same")
    assert rows == {one.pk: one, two.pk: two}
    assert lock_rows(Provider.objects, [one.pk], None, lambda: "other") == {one.pk: one}


@pytest.mark.parametrize("signature", ["", "old"])
def test_lock_refuses_another_signature(signature):
    one = make_provider()
    with pytest.raises(StalePreview, match="Nothing was done"):
        lock_rows(Provider.objects, [one.pk], signature, lambda: "new")


def test_lock_refuses_missing_rows():
    one = make_provider()
    with pytest.raises(StalePreview):
        lock_rows(Provider.objects, [one.pk, one.pk + 1], None, lambda: "")
