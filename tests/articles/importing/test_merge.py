import pytest
from hypothesis import given
from hypothesis import strategies as st

from articles.importing.merge import merge_fields, merge_lists, merge_sets

FIELDS = st.fixed_dictionaries({"title": st.integers(0, 2), "heat": st.integers(0, 2), "excerpt": st.integers(0, 2)})
ROWS = st.lists(st.integers(0, 5), unique=True, max_size=5).flatmap(
    lambda keys: st.fixed_dictionaries({key: st.fixed_dictionaries({"title": st.integers(0, 1)}) for key in keys})
)
SETS = st.lists(st.sampled_from("abcd"), unique=True, max_size=4)


def apply_lists(ours, merge):
    """Return the rows after a ListMerge."""
    rows = {key: dict(row) for key, row in ours.items() if key not in merge.delete} | merge.create
    for key, changes in merge.update.items():
        rows[key] = {**rows[key], **changes}
    return {key: rows[key] for key in merge.order}


def test_only_upstream_changed():
    merge = merge_fields({"heat": 1}, {"heat": 1}, {"heat": 2})
    assert (merge.changes, merge.conflicts) == ({"heat": 2}, [])


def test_only_the_desk_changed():
    merge = merge_fields({"heat": 1}, {"heat": 9}, {"heat": 1})
    assert (merge.changes, merge.conflicts) == ({}, [])


def test_different_changes_are_a_conflict_and_ours_stays():
    merge = merge_fields({"heat": 1}, {"heat": 9}, {"heat": 2})
    assert (merge.changes, merge.conflicts) == ({}, ["heat"])


def test_equal_changes_are_no_conflict():
    merge = merge_fields({"heat": 1}, {"heat": 2}, {"heat": 2})
    assert (merge.changes, merge.conflicts) == ({}, [])


@given(FIELDS, FIELDS, FIELDS)
def test_merge_fields_loses_no_edit_and_no_uncontested_change(base, ours, theirs):
    merge = merge_fields(base, ours, theirs)
    merged = {**ours, **merge.changes}
    for name in base:
        if ours[name] != base[name]:
            assert merged[name] == ours[name]
        else:
            assert merged[name] == theirs[name]
        contested = ours[name] != base[name] != theirs[name] != ours[name]
        assert (name in merge.conflicts) == contested
    assert merge_fields(theirs, merged, theirs).changes == {}


@given(SETS, SETS, SETS)
def test_merge_sets_keeps_additions_and_removals_of_both(base, ours, theirs):
    merged = merge_sets(base, ours, theirs)
    added_here = set(ours) - set(base)
    added_there = set(theirs) - set(base)
    kept_by_both = set(base) & set(ours) & set(theirs)
    assert set(merged) == kept_by_both | (added_here - (set(base) - set(theirs))) | added_there
    assert len(merged) == len(set(merged))
    assert merge_sets(theirs, merged, theirs) == merged


@given(ROWS, ROWS)
def test_merge_lists_without_edits_equals_upstream(base, theirs):
    assert list(apply_lists(base, merge_lists(base, base, theirs)).items()) == list(theirs.items())


@given(ROWS, ROWS, ROWS)
def test_merge_lists_loses_no_edit(base, ours, theirs):
    merged = apply_lists(ours, merge_lists(base, ours, theirs))
    for key, row in ours.items():
        if key not in base or row != base[key]:
            assert merged[key] == row if key not in theirs or key not in base else key in merged
    for key in base:
        if key not in ours:
            assert key not in merged
    for key, row in theirs.items():
        if key not in base and key not in ours:
            assert merged[key] == row
    again = merge_lists(theirs, merged, theirs)
    assert (again.create, again.update, again.delete) == ({}, {}, [])


def test_pinned_row_is_not_removed():
    rows = {"a": {"title": 1}, "b": {"title": 1}}
    merge = merge_lists(rows, rows, {}, pinned={"a"})
    assert merge.delete == ["b"]
    assert merge.order == ["a"]


def test_order_of_the_desk_stays():
    row = {"title": 1}
    base = {"a": row, "b": row}
    merge = merge_lists(base, {"b": row, "a": row}, {"a": row, "b": row, "c": row})
    assert merge.order == ["b", "a", "c"]


def test_row_of_the_desk_stays_in_its_place_while_upstream_keeps_its_order():
    old, new = {"title": 1}, {"title": 2}
    base = {"a": old, "b": old}
    merge = merge_lists(base, {"a": old, "ours": old, "b": old}, {"a": new, "b": old})
    assert (merge.order, merge.update) == (["a", "ours", "b"], {"a": new})


def test_row_changed_on_both_sides_is_a_conflict_and_ours_stays():
    base, ours, theirs = ({"a": {"title": title, "text": 0}} for title in (1, 2, 3))
    merge = merge_lists(base, ours, theirs)
    assert (merge.conflicts, merge.update, merge.changes_rows(ours)) == (["a"], {}, False)


def test_row_removed_on_both_sides_is_not_deleted_again():
    row = {"title": 1}
    merge = merge_lists({"a": row, "b": row}, {"b": row}, {"b": row})
    assert (merge.delete, merge.order, merge.changes_rows({"b": row})) == ([], ["b"], False)


@pytest.mark.parametrize(
    "theirs",
    [
        {"a": {"title": 1}, "b": {"title": 1}, "c": {"title": 1}},
        {"a": {"title": 2}, "b": {"title": 1}},
        {"a": {"title": 1}},
        {"b": {"title": 1}, "a": {"title": 1}},
    ],
    ids=["created", "updated", "deleted", "reordered"],
)
def test_every_kind_of_change_changes_rows(theirs):
    rows = {"a": {"title": 1}, "b": {"title": 1}}
    assert not merge_lists(rows, rows, rows).changes_rows(rows)
    assert merge_lists(rows, rows, theirs).changes_rows(rows)
