"""Dates and times as people read them, in both languages and at every boundary."""

import re
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone, translation

from newsroom import dates
from newsroom.dates import (
    brief_time,
    clock_time,
    format_day,
    format_day_in_full,
    format_day_of_year,
    format_duration,
    format_long_day,
    format_month,
    format_month_name,
    format_time,
    format_weekday,
    relative_step,
    relative_time,
    short_time,
    time_ago,
)
from tests.conftest import ROOT

# A Friday.
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
EVENING = datetime(2026, 11, 27, 17, 30, tzinfo=UTC)
SECOND = timedelta(seconds=1)


@pytest.fixture
def in_berlin():
    with timezone.override("Europe/Berlin"):
        yield


@pytest.fixture
def in_german():
    with translation.override("de"):
        yield


@pytest.fixture(autouse=True)
def at_noon(monkeypatch):
    stop_clock(monkeypatch, NOON)


def stop_clock(monkeypatch, now):
    monkeypatch.setattr(timezone, "now", lambda: now)


class TestExactTimes:
    @pytest.mark.parametrize(
        ("zone", "text"),
        [
            ("UTC", "27 Nov 2026, 17:30 UTC"),
            ("Europe/Berlin", "27 Nov 2026, 18:30 CET"),
            ("America/New_York", "27 Nov 2026, 12:30 EST"),
            ("Asia/Tokyo", "28 Nov 2026, 02:30 JST"),
            # Zones without an abbreviation.
            ("America/Sao_Paulo", "27 Nov 2026, 14:30 UTC-03"),
            ("Asia/Kathmandu", "27 Nov 2026, 23:15 UTC+0545"),
        ],
    )
    def test_the_zone_is_named(self, zone, text):
        with timezone.override(zone):
            assert format_time(EVENING) == text

    @pytest.mark.usefixtures("in_berlin")
    def test_the_repeated_hour_is_distinguished_by_its_zone(self):
        twice = [datetime(2026, 10, 25, hour, 30, tzinfo=UTC) for hour in (0, 1)]
        assert [format_time(when) for when in twice] == ["25 Oct 2026, 02:30 CEST", "25 Oct 2026, 02:30 CET"]

    @pytest.mark.usefixtures("in_berlin")
    def test_the_year_is_that_of_the_zone(self):
        end_of_year = datetime(2026, 12, 31, 22, 59, 59, tzinfo=UTC)
        assert format_time(end_of_year) == "31 Dec 2026, 23:59 CET"
        assert format_time(end_of_year + SECOND) == "1 Jan 2027, 00:00 CET"

    @pytest.mark.parametrize(
        ("when", "zone", "text"),
        [
            (datetime.max.replace(tzinfo=UTC), "Asia/Tokyo", "31 Dec 9999, 23:59 UTC"),
            (datetime.min.replace(tzinfo=UTC), "America/New_York", "1 Jan 1, 00:00 UTC"),
        ],
    )
    def test_times_that_no_zone_can_express_are_in_utc(self, when, zone, text):
        with timezone.override(zone):
            assert format_time(when) == text
            assert relative_time(when) == format_day(when) == text.partition(",")[0]

    @pytest.mark.usefixtures("in_berlin", "in_german")
    def test_german(self):
        assert format_time(EVENING) == "27. Nov. 2026, 18:30 Uhr (MEZ)"
        assert format_time(datetime(2031, 6, 15, 3, tzinfo=UTC)) == "15. Juni 2031, 05:00 Uhr (MESZ)"
        assert clock_time(EVENING) == "18:30 Uhr (MEZ)"
        with timezone.override("UTC"):
            assert clock_time(EVENING) == "17:30 Uhr (UTC)"

    @pytest.mark.usefixtures("in_berlin")
    def test_a_time_without_its_day(self):
        assert clock_time(EVENING) == "18:30 CET"

    @pytest.mark.usefixtures("in_berlin")
    def test_a_brief_time_has_its_day_unless_it_is_today(self):
        midnight = datetime(2026, 11, 19, 23, tzinfo=UTC)
        assert brief_time(midnight) == "00:00 CET"
        assert brief_time(midnight - SECOND) == "19 Nov 2026, 23:59 CET"

    @pytest.mark.usefixtures("in_berlin")
    def test_a_time_in_short_is_a_clock_time_only_today(self):
        midnight = datetime(2026, 11, 19, 23, tzinfo=UTC)
        assert short_time(midnight) == "00:00"
        assert short_time(midnight - SECOND) == "19 Nov 2026"
        assert short_time(midnight + timedelta(days=1) - SECOND) == "23:59"
        assert short_time(midnight + timedelta(days=1)) == "21 Nov 2026"


