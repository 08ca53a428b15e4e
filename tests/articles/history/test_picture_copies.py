"""Rows of pictures that are restored keep or get the copy that is there now."""

import pytest

from articles.history.picture_copies import with_present_copy, without_copy
from articles.models import StoredPicture

BASE = "pictures/ab/" + "ab" * 16 + "-800x500.jpg"


def test_a_row_that_exists_keeps_its_copy():
    row = {"url": "https://x.example/", "file": "old", "source_id": 1, "stored_id": 2, "lead_score": 3, "alt": "A"}
    assert without_copy(row) == {"url": "https://x.example/", "alt": "A"}


@pytest.mark.django_db
class TestRowsThatAreCreatedAgain:
    def make_stored(self, **fields):
        values = {"digest": "ab" * 16, "file": BASE, "width": 800, "height": 500, "bytes": 1, **fields}
        return StoredPicture.objects.create(**values)

    def test_a_copy_that_is_there(self):
        stored = self.make_stored()
        row = with_present_copy({"url": "u", "file": BASE, "source_id": 7, "stored_id": 99, "lead_score": 20})
        assert row == {"url": "u", "file": BASE, "source_id": None, "stored_id": stored.pk, "lead_score": 20}

    def test_a_copy_that_was_removed(self):
        row = with_present_copy({"url": "u", "file": BASE, "lead_score": 20})
        assert row == {"url": "u", "file": "", "stored_id": None, "lead_score": 0}

    def test_a_copy_that_was_blocked(self):
        self.make_stored(is_blocked=True)
        assert with_present_copy({"file": BASE, "lead_score": 20})["file"] == ""

    def test_a_row_that_an_earlier_release_recorded_may_lead_as_then(self):
        row = with_present_copy({"url": "u", "file": "pictures/storm.jpg"})
        assert row == {"url": "u", "file": "pictures/storm.jpg", "stored_id": None, "lead_score": 1}

    def test_a_row_without_a_copy(self):
        assert with_present_copy({"url": "u", "file": ""}) == {"url": "u", "file": "", "stored_id": None}
