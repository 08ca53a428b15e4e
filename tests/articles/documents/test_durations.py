from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from articles.documents.durations import LONGEST, duration_in_words, duration_of, is_iso_duration, iso_duration


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("PT17M39S", timedelta(minutes=17, seconds=39)),
        ("P1W", timedelta(weeks=1)),
        ("P1DT2H", timedelta(days=1, hours=2)),
        ("PT36H", timedelta(hours=36)),
        ("P1.5D", timedelta(hours=36)),
        ("PT0,5H", timedelta(minutes=30)),
        ("P0Y0M5D", timedelta(days=5)),
        ("P0000-00-04T12:30:05", timedelta(days=4, hours=12, minutes=30, seconds=5)),
        (f"P{LONGEST.days}D", LONGEST),
        (f"P{LONGEST.days}DT1S", None),
        ("P999999999W", None),
        ("P1M", None),
        ("P3Y6M4DT12H30M5S", None),
        ("P0003-06-04T12:30:05", None),
    ],
)
def test_iso_8601_durations_are_read(text, length):
    assert is_iso_duration(text)
    assert duration_of(text) == length


@pytest.mark.parametrize("text", ["", "P", "PT", "P1", "PT5", "-P1D", "P1DT", "17 hours", "pt5m", "P1H", "P1S1M"])
def test_other_text_is_no_iso_8601_duration(text):
    assert not is_iso_duration(text)
    assert duration_of(text) is None


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("17 hours", timedelta(hours=17)),
        ("6 Weeks", timedelta(weeks=6)),
        ("9h", timedelta(hours=9)),
        ("6h 25m", timedelta(hours=6, minutes=25)),
        ("1h30m", timedelta(hours=1, minutes=30)),
        ("1 hour and 30 minutes", timedelta(hours=1, minutes=30)),
        ("1 hr, 5 min.", timedelta(hours=1, minutes=5)),
        ("1.5  hours", timedelta(minutes=90)),
        ("1:16", timedelta(minutes=1, seconds=16)),
        ("1:02:03", timedelta(hours=1, minutes=2, seconds=3)),
        ("1:75", None),
        ("3 months", None),
        ("ten minutes", None),
        ("90", None),
        ("self-paced", None),
        ("99999999:00", None),
        ("999999999 weeks", None),
        ("", None),
    ],
)
def test_common_text_for_a_length_is_read(text, length):
    assert duration_in_words(text) == length


@given(st.text(max_size=30) | st.from_regex(r"P?[0-9YMWDTHS:., a-z]{0,20}", fullmatch=True))
def test_no_text_raises(text):
    for length in (duration_of(text), duration_in_words(text)):
        assert length is None or timedelta(0) <= length <= LONGEST


@given(st.timedeltas(min_value=timedelta(0), max_value=LONGEST))
def test_written_durations_are_read_again(length):
    assert duration_of(iso_duration(length)) == timedelta(seconds=int(length.total_seconds()))
