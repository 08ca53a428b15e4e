"""Differences between two states, and reverting them."""

from hypothesis import given
from hypothesis import strategies as st

from articles.history.differences import difference, revert

CELLS = st.dictionaries(st.sampled_from(["title", "position", "url"]), st.integers(0, 3), min_size=3, max_size=3)


STATES = st.fixed_dictionaries(
    {
        "title": st.text(max_size=3),
        "topics": st.lists(st.text(max_size=2), max_size=3),
        "images": st.dictionaries(st.sampled_from("123"), CELLS),
        "related": st.dictionaries(st.sampled_from("123"), CELLS),
    }
)


@given(STATES, STATES)
def test_reverting_changes_gives_the_state_before(before, after):
    changes = difference(before, after)
    assert revert(after, changes) == before
    assert not difference(before, before)
    assert set(changes) == {field for field in before if before[field] != after[field]}
