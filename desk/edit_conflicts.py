"""Two editors at one story: what was typed is merged with what came in while the page was open.

A page says up to which Revision it has seen the story. What it posts is held against the story as it was then:
a field its editor left alone takes the present value, one that only its editor changed stays as typed, and one
that both changed, differently, is a clash, which is said beside the field with what was typed still in it.
"""

from dataclasses import dataclass, field
from datetime import datetime, time

from django import forms
from django.utils.dateparse import parse_datetime
from django.utils.html import format_html
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from articles.db.serialization import deserialize_row, json_value, python_value
from articles.editing.restoring import find_provider, state_at
from articles.history.states import COLUMNS, ROW_MODELS, state_of, without_pictures
from articles.models import Revision, Topic
from desk.site import is_row_key
from desk.stories.button_plan import publication_time
from desk.stories.story_form import in_lines
from newsroom.accounts import name_of
from newsroom.dates import exact_time

# The prefixes of the forms of rows, by the fields of the history.
PREFIXES = {"related": "related_links", "images": "images"}


@dataclass
class Meanwhile:
    """What came in while a page was open: the form's data brought up to date, and what stands against each other."""

    data: object
    clashes: dict = field(default_factory=dict)
    row_clashes: dict = field(default_factory=dict)
    merged: list = field(default_factory=list)
    lost_rows: list = field(default_factory=list)
    # The Revisions that the page had not seen.
    since: list = field(default_factory=list)


def latest_revision(story):
    """Return the number of a story's latest Revision, 0 for none."""
    return Revision.objects.filter(article=story).order_by("-pk").values_list("pk", flat=True).first() or 0


def bring_up_to_date(story, form, inlines, data):
    """Return the Meanwhile of a posted form.

    `form` is the story's, unbound, as it would be shown now; `inlines` {prefix: an unbound form of its rows};
    `data` what was posted, a mutable QueryDict.
    """
    meanwhile, latest = Meanwhile(data), latest_revision(story)
    seen = data.get("seen", "")
    seen = int(seen) if seen.isdecimal() and len(seen) < 19 else 0
    data["seen"] = str(latest)
    if seen >= latest:
        return meanwhile
    since = meanwhile.since = list(Revision.objects.filter(article=story, pk__gt=seen).select_related("actor"))
    now, then = state_of(story.pk), state_at(story, seen)
    for name in {name for revision in since for name in revision.fields}:
        if name in PREFIXES and PREFIXES[name] in inlines:
            merge_rows(meanwhile, name, inlines[PREFIXES[name]], then[name], now[name], since)
        elif name in form.fields:
            values = (form_value(name, then[name]), form_value(name, now[name]))
            outcome = merge_field(form, name, name, values, data)
            if outcome == "clash":
                meanwhile.clashes[name] = clash_in_words(revision_of(since, name), shown(name, now[name]))
            elif outcome == "merged":
                meanwhile.merged.append(str(form.fields[name].label))
    return meanwhile


def merge_publication_time(story, form, meanwhile):
    """Merge "Publish at", which no Revision has: it shows the time of the schedule, or the proposed one."""
    data, known = meanwhile.data, publication_time(story)
    drawn_with = data.get("publish_at_seen")
    data["publish_at_seen"] = known.isoformat() if known else ""
    if drawn_with is None or "publish_at" not in form.fields:
        return
    try:
        then = parse_datetime(drawn_with)
    except ValueError:
        then = None
    if merge_field(form, "publish_at", "publish_at", (then, known), data) == "clash":
        text = _("Somebody else changed this meanwhile: it is %(value)s now. Save again to set your time.")
        meanwhile.clashes["publish_at"] = text % {"value": exact_time(known) if known else "–"}


def merge_field(form, name, html_name, values, data):
    """Merge one posted field; return "merged" if the present value was taken, "clash", or "" for neither."""
    one, (then, now) = form.fields[name], values
    if then == now:
        return ""
    posted = one.widget.value_from_datadict(data, {}, html_name)
    if not differs(one, now, posted):
        return ""
    if differs(one, then, posted):
        return "clash"
    put(one, html_name, now, data)
    return "merged"


def differs(one, value, posted):
    """Whether what was posted says another thing than `value`; line ends and white space at the ends say nothing."""
    if isinstance(value, str) and isinstance(posted, str):
        return in_lines(value) != in_lines(posted)
    if isinstance(value, datetime | time) and not one.widget.supports_microseconds:
        value = value.replace(microsecond=0)
    return one.has_changed(value, posted)


def put(one, html_name, value, data):
    """Write a value into posted data as a browser would post it."""
    value, widget = one.prepare_value(value), one.widget
    if isinstance(widget, forms.MultiWidget):
        parts = widget.decompress(value)
        for suffix, part, below in zip(widget.widgets_names, parts, widget.widgets, strict=True):
            data[html_name + suffix] = below.format_value(part) or ""
    elif isinstance(widget, forms.CheckboxInput):
        data.pop(html_name, None)
        if value:
            data[html_name] = "on"
    elif isinstance(value, list | tuple):
        data.setlist(html_name, [str(each) for each in value])
    else:
        data[html_name] = "" if value is None else str(value)


