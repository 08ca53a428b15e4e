"""Two editors at one story: what was typed is merged with what others changed while the page was open.

A page posts the number of the newest Revision that it shows (`seen`). Its form is compared with the story as it was
then: a field that its editor did not change takes the current value, one that only its editor changed stays as typed,
and one that both changed differently is a clash, reported beside the field with the typed text still in it.
"""

from dataclasses import dataclass, field
from datetime import datetime, time

from django import forms
from django.http import QueryDict
from django.utils.dateparse import parse_datetime
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from articles.canonical_urls import identity_of, is_web_url
from articles.db.serialization import deserialize_row, json_value, python_value
from articles.editing.restoring import find_provider, state_at
from articles.history.states import COLUMNS, ROW_MODELS, state_of, without_pictures
from articles.models import Revision, Topic
from desk.site import is_row_key, row_key
from desk.stories.button_plan import publication_time
from desk.stories.unchanged_values import is_same_text
from newsroom.accounts import name_of
from newsroom.dates import brief_time, format_time

# The prefixes of the row forms, by the history's fields.
PREFIXES = {"related": "related_links", "images": "images"}
# The columns of a row that may have its URL; forms have only the first.
LINK_COLUMNS = {"related": ("web_url", "original_url"), "images": ("url",)}
MAX_ROWS = 1000


@dataclass
class FormMerge:
    """The result of merging a posted form: its data brought up to date, and what a person has to look at.

    `clashes` are {field: message}, `row_clashes` {prefix of a row: {field: message}}, `merged_fields` the labels of
    the fields that took the current value, `lost_rows` messages about edited rows that are gone, `unseen_revisions`
    the Revisions that the page did not show.
    """

    data: QueryDict
    clashes: dict = field(default_factory=dict)
    row_clashes: dict = field(default_factory=dict)
    merged_fields: list = field(default_factory=list)
    lost_rows: list = field(default_factory=list)
    unseen_revisions: list = field(default_factory=list)


def latest_revision(story):
    """Return the number of a story's latest Revision, 0 for none."""
    return Revision.objects.filter(article=story).order_by("-pk").values_list("pk", flat=True).first() or 0


def merge_posted_form(story, form, row_forms, data):
    """Merge a posted form with what others changed, writing the result into `data`; return the FormMerge.

    `form` is the story's, unbound, as it would be shown now; `row_forms` are {prefix: an unbound form of its rows};
    `data` is the posted, mutable QueryDict.
    """
    merge, latest, shown_revision = FormMerge(data), latest_revision(story), row_key(data.get("seen", ""))
    data["seen"] = str(latest)
    if shown_revision >= latest:
        return merge
    revisions = list(Revision.objects.filter(article=story, pk__gt=shown_revision).select_related("actor"))
    merge.unseen_revisions = revisions
    now, then = state_of(story.pk), state_at(story, shown_revision)
    for name in {name for revision in revisions for name in revision.fields}:
        if name in PREFIXES and PREFIXES[name] in row_forms:
            merge_rows(merge, name, row_forms[PREFIXES[name]], then[name], now[name])
        elif name in form.fields:
            values = (form_value(name, then[name]), form_value(name, now[name]))
            outcome = merge_field(form, name, name, values, data)
            if outcome == "clash":
                merge.clashes[name] = describe_clash(revision_of(revisions, name), display_value(name, now[name]))
            elif outcome == "merged":
                merge.merged_fields.append(str(form.fields[name].label))
    return merge


def merge_publication_time(story, form, merge):
    """Merge "Publish at", which no Revision has: it shows the time of the schedule, or the proposed one."""
    data, present = merge.data, publication_time(story)
    initial = data.get("publish_at_seen")
    data["publish_at_seen"] = present.isoformat() if present else ""
    if initial is None or "publish_at" not in form.fields:
        return
    try:
        then = parse_datetime(initial)
    except ValueError:
        then = None
    if merge_field(form, "publish_at", "publish_at", (then, present), data) == "clash":
        text = _("Someone else changed this to %(value)s. Save again to set your time.")
        merge.clashes["publish_at"] = text % {"value": format_time(present) if present else "–"}


# Fields ---------------------------------------------------------------------------------------------


