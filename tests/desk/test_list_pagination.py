"""Pages of long lists."""

import pytest

from tests.desk.pages import STORIES, keys_shown
from tests.factories import make_story

pytestmark = pytest.mark.django_db


def test_long_list_is_counted_to_the_limit(desk, monkeypatch):
    monkeypatch.setattr("desk.list_pagination.COUNTED", 60)
    for _number in range(70):
        make_story()
    page = desk.get(STORIES)
    assert page.context["cl"].result_count == 60
    assert "more than 60" in page.content.decode()
    assert len(keys_shown(desk, p=2)) == 10
    # Beyond the last page, which may have been emptied since, that page is shown.
    assert len(keys_shown(desk, p=3)) == 10
    # So many are they, and all of them can be selected.
    assert "Select all stories in this list (more than" in desk.get(STORIES).content.decode()
