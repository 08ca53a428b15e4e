"""The rows of the desk's list of stories, made by hand: a form of unfold's for each takes longer than all the rest."""

from django import forms
from django.contrib import admin
from django.contrib.admin.templatetags.admin_urls import add_preserved_filters
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.html import format_html, format_html_join
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from unfold.forms import ActionForm as StockActionForm

from articles import workflow
from articles.choices import State
from articles.sanitising import plain_text
from desk.stories.original_links import link_to_original
from desk.stories.picture_rows import thumbnail
from desk.templatetags.desk import time_of
from newsroom.dates import exact_time

# What fills a bar: quality is a share of a hundred, heat has no end.
FULL_BARS = {"quality": 100, "heat": 300}
STATE_LABELS = {
    State.INBOX: "info",
    State.IN_REVIEW: "warning",
    State.PUBLISHED: "success",
    State.REJECTED: "danger",
    State.WITHDRAWN: "danger",
}
HEADLINE_LENGTH, LABEL_LENGTH = 300, 80
INVALID = mark_safe(' aria-invalid="true"')


class UntouchedRows:
    """What stands for the formset of a list into which nobody has typed: no form is made that none needs."""

    media = forms.Media()
    is_multipart = False
    errors = ()

    def __init__(self, queryset):
        self.forms = [None] * len(queryset)

    @staticmethod
    def get_default_prefix():
        return "form"

    @property
    def management_form(self):
        number = len(self.forms)
        names = {"TOTAL_FORMS": number, "INITIAL_FORMS": number, "MIN_NUM_FORMS": 0, "MAX_NUM_FORMS": 1000}
        fields = ((f"form-{name}", value) for name, value in names.items())
        return format_html_join("", '<input type="hidden" name="{}" value="{}">', fields)


class ActionSelect(forms.Select):
    """The choice of what to do with the stories selected, made without a template for each of its options."""

    def render(self, name, value, attrs=None, renderer=None):
        options = format_html_join("", '<option value="{}">{}</option>', self.choices)
        words = '<select name="{}" class="desk-action" aria-label="{}" x-model="action">{}</select>'
        return format_html(words, name, _("What to do with the stories selected"), options)


class ActionForm(StockActionForm):
    """What to do with the stories selected, and whether with all that the list has."""

    action = forms.ChoiceField(label="", widget=ActionSelect)


class StoryRow:
    """A story as a row of the list. `form` is what was typed into it and found wrong, or None."""

    def __init__(self, story, place, link, *, may_judge=True, form=None, is_selected=False):
        self.story, self.place, self.link, self.may_judge, self.form = story, place, link, may_judge, form
        self.is_selected = is_selected

    @cached_property
    def headline(self):
        return cut(plain_text(self.story.title), HEADLINE_LENGTH)

    @cached_property
    def label(self):
        return cut(self.headline, LABEL_LENGTH)

    @cached_property
    def original(self):
        return link_to_original(self.story, self.label)

    @property
    def picture(self):
        return thumbnail(self.story.picture)

    @property
    def provider(self):
        return self.story.provider or _("no provider")

    @property
    def time(self):
        return time_of(self.story.dated_at)

    @property
    def state(self):
        kind, words = STATE_LABELS[self.story.state], workflow.describe_state(self.story)
        return format_html('<span class="desk-state desk-{}">{}</span>', kind, words)

    @property
    def quality(self):
        return self.score("quality", _("Quality"))

    @property
    def heat(self):
        return self.score("heat", _("Heat"))

    def score(self, name, label):
        """Return a number with its bar, to be typed over by who may; what is wrong with it stands below."""
        value, stored = self.value(name), getattr(self.story, name)
        bar = format_html(
            '<span class="desk-bar" aria-hidden="true"><span style="inline-size:{}%"></span></span>',
            share_of(value, FULL_BARS[name]),
        )
        if not self.may_judge:
            shown = "–" if stored is None or stored < 0 else stored
            return format_html('<span class="desk-score">{}<span class="desk-number">{}</span></span>', bar, shown)
        wrong = self.form.errors.get(name) if self.form else None
        return format_html(
            '<span class="desk-score">{}<input type="number" class="desk-number" name="{}" id="id_{}" value="{}" '
            'aria-label="{}: {}"{}></span><input type="hidden" name="initial-{}" value="{}">{}',
            bar,
            *[f"form-{self.place}-{name}"] * 2,
            "" if value is None else value,
            label,
            self.label,
            INVALID if wrong else "",
            f"form-{self.place}-{name}",
            self.seen(name, stored),
            wrong or "",
        )

    def value(self, name):
        return self.form[name].value() if self.form else getattr(self.story, name)

    def seen(self, name, stored):
        """Return what the number was when the list was first drawn, or what is said of it beside the field."""
        if self.form and name not in self.form.clashes:
            return self.form.data.get(self.form.add_initial_prefix(name), "")
        seen = self.form.clashes[name] if self.form else stored
        return "" if seen is None else seen

    @property
    def outlets(self):
        return self.story.outlets

    @property
    def marks(self):
        """Return what is to be known of a story beside its numbers: conflicts, its pin, who has it open."""
        told = []
        if self.story.disputes:
            text = ngettext("%(n)d conflict", "%(n)d conflicts", self.story.disputes) % {"n": self.story.disputes}
            told.append(("desk-mark desk-mark-warn", text))
        if self.story.proposed_publish_at:
            text = _("Proposed for %(time)s") % {"time": exact_time(self.story.proposed_publish_at)}
            told.append(("desk-mark", text))
        if self.story.pin:
            told.append(("desk-mark", _("Place %(place)d") % {"place": self.story.pin}))
        told += [
            ("desk-mark desk-mark-open", _("%(user)s has it open") % {"user": user}) for user in self.story.readers
        ]
        return format_html_join("", '<span class="{}">{}</span>', told) if told else ""


def column(name, heading, ordering=None):
    """Return a column of the list for Django's admin: its heading, what it sorts by, and how a cell of it is drawn."""

    @admin.display(description=heading, ordering=ordering)
    def cell(story):
        return getattr(StoryRow(story, 0, ""), name)

    cell.__name__ = name
    return cell


def cut(text, length):
    return text if len(text) <= length else f"{text[: length - 1]}…"


def share_of(value, full):
    """Return how much of its bar a value fills, in percent; what is no number fills none of it."""
    try:
        return round(100 * min(1.0, max(0.0, float(value) / full)))
    except (TypeError, ValueError):
        return 0


def rows_of(changelist, *, may_publish, may_change):
    """Return the StoryRows of a list: of what was posted, if something is wrong with it, else of what was found."""
    # A form whose number of rows was tampered with has none.
    forms = (changelist.formset and changelist.formset.forms) or [None] * len(changelist.result_list)
    stories = [form.instance for form in forms] if any(forms) else changelist.result_list
    # The address is made once; in a URL a key is but a number.
    selected = getattr(changelist.request, "pending", {}).get("selected", ())
    filters = changelist.model_admin.get_preserved_filters(changelist.request)
    base = reverse("admin:articles_article_change", args=[0])
    linked = add_preserved_filters({"preserved_filters": filters, "opts": changelist.opts}, base)
    before, after = linked.split("/0/", 1)
    return [
        StoryRow(
            story,
            place,
            f"{before}/{story.pk}/{after}",
            may_judge=may_change and (may_publish or story.state != State.PUBLISHED),
            form=form,
            is_selected=str(story.pk) in selected,
        )
        for place, (story, form) in enumerate(zip(stories, forms, strict=True))
    ]
