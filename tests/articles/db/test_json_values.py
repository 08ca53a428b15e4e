"""JSON is read and written as the standard library would, whatever the database holds."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from articles.db.json_values import json_text, json_value_of
from articles.models import UpstreamDocument
from articles.models.fields import FastJSONField
from tests.factories import make_story

NUMBERS = st.integers(-(10**30), 10**30) | st.floats(allow_nan=False)
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | st.text(),
    lambda below: st.lists(below, max_size=4) | st.dictionaries(st.text(), below, max_size=4),
    max_leaves=12,
)


def same(value):
    """Return what two equal values have in common, where 1, 1.0 and true are three values."""
    return repr(value)


@given(VALUES)
def test_values_survive(value):
    assert same(json_value_of(json.dumps(value))) == same(value)
    text = json_text(value)
    assert text is None or same(json_value_of(text)) == same(value)


@pytest.mark.parametrize(
    "text",
    [
        "12345678901234567890123",
        "[-12345678901234567890123, 1]",
        '{"n": 18446744073709551616}',
        "18446744073709551615",
        "NaN",
        "[Infinity]",
        '"\\ud800"',
        "1e400",
    ],
)
def test_what_orjson_does_not_read_is_read(text):
    assert same(json_value_of(text)) == same(json.loads(text))


def test_deeply_nested_lists_are_read():
    value, depth = json_value_of("[" * 900 + "]" * 900), 1
    while value:
        value, depth = value[0], depth + 1
    assert depth == 900


def test_anything_else_is_refused():
    for text in ("", "{", "title: x", "{'a': 1}"):
        with pytest.raises(ValueError, match="Expecting"):
            json_value_of(text)


@pytest.mark.django_db
def test_columns_and_their_parts_are_read():
    values = {"quality": 12345678901234567890123, "title": "One", "tags": [True, 1, 1.5, None]}
    UpstreamDocument.objects.create(article=make_story(), values=values, identity="a" * 32)
    stored = UpstreamDocument.objects.values_list("values", "values__title", "values__tags", "values__missing")
    assert same(stored.get()) == same((values, "One", [True, 1, 1.5, None], None))


def test_field_is_an_ordinary_one_to_migrations():
    field = UpstreamDocument._meta.get_field("values")
    assert isinstance(field, FastJSONField)
    assert field.deconstruct()[1] == "django.db.models.JSONField"
