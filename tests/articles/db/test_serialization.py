"""Rows as JSON: what a snapshot or the history stores of a row."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from articles.choices import State
from articles.db.serialization import deserialize_row, serialize_row, writable_fields
from articles.models import Article, Image, UpstreamDocument
from tests.factories import make_story

pytestmark = pytest.mark.django_db


def test_every_column_is_json_and_comes_back():
    story = make_story(duration=timedelta(hours=1, seconds=2.5), authors=["Ada"], quality=7, rating_average=4.5)
    story.published_at = datetime(2026, 11, 20, 10, tzinfo=UTC)
    row = serialize_row(story)
    assert row.keys() == writable_fields(Article).keys()
    assert json.loads(json.dumps(row)) == row
    assert row["published_at"] == "2026-11-20T10:00:00+00:00"
    assert row["duration"] == "3602.5"
    assert (row["authors"], row["quality"], row["state"]) == (["Ada"], 7, State.PUBLISHED.value)
    assert deserialize_row(Article, row) == {name: getattr(story, name) for name in writable_fields(Article)}


def test_columns_are_omitted():
    image = Image(url="https://img.example/1.jpg")
    assert "position" not in serialize_row(image, omit=("id", "position"))


def test_column_that_was_not_loaded_is_read():
    UpstreamDocument.objects.create(article=make_story(), body="Text", identity="a" * 32)
    document = UpstreamDocument.objects.defer("body").get()
    assert serialize_row(document)["body"] == "Text"
