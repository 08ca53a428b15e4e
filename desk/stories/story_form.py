from copy import copy
from datetime import datetime
from typing import ClassVar

from django import forms
from django.contrib import admin
from django.contrib.admin.widgets import AutocompleteSelectMultiple
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminExpandableTextareaWidget, UnfoldAdminTextareaWidget

from articles import workflow
from articles.canonical_urls import identity_of, is_web_url
from articles.choices import Action, State
from articles.editing import pins
from articles.models import Article, ArticleTopic, Topic
from desk.date_fields import DateTimeField
from desk.stories import questions
from desk.stories.button_plan import (
    BUTTONS,
    FOR_NEW_STORIES,
    NEED_A_READ_TEXT,
    SET_THE_TIME,
    TAKE_DOWN,
    Plan,
    is_confirmed,
    plan_of,
    pressed_button,
    publication_time,
)


class LinesField(forms.CharField):
    """A list of texts, one a line."""

    def __init__(self, **kwargs):
        super().__init__(**{"required": False, "widget": UnfoldAdminTextareaWidget(attrs={"rows": 4}), **kwargs})

    def prepare_value(self, value):
        return "\n".join(value) if isinstance(value, list) else value

    def to_python(self, value):
        lines = (line.strip() for line in (super().to_python(value) or "").splitlines())
        return [line for line in dict.fromkeys(lines) if line]

    def has_changed(self, initial, data):
        return (initial or []) != self.to_python(data)


def keep_untouched(instance, cleaned):
    """Put back what a browser changed in passing: line ends, white space at the ends, fractions of a second.

    Else saving one field would make the desk's own of all, and the next import find conflicts nobody meant.
    """
    for name, value in cleaned.items():
        # Asked of anything else, a row would load the story it belongs to.
        stored = getattr(instance, name, None) if instance.pk and isinstance(value, str | datetime) else None
        if isinstance(value, str) and isinstance(stored, str):
            cleaned[name] = stored if in_lines(value) == in_lines(stored) else value.replace("\r\n", "\n")
        elif isinstance(value, datetime) and isinstance(stored, datetime) and value == stored.replace(microsecond=0):
            cleaned[name] = stored


def in_lines(text):
    return text.strip().replace("\r\n", "\n").split("\n")


class InlineForm(forms.ModelForm):
    """The form of a row on a story's page; `clashes` are {prefix: {field: what others made of it meanwhile}}."""

    def __init__(self, *args, clashes=(), **kwargs):
        super().__init__(*args, **kwargs)
        self.clashes = dict(clashes).get(self.prefix, {})
        for field in self.fields.values():
            # The heading of the column is no label of the field.
            field.widget.attrs["aria-label"] = field.label

    def clean(self):
        cleaned = super().clean()
        keep_untouched(self.instance, cleaned)
        for name, words in self.clashes.items():
            self.add_error(name, words)
        return cleaned


