"""Numbers typed into the list of stories that come with an action: saved first, or discarded, but never lost."""

import re

from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME

CELL = re.compile(r"(?P<prefix>(?:initial-)?form-)(?P<number>\d{1,4})-(?P<cell>\w+)")
MOST_ROWS = 1000
NUMBER = re.compile(r"form-\d+-(?:quality|heat)")
# Buttons of the question, and what was asked for before it.
SAVE_FIRST, DISCARD = "_save_first", "_discard"
PENDING_ACTION, PENDING_ACROSS = "pending_action", "pending_across"


def row_keys(data):
    """Return {number of a posted row: key of its story}; None for a row whose key is missing or malformed."""
    total = data.get("form-TOTAL_FORMS", "")
    keys = {}
    for number in range(min(int(total), MOST_ROWS) if total.isdecimal() and len(total) < 9 else 0):
        key = data.get(f"form-{number}-id", "")
        keys[number] = int(key) if key.isdecimal() and len(key) < 19 else None
    return keys


def without_rows(data, gone):
    """Return posted data without the rows of these numbers, the others renumbered."""
    places = {number: place for place, number in enumerate(number for number in row_keys(data) if number not in gone)}
    rest = data.copy()
    for name in data:
        match = CELL.fullmatch(name)
        if match and int(match["number"]) in gone | places.keys():
            rest.pop(name)
    for name, values in data.lists():
        match = CELL.fullmatch(name)
        if match and int(match["number"]) in places:
            rest.setlist(f"{match['prefix']}{places[int(match['number'])]}-{match['cell']}", values)
    rest["form-TOTAL_FORMS"] = rest["form-INITIAL_FORMS"] = str(len(places))
    return rest


def is_action(data):
    """Whether a posted list asks for an action on the stories selected, and not to save its numbers."""
    return "_save" not in data and any(name in data for name in ("index", SAVE_FIRST, DISCARD))


def unsaved_numbers(data):
    """Return how many numbers of a posted list differ from those it was drawn with."""
    return sum(
        value.strip() != data.get(f"initial-{name}", "").strip()
        for name, value in data.items()
        if NUMBER.fullmatch(name)
    )


def resumed(data):
    """Return posted data with the action that waited for an answer, as if it were asked for now."""
    data = data.copy()
    if SAVE_FIRST in data or DISCARD in data:
        data["action"] = data.get(PENDING_ACTION, "")
        data["select_across"] = data.get(PENDING_ACROSS, "0")
        data["index"] = "0"
    return data


def as_saving(data):
    """Return posted data as if its numbers alone were to be saved."""
    data = without_action(data)
    data["_save"] = "1"
    return data


def without_action(data):
    """Return posted data without the action and the selection."""
    data = data.copy()
    for name in ("index", "action", "select_across", SAVE_FIRST, DISCARD, ACTION_CHECKBOX_NAME):
        data.pop(name, None)
    return data


class UnsavedRows:
    """A formset of numbers that are drawn as they were typed, and are not saved yet."""

    is_multipart = False

    def __init__(self, formset):
        self.formset, self.forms, self.media = formset, formset.forms, formset.media
        # Only what is wrong: the page shows a note above its rows if there is anything.
        self.errors = [errors for errors in formset.errors if errors]
        self.management_form = formset.management_form
        self.non_form_errors = formset.non_form_errors

    @staticmethod
    def get_default_prefix():
        return "form"
