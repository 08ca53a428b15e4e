"""The differences between two states of a story, and reverting them. Pure.

A state is {field: value}; the value of a field in ROW_FIELDS is {key: {column: value}}, its rows by their keys.
Changes are {field: [before, after]}. For ROW_FIELDS they are {field: {key: [before, after]}} with only the columns that
differ; `before` is None for a row that was added, `after` for one that was removed.
"""

from typing import Any, TypeAlias

# Values as JSON: their types differ from field to field.
State: TypeAlias = dict[str, Any]
Changes: TypeAlias = dict[str, Any]
Row: TypeAlias = dict[str, Any]

ROW_FIELDS = ("images", "related")


def difference(before: State, after: State) -> Changes:
    """Return the changes between two states."""
    changes: Changes = {}
    for field in before:
        if field in ROW_FIELDS:
            rows = row_changes(before[field], after[field])
            if rows:
                changes[field] = rows
        elif before[field] != after[field]:
            changes[field] = [before[field], after[field]]
    return changes


def row_changes(before: dict[str, Row], after: dict[str, Row]) -> dict[str, list[Row | None]]:
    """Return {key: [before, after]} for the rows that differ, each with the columns that differ."""
    rows: dict[str, list[Row | None]] = {}
    for key in before | after:
        old, new = before.get(key), after.get(key)
        if old is None or new is None:
            rows[key] = [old, new]
        elif old != new:
            names = [name for name in old if old[name] != new.get(name)]
            rows[key] = [{name: old[name] for name in names}, {name: new.get(name) for name in names}]
    return rows


def revert(state: State, changes: Changes) -> State:
    """Return the state before `changes`, given the state after them; changes of unknown fields are ignored."""
    earlier = dict(state)
    for field, change in changes.items():
        if field not in state:
            continue
        if field not in ROW_FIELDS:
            earlier[field] = change[0]
            continue
        rows = dict(state[field])
        for key, (old, new) in change.items():
            if old is None:
                rows.pop(key, None)
            elif new is None:
                rows[key] = old
            elif key in rows:
                rows[key] = rows[key] | old
        earlier[field] = rows
    return earlier
