"""Posted data of the list: numbers typed into rows that come with an action are saved or discarded, never lost."""

import re

from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME

from desk.site import row_key

CELL = re.compile(r"(?P<prefix>(?:initial-)?form-)(?P<number>\d{1,4})-(?P<cell>\w+)")
MAX_ROWS = 1000
NUMBER = re.compile(r"form-\d+-(?:quality|heat)")
# The buttons of the question, and the hidden inputs with the action that waits for the answer.
SAVE_FIRST, DISCARD = "_save_first", "_discard"
PENDING_ACTION, PENDING_ACROSS = "pending_action", "pending_across"


def posted_keys(data):
    """Return {number of a posted row: key of its story}; None for a row whose key is missing or malformed."""
    count = min(row_key(data.get("form-TOTAL_FORMS", "")), MAX_ROWS)
    return {number: row_key(data.get(f"form-{number}-id", "")) or None for number in range(count)}


def without_rows(data, numbers):
    """Return posted data without the rows of these numbers, the others renumbered."""
    others = (number for number in posted_keys(data) if number not in numbers)
    places = {number: place for place, number in enumerate(others)}
    rest = data.copy()
    for name in data:
        match = CELL.fullmatch(name)
        if match and int(match["number"]) in numbers | places.keys():
            rest.pop(name)
    for name, values in data.lists():
        match = CELL.fullmatch(name)
        if match and int(match["number"]) in places:
            rest.setlist(f"{match['prefix']}{places[int(match['number'])]}-{match['cell']}", values)
    rest["form-TOTAL_FORMS"] = rest["form-INITIAL_FORMS"] = str(len(places))
    return rest


def is_action(data):
    """Whether a posted list starts an action on selected stories, instead of saving its numbers."""
    return "_save" not in data and any(name in data for name in ("index", SAVE_FIRST, DISCARD))


def unsaved_count(data):
    """Return how many numbers of a posted list differ from those it was loaded with."""
    return sum(
        value.strip() != data.get(f"initial-{name}", "").strip()
        for name, value in data.items()
        if NUMBER.fullmatch(name)
    )


def with_pending_action(data):
    """Return posted data with the action that waited for an answer, as if it were started now."""
    data = data.copy()
    if SAVE_FIRST in data or DISCARD in data:
        data["action"] = data.get(PENDING_ACTION, "")
        data["select_across"] = data.get(PENDING_ACROSS, "0")
        data["index"] = "0"
    return data


def saving_data(data):
    """Return posted data as if "Save" had been pressed."""
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
    """A formset that shows numbers as they were typed, and does not save them."""

    is_multipart = False

    def __init__(self, formset):
        self.formset, self.forms, self.media = formset, formset.forms, formset.media
        # Without empty entries: the page shows a message above its rows if there is any.
        self.errors = [errors for errors in formset.errors if errors]
        self.management_form = formset.management_form
        self.non_form_errors = formset.non_form_errors

    @staticmethod
    def get_default_prefix():
        return "form"