class TestDays:
    DAY = date(2026, 11, 20)

    def test_english(self):
        assert format_day(self.DAY) == "20 Nov 2026"
        assert format_day_of_year(self.DAY) == "20 Nov"
        assert format_weekday(self.DAY) == "Friday"
        assert format_long_day(self.DAY) == "20 November 2026"
        assert format_day_in_full(self.DAY) == "Friday, 20 November 2026"
        assert format_month(self.DAY) == "November 2026"
        assert format_month_name(self.DAY) == "November"

    @pytest.mark.usefixtures("in_german")
    def test_german(self):
        assert format_day(self.DAY) == "20. Nov. 2026"
        assert format_day_of_year(self.DAY) == "20. Nov."
        assert format_weekday(self.DAY) == "Freitag"
        assert format_long_day(self.DAY) == "20. November 2026"
        assert format_day_in_full(self.DAY) == "Freitag, 20. November 2026"
        assert format_month(self.DAY) == "November 2026"
        assert format_month_name(date(2031, 3, 1)) == "März"

    @pytest.mark.parametrize(
        ("language", "months"),
        [
            ("en", "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec"),
            ("de", "Jan. Feb. März Apr. Mai Juni Juli Aug. Sept. Okt. Nov. Dez."),
        ],
    )
    def test_short_months(self, language, months):
        with translation.override(language):
            days = [format_day(date(2031, month, 1)) for month in range(1, 13)]
            assert [day.split()[1] for day in days] == dates.short_months() == months.split()

    def test_the_day_of_a_time_is_that_of_the_zone(self):
        late = datetime(2026, 11, 20, 23, tzinfo=UTC)
        assert format_day(late) == "20 Nov 2026"
        with timezone.override("Europe/Berlin"):
            assert format_day(late) == "21 Nov 2026"
            assert format_weekday(late) == "Saturday"


