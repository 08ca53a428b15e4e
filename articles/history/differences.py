"""What lies between two states of a story, and the way back. Pure.

A state is {field: value}; of the fields in ROWS the value is {key: {column: value}}, the rows by their keys.
Changes are {field: [before, after]}; of ROWS {field: {key: [before, after]}}, of each row only the columns that
differ, and None for a row that was not there, or is not any more.
"""

ROWS = ("images", "related")


def difference(before, after):
    """Return the changes from one state to another."""
    changes = {}
    for field in before:
        if field in ROWS:
            rows = rows_between(before[field], after[field])
            if rows:
                changes[field] = rows
        elif before[field] != after[field]:
            changes[field] = [before[field], after[field]]
    return changes


def rows_between(before, after):
    rows = {}
    for key in before | after:
        was, now = before.get(key), after.get(key)
        if was is None or now is None:
            rows[key] = [was, now]
        elif was != now:
            names = [name for name in was if was[name] != now.get(name)]
            rows[key] = [{name: was[name] for name in names}, {name: now.get(name) for name in names}]
    return rows


def taken_back(state, changes):
    """Return the state before `changes`, given the one after them; fields that no state has any more are left out."""
    earlier = dict(state)
    for field, change in changes.items():
        if field not in state:
            continue
        if field not in ROWS:
            earlier[field] = change[0]
            continue
        rows = dict(state[field])
        for key, (was, now) in change.items():
            if was is None:
                rows.pop(key, None)
            elif now is None:
                rows[key] = was
            elif key in rows:
                rows[key] = rows[key] | was
        earlier[field] = rows
    return earlier
