"""The differences between two states of a story, and reverting them. Pure.

A state is {field: value}; the value of a field in ROW_FIELDS is {key: {column: value}}, its rows by their keys.
Changes are {field: [before, after]}, for ROW_FIELDS {field: {key: [before, after]}} with only the columns that differ,
and None before a row was added or after it was removed.
"""

ROW_FIELDS = ("images", "related")


def difference(before, after):
    """Return the changes between two states."""
    changes = {}
    for field in before:
        if field in ROW_FIELDS:
            rows = row_changes(before[field], after[field])
            if rows:
                changes[field] = rows
        elif before[field] != after[field]:
            changes[field] = [before[field], after[field]]
    return changes


def row_changes(before, after):
    """Return {key: [before, after]} for the rows that differ, each with the columns that differ."""
    rows = {}
    for key in before | after:
        old, new = before.get(key), after.get(key)
        if old is None or new is None:
            rows[key] = [old, new]
        elif old != new:
            names = [name for name in old if old[name] != new.get(name)]
            rows[key] = [{name: old[name] for name in names}, {name: new.get(name) for name in names}]
    return rows


def revert(state, changes):
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
