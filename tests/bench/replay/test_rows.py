"""The replay's model of a story's lists."""

import pytest

from bench.replay.rows import Lists

ITEM = {"title": "A", "images": {}}


def related(*keys):
    return {"related": {key: dict(ITEM) for key in keys}, "images": {}}


@pytest.fixture
def lists():
    """Coverage with one URL twice, of which the desk hid the second, and another piece."""
    lists = Lists(related(("twice", 0), ("twice", 1), ("once", 0)))
    lists.hide_row(("twice", 1))
    lists.orders["related"].first = ("twice", 1)
    return lists


def receive(lists, theirs):
    lists.receive_rows("related", theirs["related"])
    lists.upstream = theirs


def test_hidden_second_piece_is_the_first_once_upstream_drops_both(lists):
    receive(lists, related(("once", 0)))
    assert {key: row.is_hidden for key, row in lists.rows["related"].items()} == {
        ("twice", 0): True,
        ("once", 0): False,
    }
    assert lists.orders["related"].first == ("twice", 0)
    receive(lists, related(("twice", 0), ("once", 0)))
    assert lists.rows["related"][("twice", 0)].is_hidden


def test_removing_the_first_of_two_removes_one(lists):
    lists.remove_row("related", ("twice", 0))
    assert [*lists.rows["related"]] == [("twice", 0), ("once", 0)]
    assert lists.removed["related"] == {("twice", 1)}