def merge_field(form, name, html_name, values, data):
    """Merge one posted field, whose `values` were (then, now).

    Return "merged" if the current value was taken, "clash", or "" for neither.
    """
    form_field, (then, now) = form.fields[name], values
    if then == now:
        return ""
    posted_value = form_field.widget.value_from_datadict(data, {}, html_name)
    if not differs(form_field, now, posted_value):
        return ""
    if differs(form_field, then, posted_value):
        return "clash"
    put_value(form_field, html_name, now, data)
    return "merged"


def differs(form_field, value, posted_value):
    """Whether a posted value differs from `value` in more than line ends and white space at the ends."""
    if isinstance(value, str) and isinstance(posted_value, str):
        return not is_same_text(value, posted_value)
    if isinstance(value, datetime | time) and not form_field.widget.supports_microseconds:
        value = value.replace(microsecond=0)
    return form_field.has_changed(value, posted_value)


def put_value(form_field, html_name, value, data):
    """Write a value into posted data as a browser would post it."""
    value, widget = form_field.prepare_value(value), form_field.widget
    if isinstance(widget, forms.MultiWidget):
        for part in widget.get_context(html_name, value, {})["widget"]["subwidgets"]:
            data[part["name"]] = part["value"] or ""
    elif isinstance(widget, forms.CheckboxInput):
        data.pop(html_name, None)
        if value:
            data[html_name] = "on"
    elif isinstance(value, list | tuple):
        data.setlist(html_name, [str(item) for item in value])
    else:
        data[html_name] = "" if value is None else str(value)


def form_value(name, value):
    """Return what a form has for a value of the history: keys for topics and provider."""
    if name == "topics":
        keys = dict(Topic.objects.filter(aliases__name__in=value).values_list("aliases__name", "pk"))
        return [keys[topic] for topic in value if topic in keys]
    if name == "provider":
        provider = find_provider(value)
        return provider and provider.pk
    return python_value(COLUMNS[name], value)


def display_value(name, value):
    """Return a value of the history as readable text."""
    if value is None or value in ("", []):
        return "–"
    if name == "provider":
        return value["name"]
    if isinstance(value, list):
        # Of the pictures of related coverage the URLs are shown.
        return ", ".join(item["url"] if isinstance(item, dict) and "url" in item else str(item) for item in value)
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if name in COLUMNS and COLUMNS[name].get_internal_type() == "DateTimeField":
        return format_time(datetime.fromisoformat(value))
    return str(value)


# Rows -----------------------------------------------------------------------------------------------


def merge_rows(merge, name, form, then, now):
    """Merge the posted rows of a story's pictures or related coverage, cell by cell.

    A new row whose URL somebody else has added in the meantime becomes an edit of that row.
    """
    prefix, data, removed = PREFIXES[name], merge.data, []
    revision = revision_of(merge.unseen_revisions, name)
    for number in range(row_count(data, prefix)):
        row_prefix = f"{prefix}-{number}"
        key = data.get(f"{row_prefix}-id", "")
        if key not in then or then[key] == now.get(key):
            continue
        before = row_values(name, then[key], form)
        if key not in now:
            removed.append(number)
            posted_values = {cell: posted_cell(form, cell, row_prefix, data) for cell in before}
            if any(differs(form.fields[cell], before[cell], posted_values[cell]) for cell in before):
                merge.lost_rows.append(describe_lost_row(then[key], revision))
            continue
        after = row_values(name, now[key], form)
        for cell in before:
            outcome = merge_field(form, cell, f"{row_prefix}-{cell}", (before[cell], after[cell]), data)
            if outcome == "clash":
                message = describe_clash(revision, display_value(cell, json_value(after[cell])))
                merge.row_clashes.setdefault(row_prefix, {})[cell] = message
    drop_rows(data, prefix, removed)
    adopt_rows(name, form, {key: row for key, row in now.items() if key not in then}, data)


