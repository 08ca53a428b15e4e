"""What the headers of a response mean."""

import pytest
from django.utils.http import http_date

from newsroom.fetching.responses import MAX_RETRY_AFTER, Response, header_values, retry_after, usable_validator


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("image/jpeg", "image/jpeg"),
        ("IMAGE/JPEG ; charset=x", "image/jpeg"),
        (";", ""),
        ("", ""),
    ],
)
def test_media_types(value, expected):
    assert Response("http://a.example/", 200, {"content-type": value}, b"").content_type == expected
    assert Response("http://a.example/", 200, {}, b"").content_type == ""


def test_header_names_are_in_lower_case_and_repeated_ones_are_joined():
    items = [(b"Vary", b"a"), (b"X-Text", "ä".encode()), (b"vary", b"b"), (b"X-Bytes", b"\xff")]
    assert header_values(items) == {"vary": "a, b", "x-text": "ä", "x-bytes": "\ufffd"}


@pytest.mark.parametrize(
    ("value", "is_usable"),
    [
        ('"1"', True),
        ('W/"a b"', True),
        ("x" * 255, True),
        ("x" * 256, False),
        ("", False),
        (" x", False),
        ("é", False),
        ("x\r\ny", False),
        ("x\n", False),
        ("\x7f", False),
    ],
)
def test_validators(value, is_usable):
    assert usable_validator(value) == (value if is_usable else "")
    result = Response("http://a.example/", 200, {"etag": value, "last-modified": value}, b"")
    assert (result.etag, result.last_modified) == (usable_validator(value), usable_validator(value))


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("0", 0),
        (" 120 ", 120),
        ("86400", MAX_RETRY_AFTER),
        ("86401", MAX_RETRY_AFTER),
        ("9" * 10_000, MAX_RETRY_AFTER),
        ("0" * 20 + "5", 5),
        ("-1", 0),
        ("1.5", 0),
        ("²", 0),
        ("soon", 0),
        ("", 0),
        ("Thu, 26 Nov 2015 10:00:00 GMT", 0),
        ("Thu, 26 Nov 9999 10:00:00 GMT", MAX_RETRY_AFTER),
    ],
)
def test_retry_after(value, seconds):
    assert retry_after({"retry-after": value}) == seconds


def test_retry_after_as_a_date(monkeypatch):
    monkeypatch.setattr("newsroom.fetching.responses.time", lambda: 1_800_000_000.25)
    assert retry_after({"retry-after": http_date(1_800_000_060)}) == 59.75
    assert retry_after({}) == 0
