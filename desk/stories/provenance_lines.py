"""Under each field of a story's form: whose value it is, and buttons to use the other side's value."""

import json
from datetime import datetime

from django.utils.html import format_html, format_html_join
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from articles.db.serialization import python_value
from articles.editing.restoring import find_provider
from articles.history.states import COLUMNS
from articles.models import Topic
from articles.topic_suggestions import suggest_topics
from desk.edit_conflicts import display_value, form_value
from newsroom.accounts import name_of
from newsroom.dates import format_time, short_time
from providers.models import ProviderAlias

SHOWN_LENGTH = 80
SHOWN_BESIDE = 40


def add_provenance(form, provenance, suggestions):
    """Put the provenance of each field of a form class, {field: Provenance}, above its help text.

    `suggestions` are further lines as HTML, {field: line}.
    """
    for name, field in form.base_fields.items():
        if name in provenance:
            current = provenance[name].current
            lines = format_html(
                '<span class="desk-provenance">{}{}</span>',
                source_line(current) if current else "",
                fill_buttons(name, provenance[name]),
            )
            help_text = format_html('<span class="desk-help">{}</span>', field.help_text) if field.help_text else ""
            field.help_text = format_html("{}{}{}", lines, suggestions.get(name, ""), help_text)


def source_line(source):
    """Return “upstream, 14:00” or “A. Editor, 09:12” as HTML, with the full time on hover."""
    return format_html(
        '<span class="{}">{}, <time datetime="{}" title="{}">{}</time></span>',
        "desk-provenance-human" if source.is_human else "desk-provenance-upstream",
        source_name(source),
        source.when.isoformat(),
        format_time(source.when),
        short_time(source.when),
    )


def source_name(source):
    if source.is_human:
        return name_of(source.actor) if source.actor else _("desk")
    return _("upstream")


def fill_buttons(name, provenance):
    """Return the buttons that put the other side's value into the field; upstream's, if short, is before its button."""
    buttons = []
    labels = ((_("Use upstream version"), provenance.upstream), (_("Use desk version"), provenance.desk))
    for label, value_and_source in labels:
        if value_and_source is None or not can_fill(name):
            continue
        value, source = value_and_source
        text = display_value(name, value) if not isinstance(value, dict) else value.get("name", "")
        title = f"{source_name(source)}, {short_time(source.when)}: {text[:SHOWN_LENGTH]}"
        is_upstreams = source is (provenance.upstream or [None, None])[1]
        shown = f"{source_name(source)}: {text}" if is_upstreams and len(text) <= SHOWN_BESIDE else ""
        buttons.append((shown, input_values(name, value), title, label))
    button = (
        ' <span class="desk-provenance-upstream">{}</span>'
        ' <button type="button" class="desk-fill" data-fill="{}" title="{}">{}</button>'
    )
    return format_html_join("", button, buttons)


def can_fill(name):
    return name in ("provider", "topics") or (name in COLUMNS and name != "kept_fields")


def input_values(name, value):
    """Return, as JSON for story.js, the values to put into inputs: {name: text} or {name: [[key, text], …]}."""
    if name == "topics":
        names = dict(Topic.objects.filter(aliases__name__in=value).values_list("pk", "name"))
        return json.dumps({name: [[str(key), names[key]] for key in form_value(name, value)]})
    if name == "provider":
        provider = provider_for(value)
        return json.dumps({name: [[str(provider.pk), provider.name]] if provider else []})
    value = python_value(COLUMNS[name], value)
    if isinstance(value, datetime):
        local = localtime(value)
        return json.dumps({f"{name}_0": f"{local:%Y-%m-%d}", f"{name}_1": f"{local:%H:%M:%S}"})
    if isinstance(value, list):
        return json.dumps({name: "\n".join(map(str, value))})
    return json.dumps({name: "" if value is None else str(value)})


def provider_for(value):
    """Return the Provider that the history, {"id", "name"}, or upstream, {"domain", "name"}, means; None if deleted."""
    if value is None or "id" in value:
        return find_provider(value)
    pair = (value["domain"], value["name"])
    alias = ProviderAlias.objects.meaning([pair]).get(pair)
    return alias and alias.provider


def suggestions_for(story, topics):
    """Return the topics that a story may be about, other than `topics` (keys), as [[key, name], …]."""
    return [[str(topic.pk), topic.name] for topic in suggest_topics(story, without=topics)]
