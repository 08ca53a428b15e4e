"""Errors as they are stored and shown."""

import pytest
from django.utils.translation import override

from newsroom.fetching import FetchFailed, FetchRefused, Reason


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (FetchRefused(Reason.PORT, "22"), "The port is neither 80 nor 443: 22"),
        (FetchFailed(Reason.TIMEOUT), "The server took too long"),
    ],
)
def test_errors_as_text(error, text):
    with override("en"):
        assert str(error) == text


def test_which_errors_are_temporary():
    temporary = [reason.value for reason in Reason if FetchFailed(reason).is_temporary]
    assert temporary == ["resolver", "connection", "timeout", "protocol", "paused"]


def test_reasons_are_short_enough_to_be_stored():
    assert max(map(len, Reason.values)) <= 16
