"""Who said what, beside each field of a story's form, with one click back to what another said."""

import json
from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from articles.db.serialization import python_value
from articles.editing.restoring import find_provider
from articles.history.states import COLUMNS
from articles.models import Topic
from articles.topic_suggestions import suggest_topics
from desk.edit_conflicts import form_value, shown
from newsroom.accounts import name_of
from newsroom.dates import exact_time
from providers.models import ProviderAlias

SHOWN_LENGTH = 80


def beside_fields(form, provenance):
    """Put under each field of a form class who said it, above its own help."""
    for name, field in form.base_fields.items():
        if name in provenance:
            told = provenance[name]
            now = line(told.current) if told.current else ""
            said = format_html('<span class="desk-said">{}{}</span>', now, offers(name, told))
            help_text = format_html('<span class="desk-help">{}</span>', field.help_text) if field.help_text else ""
            field.help_text = format_html("{}{}", said, help_text)


def line(said):
    """Return “upstream, 14:00” or “A. Editor, 09:12”, with the time in full on hover."""
    return format_html(
        '<span class="{}">{}, <time datetime="{}" title="{}">{}</time></span>',
        "desk-said-human" if said.is_human else "desk-said-upstream",
        who(said),
        said.when.isoformat(),
        exact_time(said.when),
        moment(said.when),
    )


def who(said):
    if said.is_human:
        return name_of(said.actor) if said.actor else _("the desk")
    return _("upstream")


def moment(when):
    """Return a time today as 14:00, one before as a day."""
    local = localtime(when)
    return f"{local:%H:%M}" if timezone.now() - when < timedelta(hours=20) else date_format(local, "j M Y")


def offers(name, told):
    """Return the buttons that put another's value into the field."""
    found = []
    for label, other in ((_("Use upstream version"), told.upstream), (_("Use the desk's version"), told.desk)):
        if other is None or not can_fill(name):
            continue
        value, said = other
        text = shown(name, value) if not isinstance(value, dict) else value.get("name", "")
        found.append((fill(name, value), f"{who(said)}, {moment(said.when)}: {text[:SHOWN_LENGTH]}", label))
    return format_html_join("", ' <button type="button" class="desk-fill" data-fill="{}" title="{}">{}</button>', found)


def can_fill(name):
    return name in ("provider", "topics") or (name in COLUMNS and name not in ("kept_fields",))


def fill(name, value):
    """Return, as JSON, what the page's script puts into which input: {name: text} or {name: [[key, text], …]}."""
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
    """Return the Provider meant by the history, {"id", "name"}, or by upstream, {"domain", "name"}; None if gone."""
    if value is None or "id" in value:
        return find_provider(value)
    alias = ProviderAlias.objects.select_related("provider").filter(**value).first()
    return alias and alias.provider


def suggestions_for(story, topics):
    """Return the topics that a story may be about beside those it has (their keys), as [[key, name], …]."""
    return [[str(topic.pk), topic.name] for topic in suggest_topics(story, without=topics)]
