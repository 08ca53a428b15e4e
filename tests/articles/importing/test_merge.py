import pytest
from hypothesis import given
from hypothesis import strategies as st

from articles.choices import MergePolicy
from articles.importing.merge import merge_fields, merge_lists, merge_sets, updated_removals

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


@pytest.mark.parametrize(
    ("policy", "is_set", "base", "ours", "theirs", "value", "is_conflict"),
    [
        (MergePolicy.ASK, False, 50, 77, 60, 77, True),
        (MergePolicy.DESK, False, 50, 77, 60, 77, False),
        (MergePolicy.UNTIL_DESK, False, 50, 77, 60, 77, False),
        (MergePolicy.UNTIL_DESK, True, 50, 77, 60, 77, False),
        # The desk has upstream's former value.
        (MergePolicy.ASK, True, 50, 50, 60, 60, False),
        (MergePolicy.DESK, True, 50, 50, 60, 60, False),
        (MergePolicy.UNTIL_DESK, True, 50, 50, 60, 50, False),
        (MergePolicy.UNTIL_DESK, False, 50, 50, 60, 60, False),
        # Upstream drops the value.
        (MergePolicy.ASK, False, 50, 80, None, 80, True),
        (MergePolicy.UNTIL_DESK, False, 50, 80, None, 80, False),
    ],
)
def test_policy_decides_which_side_wins(policy, is_set, base, ours, theirs, value, is_conflict):
    desk_fields = {"heat"} if is_set else set()
    merge = merge_fields({"heat": base}, {"heat": ours}, {"heat": theirs}, {"heat": policy}, desk_fields)
    assert merge.changes.get("heat", ours) == value
    assert merge.conflicts == (["heat"] if is_conflict else [])


@given(FIELDS, FIELDS, FIELDS, st.sampled_from(MergePolicy), st.sets(st.sampled_from(["title", "heat"])))
def test_no_policy_loses_an_edit_and_only_asking_makes_conflicts(base, ours, theirs, policy, desk_fields):
    merge = merge_fields(base, ours, theirs, dict.fromkeys(base, policy), desk_fields)
    for name in base:
        if ours[name] != base[name]:
            assert name not in merge.changes
    assert policy is MergePolicy.ASK or not merge.conflicts
    merged = {**ours, **merge.changes}
    again = merge_fields(theirs, merged, theirs, dict.fromkeys(base, policy), desk_fields)
    assert (again.changes, again.conflicts) == ({}, [])


STEPS = st.lists(st.tuples(st.booleans(), SETS), max_size=12)


@given(SETS, STEPS)
def test_what_the_desk_removed_from_a_set_stays_removed(base, steps):
    """Upstream sends any sequence of sets; the desk removes an item, and adds it again, at any time."""
    ours, removed, desk_removed = list(base), [], set()
    for is_desk, items in steps:
        if is_desk:
            desk_removed = (desk_removed | (set(ours) - set(items))) - set(items)
            # As the desk's changes are recorded.
            removed = [item for item in dict.fromkeys([*removed, *ours]) if item not in items]
            ours = list(items)
            continue
        removed = updated_removals(removed, base, ours)
        ours, base = merge_sets(base, ours, items, removed), items
        assert not desk_removed & set(ours)
        assert merge_sets(base, ours, items, updated_removals(removed, base, ours)) == ours


@given(ROWS, st.lists(st.tuples(st.sampled_from(range(6)), ROWS), max_size=8))
def test_a_removed_row_stays_removed_in_any_sequence(base, steps):
    ours, removed, desk_removed = dict(base), [], set()
    for key, theirs in steps:
        if key in ours:
            del ours[key]
            desk_removed.add(key)
        removed = updated_removals(removed, base, ours)
        ours = apply_lists(ours, merge_lists(base, ours, theirs, removed=removed))
        base = theirs
        # A row is the desk's to remove only if the story had it.
        assert not desk_removed & ours.keys()
        again = merge_lists(base, ours, theirs, removed=updated_removals(removed, base, ours))
        assert (again.create, again.delete, again.order) == ({}, [], list(ours))


@given(ROWS, ROWS, st.integers(0, 5))
def test_what_the_desk_put_first_stays_first(base, theirs, position):
    """The desk adds a row at any position; upstream's rows around it stay in upstream's order."""
    row = {"title": 0}
    ours = dict([*list(base.items())[:position], ("desk", row), *list(base.items())[position:]])
    order = list(apply_lists(ours, merge_lists(base, ours, theirs)))
    assert [key for key in order if key != "desk"] == list(theirs)
    if next(iter(ours)) == "desk":
        assert order[0] == "desk"


def test_first_row_of_the_desk_stays_first_while_the_story_has_it():
    row = {"title": 1}
    assert merge_lists({"b": row}, {"b": row}, {"d": row, "b": row}, first="b").order == ["b", "d"]
    assert merge_lists({"b": row}, {"b": row}, {"d": row}, first="b").order == ["d"]


def test_desk_row_follows_the_row_before_it():
    row = {"title": 1}
    base, ours = {"a": row, "b": row}, {"a": row, "c": row, "b": row}
    assert merge_lists(base, ours, {"b": row, "d": row, "a": row}).order == ["b", "d", "a", "c"]


def test_row_that_both_added_keeps_our_words_and_gets_missing_values():
    ours = {"a": {"title": "Ours", "excerpt": "", "quality": 0, "date": None}}
    theirs = {"a": {"title": "Theirs", "excerpt": "Theirs", "quality": 5, "date": None}}
    merge = merge_lists({}, ours, theirs)
    assert (merge.update, merge.create, merge.conflicts) == ({"a": {"excerpt": "Theirs"}}, {}, [])


def test_list_of_the_desk_is_left_alone():
    row = {"title": 1}
    merge = merge_lists({"a": row, "b": row}, {"b": row}, {"c": row}, is_desk_owned=True)
    assert (merge.create, merge.update, merge.delete, merge.order) == ({}, {}, [], ["b"])
    assert merge_sets(["a"], ["b"], ["c"], is_desk_owned=True) == ["b"]


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