class TestRelativeTimes:
    @pytest.mark.parametrize(
        ("age", "english", "german"),
        [
            (timedelta(0), "just now", "gerade eben"),
            (timedelta(seconds=59), "just now", "gerade eben"),
            (timedelta(minutes=1), "1 minute ago", "vor 1 Minute"),
            (timedelta(minutes=59, seconds=59), "59 minutes ago", "vor 59 Minuten"),
            (timedelta(hours=1), "1 hour ago", "vor 1 Stunde"),
            (timedelta(hours=24) - SECOND, "23 hours ago", "vor 23 Stunden"),
            (timedelta(hours=24), "Thursday", "Donnerstag"),
            # The first and the last moment of the sixth day before today, and of the day before that.
            (timedelta(days=6, hours=12), "Saturday", "Samstag"),
            (timedelta(days=6, hours=12) + SECOND, "13 Nov 2026", "13. Nov. 2026"),
            (timedelta(days=7), "13 Nov 2026", "13. Nov. 2026"),
            (timedelta(days=8), "12 Nov 2026", "12. Nov. 2026"),
            (timedelta(days=365), "20 Nov 2025", "20. Nov. 2025"),
            (-SECOND, "20 Nov 2026", "20. Nov. 2026"),
            (timedelta(days=-7), "27 Nov 2026", "27. Nov. 2026"),
        ],
    )
    def test_every_boundary(self, age, english, german):
        assert relative_time(NOON - age) == english
        with translation.override("de"):
            assert relative_time(NOON - age) == german

    def test_age_alone_is_shown_for_less_than_a_day(self):
        ages = [timedelta(hours=24) - SECOND, timedelta(hours=24), timedelta(days=8), -SECOND]
        assert [time_ago(NOON - age) for age in ages] == ["23 hours ago", "", "", ""]

    @pytest.mark.parametrize("zone", ["UTC", "Europe/Berlin", "America/New_York", "Pacific/Kiritimati"])
    @pytest.mark.parametrize("hours", [0, 9, 23])
    def test_a_day_is_shown_in_one_form_and_today_never_as_a_weekday(self, monkeypatch, zone, hours):
        now = NOON + timedelta(hours=hours)
        stop_clock(monkeypatch, now)
        with timezone.override(zone):
            forms = {}
            for age in range(24, 24 * 10):
                when = now - timedelta(hours=age)
                forms.setdefault(dates.local_day(when), set()).add(relative_time(when))
            today = dates.local_day(now)
            weekdays = {day: format_weekday(day) for day in forms if (today - day).days <= 6}
            assert len(weekdays) == 6
            assert forms == {day: {weekdays.get(day) or format_day(day)} for day in forms}

    @pytest.mark.usefixtures("in_berlin")
    def test_on_the_day_that_has_25_hours_its_first_hour_is_shown_as_the_weekday(self, monkeypatch):
        berlin = ZoneInfo("Europe/Berlin")
        stop_clock(monkeypatch, datetime(2026, 10, 25, 23, 50, tzinfo=berlin).astimezone(UTC))
        assert relative_time(datetime(2026, 10, 25, 0, 10, tzinfo=berlin)) == "Sunday"
        assert relative_time(datetime(2026, 10, 25, 0, 51, tzinfo=berlin)) == "23 hours ago"

    def test_over_the_change_of_the_year(self, monkeypatch):
        stop_clock(monkeypatch, datetime(2027, 1, 1, 0, 30, tzinfo=UTC))
        last_day = datetime(2026, 12, 31, 23, 45, tzinfo=UTC)
        assert relative_time(last_day) == "45 minutes ago"
        assert relative_time(last_day - timedelta(days=1)) == "Wednesday"
        assert relative_time(last_day - timedelta(days=7)) == "24 Dec 2026"

    @pytest.mark.parametrize("zone", ["UTC", "Europe/Berlin", "America/New_York"])
    def test_equal_steps_mean_equal_texts(self, monkeypatch, zone):
        """Cached cards rely on this."""
        when, texts = NOON - timedelta(minutes=10), {}
        with timezone.override(zone):
            for minutes in [*range(180), *range(180, 60 * 24 * 9, 20)]:
                now = when + timedelta(minutes=minutes)
                stop_clock(monkeypatch, now)
                texts.setdefault(relative_step(when, now), set()).add(relative_time(when))
        assert all(len(forms) == 1 for forms in texts.values())
        assert len(texts) == 60 + 23 + 2


class TestDurations:
    @pytest.mark.parametrize(
        ("length", "text"),
        [
            (timedelta(seconds=-1), "0 seconds"),
            (timedelta(seconds=1), "1 second"),
            (timedelta(seconds=59), "59 seconds"),
            (timedelta(seconds=60), "1 minute"),
            (timedelta(hours=3, minutes=20), "3 hours, 20 minutes"),
        ],
    )
    def test_english(self, length, text):
        assert format_duration(length).replace("\xa0", " ") == text

    @pytest.mark.usefixtures("in_german")
    def test_german(self):
        assert format_duration(timedelta(hours=3, minutes=1)).replace("\xa0", " ") == "3 Stunden, 1 Minute"


# What formats dates for people, in Python, in templates, and in the browser.
FORMATTING = {
    "*.py": re.compile(
        r"\b(date_format|time_format|timesince|timeuntil|naturaltime|naturalday|strftime)\b(?!=)|:%[-\w. ]*%[bBcxX]"
    ),
    "*.html": re.compile(r"\|\s*(date|time|timesince|timeuntil|naturaltime|naturalday)\b|strftime|\{%\s*now\b"),
    "*.js": re.compile(r"toLocale(Date|Time)?String|toDateString|toTimeString"),
}
PLACES = ("newsroom", "providers", "articles", "reader", "desk", "demo", "templates", "static/js")


def test_no_other_module_formats_dates_for_people():
    others = [
        f"{path.relative_to(ROOT)}: {match[0]}"
        for place in PLACES
        for pattern, formatting in FORMATTING.items()
        for path in sorted((ROOT / place).rglob(pattern))
        if path != ROOT / "newsroom/dates.py"
        for match in formatting.finditer(path.read_text())
    ]
    assert others == []