def merge_rows(meanwhile, name, form, then, now, since):
    """Merge the posted rows of a story's pictures or related coverage, cell by cell."""
    prefix, data, gone = PREFIXES[name], meanwhile.data, []
    revision = revision_of(since, name)
    for number in range(number_of_rows(data, prefix)):
        place = f"{prefix}-{number}"
        key = data.get(f"{place}-id", "")
        if key not in then or then[key] == now.get(key):
            continue
        if key not in now:
            gone.append(number)
            was = row_values(name, then[key], form)
            if any(differs(form.fields[one], was[one], posted_cell(form, one, place, data)) for one in was):
                meanwhile.lost_rows.append(row_in_words(then[key], revision))
            continue
        before, after = row_values(name, then[key], form), row_values(name, now[key], form)
        for one in before:
            outcome = merge_field(form, one, f"{place}-{one}", (before[one], after[one]), data)
            if outcome == "clash":
                words = clash_in_words(revision, shown(one, json_value(after[one])))
                meanwhile.row_clashes.setdefault(place, {})[one] = words
    drop_rows(data, prefix, gone)


def number_of_rows(data, prefix):
    number = data.get(f"{prefix}-TOTAL_FORMS", "")
    return min(int(number), 1000) if number.isdecimal() and len(number) < 9 else 0


def posted_cell(form, name, place, data):
    return form.fields[name].widget.value_from_datadict(data, {}, f"{place}-{name}")


def row_values(name, row, form):
    """Return {field of the form: value} of a row of the history."""
    values = deserialize_row(ROW_MODELS[name], without_pictures(row))
    return {one: values[one] for one in form.fields if one in values}


def drop_rows(data, prefix, gone):
    """Take rows out of posted data, and number the others anew."""
    if not gone:
        return
    total = number_of_rows(data, prefix)
    rows = {number: {} for number in range(total)}
    for name in [name for name in data if name.startswith(f"{prefix}-")]:
        number, dash, cell = name.removeprefix(f"{prefix}-").partition("-")
        if dash and is_row_key(number) and int(number) in rows:
            rows[int(number)][cell] = data.pop(name)
    kept = [cells for number, cells in rows.items() if number not in gone]
    for number, cells in enumerate(kept):
        for cell, values in cells.items():
            data.setlist(f"{prefix}-{number}-{cell}", values)
    data[f"{prefix}-TOTAL_FORMS"] = str(len(kept))
    initial = data.get(f"{prefix}-INITIAL_FORMS", "")
    initial = int(initial) if is_row_key(initial) else 0
    data[f"{prefix}-INITIAL_FORMS"] = str(max(0, initial - len(gone)))


def form_value(name, value):
    """Return what a form has for a value of the history: keys for topics and provider."""
    if name == "topics":
        found = dict(Topic.objects.filter(aliases__name__in=value).values_list("aliases__name", "pk"))
        return [found[one] for one in value if one in found]
    if name == "provider":
        provider = find_provider(value)
        return provider and provider.pk
    return python_value(COLUMNS[name], value)


def shown(name, value):
    """Return a value of the history as a person reads it."""
    if value is None or value in ("", []):
        return "–"
    if name == "provider":
        return value["name"]
    if isinstance(value, list):
        # Pictures of related coverage are told by where they are from.
        return ", ".join(one["url"] if isinstance(one, dict) and "url" in one else str(one) for one in value)
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if name in COLUMNS and COLUMNS[name].get_internal_type() == "DateTimeField":
        return exact_time(datetime.fromisoformat(value))
    return str(value)


def revision_of(since, name):
    return next(revision for revision in since if name in revision.fields)


def clash_in_words(revision, value):
    """Return what is said beside a field that two people changed: what the other made of it, and who that was."""
    return format_html(
        '<span class="desk-clash"><span class="desk-clash-who">{}</span><span class="desk-clash-value" dir="auto">{}'
        "</span><span>{}</span></span>",
        _("%(who)s changed this at %(when)s, while you had it open, to:") % told_of(revision),
        value,
        _("Your version is in the field. Save again to keep it, or copy theirs in."),
    )


def row_in_words(row, revision):
    told = {**told_of(revision), "row": row.get("title") or row.get("url") or ""}
    return _("“%(row)s”, which you changed, was removed by %(who)s at %(when)s.") % told


def who_made(revision):
    """Return who a Revision is by, as a sentence about it begins."""
    if not revision.is_human:
        return _("Upstream")
    return name_of(revision.actor) if revision.actor else _("Somebody")


def told_of(revision):
    return {"who": who_made(revision), "when": f"{localtime(revision.created_at):%H:%M}"}
