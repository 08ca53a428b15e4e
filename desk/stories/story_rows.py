"""The rows of the desk's list of stories, rendered here: unfold's form a row takes longer than all the rest."""

from django import forms
from django.contrib import admin
from django.contrib.admin.templatetags.admin_urls import add_preserved_filters
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.html import format_html, format_html_join
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from articles.choices import State
from articles.ranking import NOT_SCORED
from articles.sanitising import plain_text
from articles.story_states import story_state
from desk.stories.original_links import link_to_original
from desk.stories.picture_states import thumbnail
from desk.templatetags.desk import time_of
from newsroom.dates import format_time

# The values that fill a bar. Heat has no limit.
FULL_BARS = {"quality": 100, "heat": 300}
HEADLINE_LENGTH, LABEL_LENGTH = 300, 80
INVALID = mark_safe(' aria-invalid="true"')


class UneditedRows:
    """In place of the formset of a list in which nothing was typed, so that no forms are built."""

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


class StoryRow:
    """A story as a row of the list. `form` is the form of a row with invalid input, or None."""

    def __init__(self, story, place, link, *, may_edit_scores=True, form=None, is_selected=False):
        self.story, self.place, self.link, self.may_edit_scores, self.form = story, place, link, may_edit_scores, form
        self.is_selected = is_selected

    @cached_property
    def headline(self):
        return shorten(plain_text(self.story.title), HEADLINE_LENGTH)

    @cached_property
    def label(self):
        return shorten(self.headline, LABEL_LENGTH)

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
        state = story_state(self.story)
        return format_html('<span class="desk-state desk-{}">{}</span>', state.badge, state.label)

    @property
    def quality(self):
        return self.score("quality", _("Quality"))

    @property
    def heat(self):
        score, upstream = self.score("heat", _("Heat")), self.story.upstream_heat
        if upstream is None or upstream == self.story.heat:
            return score
        text = _("Upstream: %(heat)s") % {"heat": "–" if upstream == NOT_SCORED else upstream}
        return format_html('{}<span class="desk-byline">{}</span>', score, text)

    def score(self, name, label):
        """Return a number with its bar, as an input for users who may edit it, with its errors below."""
        value, stored = self.value(name), getattr(self.story, name)
        bar = format_html(
            '<span class="desk-bar" aria-hidden="true"><span style="inline-size:{}%"></span></span>',
            share_of(value, FULL_BARS[name]),
        )
        if not self.may_edit_scores:
            shown = "–" if stored is None or stored < 0 else stored
            return format_html('<span class="desk-score">{}<span class="desk-number">{}</span></span>', bar, shown)
        errors = self.form.errors.get(name) if self.form else None
        return format_html(
            '<span class="desk-score">{}<input type="number" class="desk-number" name="{}" id="id_{}" value="{}" '
            'aria-label="{}: {}"{}></span><input type="hidden" name="initial-{}" value="{}">{}',
            bar,
            *[f"form-{self.place}-{name}"] * 2,
            "" if value is None else value,
            label,
            self.label,
            INVALID if errors else "",
            f"form-{self.place}-{name}",
            self.initial_value(name, stored),
            errors or "",
        )

    def value(self, name):
        return self.form[name].value() if self.form else getattr(self.story, name)

    def initial_value(self, name, stored):
        """Return the value for the hidden input: what the list was first loaded with, or the one a clash reports."""
        if self.form and name not in self.form.clashes:
            return self.form.data.get(self.form.add_initial_prefix(name), "")
        initial = self.form.clashes[name] if self.form else stored
        return "" if initial is None else initial

    @property
    def outlets(self):
        return self.story.outlets

    @property
    def marks(self):
        """Return labels for what else is notable: conflicts, a proposed time, the pin, who has it open."""
        marks, number = [], self.story.conflict_count
        if number:
            text = ngettext("%(n)d conflict", "%(n)d conflicts", number) % {"n": number}
            marks.append(("desk-mark desk-mark-warn", text))
        if self.story.is_removed:
            marks.append(("desk-mark desk-mark-warn", _("Removed upstream")))
        if self.story.proposed_publish_at:
            text = _("Proposed for %(time)s") % {"time": format_time(self.story.proposed_publish_at)}
            marks.append(("desk-mark", text))
        if self.story.pin:
            marks.append(("desk-mark", _("Pinned #%(slot)d") % {"slot": self.story.pin}))
        for user in self.story.opened_by:
            marks.append(("desk-mark desk-mark-open", _("%(user)s is editing") % {"user": user}))
        return format_html_join("", '<span class="{}">{}</span>', marks) if marks else ""


def column(name, heading, ordering=None):
    """Return a column of the list for Django's admin; a cell is the property `name` of StoryRow."""

    @admin.display(description=heading, ordering=ordering)
    def cell(story):
        return getattr(StoryRow(story, 0, ""), name)

    cell.__name__ = name
    return cell


def shorten(text, length):
    return text if len(text) <= length else f"{text[: length - 1]}…"


def share_of(value, full):
    """Return how much of its bar a value fills, in percent; 0 for what is not a number."""
    try:
        return round(100 * min(1.0, max(0.0, float(value) / full)))
    except (TypeError, ValueError):
        return 0


def build_rows(changelist, *, may_publish, may_change):
    """Return the StoryRows of a list: of the posted forms if any is invalid, else of the loaded stories."""
    # A formset whose number of rows was tampered with has no forms.
    forms = (changelist.formset and changelist.formset.forms) or [None] * len(changelist.result_list)
    stories = [form.instance for form in forms] if any(forms) else changelist.result_list
    # The address is built once, with 0 in the place of the key.
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
            may_edit_scores=may_change and (may_publish or story.state != State.PUBLISHED),
            form=form,
            is_selected=str(story.pk) in selected,
        )
        for place, (story, form) in enumerate(zip(stories, forms, strict=True))
    ]