class StoryForm(forms.ModelForm):
    topics = forms.ModelMultipleChoiceField(
        queryset=Topic.objects.all(),
        required=False,
        label=_("Topics"),
        widget=AutocompleteSelectMultiple(ArticleTopic._meta.get_field("tag"), admin.site),
    )
    levels = LinesField(label=_("Levels"), help_text=_("One a line."))
    # Up to which Revision the page has seen the story.
    seen = forms.CharField(required=False, widget=forms.HiddenInput)
    publish_at = DateTimeField(
        label=_("Publish at"),
        required=False,
        help_text=_("Needed to schedule. With “Save” it is kept as a proposal, which publishes nothing."),
    )
    # What "Publish at" showed when the page was drawn, as ISO 8601.
    publish_at_seen = forms.CharField(required=False, widget=forms.HiddenInput)
    reason = forms.CharField(
        label=_("Reason"),
        required=False,
        max_length=workflow.REASON_LIMIT,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 2}),
        help_text=_("Required to reject, optional otherwise. Saved in the history."),
    )

    # What others made of fields while the page was open, {field: words}, and all that they changed, for the history.
    clashes: ClassVar[dict] = {}
    unread: ClassVar[list] = []
    latest = 0
    # The preview draws what would be saved, and asks nothing.
    asks = True

    class Meta:
        model = Article
        exclude = ()  # noqa: DJ006 - the admin's fieldsets say which
        widgets = {
            "title": UnfoldAdminExpandableTextareaWidget(attrs={"rows": 2, "dir": "auto"}),
            "excerpt": UnfoldAdminTextareaWidget(attrs={"rows": 5, "dir": "auto"}),
        }

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.initial["seen"] = self.latest
        if "reason" in self.fields:
            # Else a browser cuts what is pasted, and says nothing.
            self.fields["reason"].widget.attrs.pop("maxlength", None)
        # What the questions are, and what becomes of the story in the slot that this one takes.
        self.plan, self.questions, self.answers, self.room = Plan(), [], [], None
        self.initial["publish_at"] = known = publication_time(self.instance)
        self.initial["publish_at_seen"] = known.isoformat() if known else ""
        for name, field in self.fields.items():
            if isinstance(field, DateTimeField):
                field.stored = self.initial.get(name)
        if "slug" in self.fields and self.instance.pk and self.instance.was_visible:
            self.fields["slug"].disabled = True
            self.fields["slug"].help_text = _(
                "Part of the story's address, which readers already have. It cannot change."
            )

    @property
    def pressed(self):
        """The action of the button that was pressed, or None."""
        return BUTTONS.get(pressed_button(self.data))

    def is_valid(self):
        """Whether the form can be saved: what has a question left cannot, though nothing in it is wrong."""
        return super().is_valid() and not self.questions

    def clean(self):
        """Make the slug of a story that was given none; refuse one that is taken, and a story we have."""
        cleaned = super().clean()
        if self.instance.pk is None and "published_at" not in self.errors:
            # A story written at the desk is dated by that, until it is published.
            cleaned["published_at"] = cleaned.get("published_at") or timezone.localtime(self.instance.created_at)
        keep_untouched(self.instance, cleaned)
        for name, words in self.clashes.items():
            self.add_error(name, words)
        self.refuse_what_is_disabled()
        link = cleaned.get("web_url") or cleaned.get("original_url")
        known = (
            Article.objects.filter(identity=identity_of(link)) if link and is_web_url(link) else Article.objects.none()
        )
        if known.exclude(pk=self.instance.pk).exists():
            self.add_error("web_url", _("There is a story with this URL already."))
        if self.instance.pk:
            cleaned["slug"] = cleaned.get("slug") or self.instance.slug
            self.refuse_taken_slug(self.instance.url_date, cleaned["slug"])
        elif cleaned.get("title"):
            fields = ("title", "slug", "published_at", "web_url", "original_url")
            story = Article(**{name: cleaned[name] for name in fields if cleaned.get(name)})
            story.derive()
            cleaned["slug"] = story.slug
            self.refuse_taken_slug(story.url_date, story.slug)
        else:
            # What is wrong is said of the headline; the slug would only echo it.
            cleaned["slug"] = cleaned.get("slug") or "untitled"
        self.make_plan(cleaned)
        if self.asks and not self.errors:
            self.ask(cleaned)
        return cleaned

    def refuse_what_is_disabled(self):
        """Refuse another value for a field that the person may not set: Django would drop it."""
        for name, field in self.fields.items():
            if not field.disabled or field.widget.value_omitted_from_data(self.data, self.files, name):
                continue
            enabled = copy(field)
            enabled.disabled = False
            posted = field.widget.value_from_datadict(self.data, self.files, name)
            if enabled.has_changed(self.initial.get(name), posted):
                self.add_error(name, _("You may not change this field."))

    def make_plan(self, cleaned):
        """Set what becomes of the state, or say beside the field why that is not possible."""
        action, story = self.pressed, self.instance
        if action and not (workflow.RULES[action].allows(story) and (story.pk or action in FOR_NEW_STORIES)):
            # Somebody else changed its state meanwhile: what was typed for the one is not saved into the other.
            self.add_error(None, str(workflow.InvalidTransition(action, story)))
            return
        if action == Action.REJECT and "reason" not in self.errors:
            try:
                workflow.check_request(action, cleaned.get("reason", ""))
            except workflow.BadRequest as error:
                self.add_error("reason", str(error))
        if "publish_at" in self.errors:
            return
        try:
            self.plan = plan_of(story, action, cleaned.get("publish_at"), confirmed=is_confirmed(self.data))
        except ValidationError as error:
            self.add_error("publish_at", error)
        else:
            self.check_end(cleaned)

    def check_end(self, cleaned):
        """Refuse an end of the story's time that is not after its beginning, by the time and button of this form."""
        plan, story, changed = self.plan, self.instance, "visible_until" in self.changed_data
        if "visible_until" in self.errors:
            return
        if plan.action == Action.EXPIRE and changed:
            text = _("“Take down now” sets this time itself. Leave the field as it was, or use “Save”.")
            self.add_error("visible_until", text)
        until = cleaned.get("visible_until")
        if until is None or not (changed or plan.proposes or plan.action in SET_THE_TIME):
            return
        begins = [plan.visible_from or timezone.now()] if plan.action in SET_THE_TIME else []
        begins += [] if begins else [when for when in (story.visible_from, plan.visible_from) if when]
        try:
            for begin in begins:
                workflow.check_end(until, begin)
        except workflow.BadRequest as error:
            self.add_error("publish_at" if self.fields["visible_until"].disabled else "visible_until", str(error))

    def ask(self, cleaned):
        """Collect what a person has to say first, of a form in which nothing is wrong."""
        story, plan, when = self.instance, self.plan, cleaned.get("publish_at")
        if self.pressed in NEED_A_READ_TEXT and self.unread:
            self.questions.append(questions.about_unread_text(self.unread))
        if self.pressed in TAKE_DOWN and story.is_visible and not is_confirmed(self.data):
            self.questions.append(questions.about_taking_down(story, self.pressed))
        is_past = bool(when) and when <= timezone.now()
        if plan.asks:
            self.questions.append(questions.about_time(when, is_past))
        self.ask_about_slot(cleaned.get("pin"))
        if self.questions:
            self.answers = questions.answers_to(
                pressed_button(self.data), when, asks_time=plan.asks, is_past=is_past, data=self.data
            )

    def ask_about_slot(self, slot):
        """Ask what becomes of the story that holds the slot this one takes on the front page."""
        story, action = self.instance, self.plan.action
        is_out = story.state == State.PUBLISHED and action != Action.WITHDRAW
        if not slot or not (action in SET_THE_TIME or (is_out and "pin" in self.changed_data)):
            return
        holder = pins.holder_of(slot, other_than=story.pk)
        if holder is None:
            return
        former = self.initial.get("pin") if is_out else None
        ways, way = pins.holder_choices(holder, slot, former), self.data.get("pin_way", "")
        if self.data.get("pin_holder") == str(holder.pk) and way in dict(ways):
            self.room = (holder, way, former)
        else:
            self.questions.append(questions.about_slot(holder, slot, ways, way if way in dict(ways) else ""))

    def refuse_taken_slug(self, url_date, slug):
        taken = Article.objects.filter(url_date=url_date, slug=slug).exclude(pk=self.instance.pk)
        if "slug" not in self.errors and taken.exists():
            self.add_error("slug", _("Another story of that day has this slug."))
