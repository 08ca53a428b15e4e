from datetime import UTC, datetime

import pytest
from django import forms
from django.contrib import admin
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.utils import timezone, translation

from articles.models import Article
from desk.bulk.bulk_form import BulkForm
from desk.date_fields import DateTimeField


@pytest.fixture(autouse=True)
def in_berlin():
    with timezone.override("Europe/Berlin"):
        yield


@pytest.mark.parametrize(
    ("date", "time", "moment"),
    [
        ("2026-11-28", "20:00", datetime(2026, 11, 28, 19, tzinfo=UTC)),
        ("2026-11-28", "20:00:30", datetime(2026, 11, 28, 19, 0, 30, tzinfo=UTC)),
        (" 2026-07-01 ", " 08:15 ", datetime(2026, 7, 1, 6, 15, tzinfo=UTC)),
        # The last and the first minute that there is on the days the clocks change.
        ("2027-03-28", "01:59", datetime(2027, 3, 28, 0, 59, tzinfo=UTC)),
        ("2027-03-28", "03:00", datetime(2027, 3, 28, 1, tzinfo=UTC)),
        ("2026-10-25", "01:59", datetime(2026, 10, 24, 23, 59, tzinfo=UTC)),
        ("2026-10-25", "03:00", datetime(2026, 10, 25, 2, tzinfo=UTC)),
    ],
)
def test_a_time_of_the_current_zone(date, time, moment):
    assert DateTimeField().clean([date, time]) == moment


@pytest.mark.parametrize(
    ("date", "time", "reason"),
    [
        ("2026-11-28", "8:00 pm", ""),
        ("28.11.2026", "20:00", ""),
        ("01/12/2026", "20:00", ""),
        ("11/28/26", "20:00", ""),
        ("2026-11-28", "", ""),
        ("2026-02-30", "20:00", ""),
        ("2027-03-28", "02:00", "02:00 does not exist on 2027-03-28: the clocks go forward. Choose another time. "),
        ("2027-03-28", "02:59", "02:59 does not exist on 2027-03-28: the clocks go forward. Choose another time. "),
        (
            "2026-10-25",
            "02:30",
            "02:30 occurs twice on 2026-10-25: the clocks go back. Choose a time before or after that hour. ",
        ),
    ],
)
def test_any_other_time_is_refused_with_the_format_and_the_zone(date, time, reason):
    with pytest.raises(ValidationError) as error:
        DateTimeField(required=False).clean([date, time])
    taken = "Enter the date as 2026-11-28 and the time as 20:00 (24-hour clock, Europe/Berlin)."
    assert error.value.messages == [f"{reason}{taken}"]


@pytest.mark.parametrize("date", ["1899-12-31", "2200-01-01", "0001-01-01", "9999-12-31"])
def test_a_year_no_story_is_of_is_refused(date):
    with pytest.raises(ValidationError, match="Enter a year between 1900 and 2199"):
        DateTimeField().clean([date, "00:00"])


def test_a_german_date_is_accepted_in_german_as_the_calendar_writes_it():
    with translation.override("de"):
        for date in ("28.11.2026", "2026-11-28"):
            assert DateTimeField().clean([date, "20:00"]) == datetime(2026, 11, 28, 19, tzinfo=UTC)
        with pytest.raises(ValidationError, match=r"28\.11\.2026"):
            DateTimeField().clean(["11/28/2026", "20:00"])


def test_an_unchanged_value_keeps_its_exact_time():
    field = DateTimeField()
    # 02:30 for the second time, with a fraction of a second that no form shows.
    field.stored = datetime(2026, 10, 25, 1, 30, 0, 123456, tzinfo=UTC)
    assert field.clean(["2026-10-25", "02:30:00"]) == field.stored
    with pytest.raises(ValidationError):
        field.clean(["2026-10-25", "02:31:00"])


@pytest.mark.django_db
def test_every_date_time_input_of_the_desk_is_this_field(rf, administrator):
    request = rf.get("/")
    request.user = administrator
    names = {}
    for model in (User, Article):
        form = admin.site.get_model_admin(model).get_form(request, administrator if model is User else None)
        names[model] = fields_that_split_a_time(form)
    names[BulkForm] = fields_that_split_a_time(BulkForm)
    assert names == {
        User: {"last_login": DateTimeField, "date_joined": DateTimeField},
        Article: dict.fromkeys(["published_at", "revised_at", "visible_until", "publish_at"], DateTimeField),
        BulkForm: {"visible_from": DateTimeField},
    }


def fields_that_split_a_time(form):
    return {name: type(field) for name, field in form.base_fields.items() if isinstance(field, forms.MultiValueField)}


@pytest.mark.parametrize(
    ("help_text", "shown"),
    [("", "Time zone: Europe/Berlin."), ("Required to schedule.", "Required to schedule. Time zone: Europe/Berlin.")],
)
def test_the_help_text_names_the_time_zone(help_text, shown):
    assert DateTimeField(help_text=help_text).help_text == shown
