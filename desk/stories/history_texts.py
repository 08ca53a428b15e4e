"""How the desk shows a version of a story: labels of fields, and the differences between two texts."""

import re
from difflib import SequenceMatcher
from typing import Any, cast

from django.db.models import Field
from django.utils.html import format_html, format_html_join
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from articles.choices import Action
from articles.documents.desk_state import NEWSROOM
from articles.documents.mapping import COLUMN_OF_KEY
from articles.history.differences import ROW_FIELDS
from articles.history.notes import describe_note
from articles.models import Article, RelatedLink
from articles.models.image import CHOSEN, Image
from desk.edit_conflicts import display_value, row_name

# Comparing longer texts would take too long; they are shown one after the other, shortened.
WORDS_COMPARED = 1500
SHOWN_LENGTH = 600
# Unchanged words shown on each side of a change.
CONTEXT = 12
ROW_MODELS = {"images": Image, "related": RelatedLink}


def field_label(name):
    """Return the desk's name of a field of the history."""
    labels = {"related": _("Related coverage"), "images": _("Pictures"), "topics": _("Topics")}
    if name in labels:
        return labels[name]
    return capfirst(str(cast("Field[Any, Any]", Article._meta.get_field(name)).verbose_name))


def key_label(key):
    """Return the desk's name of a key of the document format, or the key itself if no field has it."""
    column = COLUMN_OF_KEY.get(key, key)
    if column == "published":
        return _("Published")
    if column == NEWSROOM:
        return _("State and decisions of the desk")
    known = {field.name for field in Article._meta.concrete_fields} | {"related", "images", "topics"}
    return field_label(column) if column in known else key


def describe_states(transition):
    """Return the states before and after a Transition: "Inbox → Scheduled".

    The column has "published" for scheduled and expired stories too.
    """
    before, after = transition.get_from_state_display(), transition.get_to_state_display()
    if transition.action == Action.END_EMBARGO:
        before = _("Scheduled")
    if transition.visible_from:
        after = _("Scheduled")
    elif transition.action == Action.EXPIRE:
        after = _("Expired")
    return f"{before} → {after}"


def describe_version(revision):
    """Return what the page shows of a Revision: itself, its note, and the differences."""
    return {
        "revision": revision,
        "note": describe_note(revision.note, key_label),
        "changes": describe_changes(revision.changes),
    }


def describe_changes(changes):
    """Return [(label, differences as HTML)] of the changes of a Revision."""
    return [(field_label(name), describe_change(name, change)) for name, change in changes.items()]


def describe_change(name, change):
    if name in ROW_FIELDS:
        return describe_rows(name, change)
    return mark_differences(display_value(name, change[0]), display_value(name, change[1]))


def describe_rows(name, rows):
    lines = []
    for before, after in rows.values():
        title = row_name(before or after or {})
        if before is None:
            lines.append(format_html("<ins>{}</ins>", title))
        elif after is None:
            lines.append(format_html("<del>{}</del>", title))
        else:
            cells = [
                (
                    cell_label(name, cell),
                    mark_differences(cell_value(cell, before[cell]), cell_value(cell, after[cell])),
                )
                for cell in before
            ]
            lines.append(format_html_join("; ", "{}: {}", cells))
    return format_html_join("", "<div>{}</div>", ((line,) for line in lines))


def cell_value(cell, value):
    """Return the text for a value of a row; of the lead score only whether the desk chose the picture."""
    return display_value(cell, value == CHOSEN if cell == "lead_score" else value)


def cell_label(name, cell):
    field = next((field for field in ROW_MODELS[name]._meta.concrete_fields if field.attname == cell), None)
    if field is None:
        return _("Pictures") if cell == "pictures" else cell
    return capfirst(str(field.verbose_name))


def mark_differences(before, after):
    """Return two texts as one, removed and added words marked; unchanged words far from a change are left out."""
    old, new = (re.findall(r"\S+\s*", text) for text in (before, after))
    if len(old) + len(new) > WORDS_COMPARED:
        return format_html("<del>{}</del> <ins>{}</ins>", shorten(before), shorten(after))
    parts = []
    for kind, i, j, k, m in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind == "equal":
            parts.append(("", shorten_unchanged(old[i:j])))
            continue
        if i < j:
            parts.append(("del", "".join(old[i:j])))
        if k < m:
            if i < j and not old[j - 1][-1].isspace():
                parts.append(("", " "))
            parts.append(("ins", "".join(new[k:m])))
    return format_html_join(
        "", "{}", ((format_html("<{0}>{1}</{0}>", tag, text) if tag else text,) for tag, text in parts)
    )


def shorten_unchanged(words):
    if len(words) <= 2 * CONTEXT:
        return "".join(words)
    return f"{''.join(words[:CONTEXT])} … {''.join(words[-CONTEXT:])}"


def shorten(text):
    return text if len(text) <= SHOWN_LENGTH else f"{text[:SHOWN_LENGTH]}…"