def adopt_rows(name, form, added, data):
    """Give posted new rows the keys of the rows that others `added` with the same URL; `added` is {key: row}.

    A cell that was left empty gets the current value. Otherwise the story would have the picture or coverage twice.
    """
    prefix, adopted = PREFIXES[name], []
    keys = {row_link(name, row): key for key, row in added.items() if row_link(name, row)}
    for number in range(row_count(data, prefix)):
        row_prefix = f"{prefix}-{number}"
        cell = LINK_COLUMNS[name][0]
        posted_link = row_link(name, {cell: posted_cell(form, cell, row_prefix, data)})
        if data.get(f"{row_prefix}-id") or f"{row_prefix}-DELETE" in data or posted_link not in keys:
            continue
        key = keys.pop(posted_link)
        data[f"{row_prefix}-id"] = key
        for cell, value in row_values(name, added[key], form).items():
            if not posted_cell(form, cell, row_prefix, data):
                put_value(form.fields[cell], f"{row_prefix}-{cell}", value, data)
        adopted.append(number)
    if adopted:
        # A formset expects the rows that exist before the new ones.
        initial = min(row_key(data.get(f"{prefix}-INITIAL_FORMS", "")), adopted[0])
        others = [number for number in range(initial, row_count(data, prefix)) if number not in adopted]
        reorder_rows(data, prefix, [*range(initial), *adopted, *others])
        data[f"{prefix}-INITIAL_FORMS"] = str(initial + len(adopted))


def row_link(name, row):
    """Return what two rows for the same picture or coverage share, "" for a row without a URL."""
    links = [str(row.get(cell) or "").strip() for cell in LINK_COLUMNS[name]]
    if name == "images":
        return links[0]
    link = next((link for link in links if is_web_url(link)), "")
    return identity_of(link) if link else ""


def row_count(data, prefix):
    number = data.get(f"{prefix}-TOTAL_FORMS", "")
    return min(row_key(number), MAX_ROWS)


def posted_cell(form, name, row_prefix, data):
    return form.fields[name].widget.value_from_datadict(data, {}, f"{row_prefix}-{name}")


def row_values(name, row, form):
    """Return {field of the form: value} of a row of the history."""
    values = deserialize_row(ROW_MODELS[name], without_pictures(row))
    return {cell: values[cell] for cell in form.fields if cell in values}


def drop_rows(data, prefix, removed):
    """Take the rows numbered `removed` out of posted data, and renumber the others."""
    if not removed:
        return
    reorder_rows(data, prefix, [number for number in range(row_count(data, prefix)) if number not in removed])
    initial = row_key(data.get(f"{prefix}-INITIAL_FORMS", ""))
    data[f"{prefix}-INITIAL_FORMS"] = str(max(0, initial - len(removed)))


def reorder_rows(data, prefix, numbers):
    """Put the rows with these numbers into this order, and take all others out of posted data."""
    rows: dict[int, dict[str, list[str]]] = {number: {} for number in range(row_count(data, prefix))}
    for name in [name for name in data if name.startswith(f"{prefix}-")]:
        number, dash, cell = name.removeprefix(f"{prefix}-").partition("-")
        if dash and is_row_key(number) and int(number) in rows:
            rows[int(number)][cell] = data.pop(name)
    for number, former_number in enumerate(numbers):
        for cell, values in rows[former_number].items():
            data.setlist(f"{prefix}-{number}-{cell}", values)
    data[f"{prefix}-TOTAL_FORMS"] = str(len(numbers))


# Messages -------------------------------------------------------------------------------------------


def revision_of(revisions, name):
    return next(revision for revision in revisions if name in revision.fields)


def describe_clash(revision, value):
    """Return the message beside a field that two people changed: who the other is, and their value."""
    return format_html(
        '<span class="desk-clash"><span class="desk-clash-who">{}</span><span class="desk-clash-value" dir="auto">{}'
        "</span><span>{}</span></span>",
        _("%(who)s changed this while you had it open (%(when)s). Their version:") % author_and_time(revision),
        value,
        _("Your version is in the field. Save again to keep it, or copy theirs in."),
    )


def describe_lost_row(row, revision):
    values = {**author_and_time(revision), "row": row_name(row)}
    return _("You changed “%(row)s”, but %(who)s removed it (%(when)s).") % values


def row_name(row):
    """Return what to call a row of the history. A picture that was uploaded has no URL, and may have no title."""
    return row.get("title") or row.get("url") or row.get("alt") or _("Uploaded picture")


def author_name(revision):
    """Return who a Revision is by, as a sentence about it begins; upstream for None."""
    if revision is None or not revision.is_human:
        return pgettext("who made a change, at the beginning of a sentence", "Upstream")
    return name_of(revision.actor) if revision.actor else _("Someone")


def author_and_time(revision):
    return {"who": author_name(revision), "when": brief_time(revision.created_at)}
