"""The form of a story's page: its fields, what it refuses, and what it asks before it saves."""

from copy import copy
from typing import ClassVar, NamedTuple

from django import forms
from django.contrib import admin
from django.contrib.admin.widgets import AutocompleteSelectMultiple
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminExpandableTextareaWidget, UnfoldAdminTextareaWidget

from articles import workflow
from articles.canonical_urls import identity_of, is_web_url, linkable_url
from articles.choices import Action, State
from articles.editing import pins
from articles.models import Article, ArticleTopic, Topic
from desk.date_fields import DateTimeField
from desk.form_fields import LinesField
from desk.stories import questions
from desk.stories.button_plan import (
    ACTIONS_ON_CURRENT_TEXT,
    BUTTONS,
    FOR_NEW_STORIES,
    TAKE_DOWN_ACTIONS,
    TIME_SETTING_ACTIONS,
    Plan,
    is_confirmed,
    plan_of,
    pressed_button,
    publication_time,
)
from desk.stories.unchanged_values import restore_unchanged


class SlotMove(NamedTuple):
    """What happens to the story `holder` in the slot, a choice of `pins.holder_choices`; it may get `former_slot`."""

    holder: Article
    choice: str
    former_slot: int | None


class StoryForm(forms.ModelForm):
    topics = forms.ModelMultipleChoiceField(
        queryset=Topic.objects.all(),
        required=False,
        label=_("Topics"),
        widget=AutocompleteSelectMultiple(ArticleTopic._meta.get_field("tag"), admin.site),
    )
    levels = LinesField(label=_("Levels"), help_text=_("One per line."))
    # The latest Revision that the page shows.
    seen = forms.CharField(required=False, widget=forms.HiddenInput)
    publish_at = DateTimeField(
        label=_("Publish at"),
        required=False,
        help_text=_("Required to schedule. “Save” only stores it as a proposed time and publishes nothing."),
    )
    # The initial value of "Publish at", as ISO 8601.
    publish_at_seen = forms.CharField(required=False, widget=forms.HiddenInput)
    reason = forms.CharField(
        label=_("Reason"),
        required=False,
        max_length=workflow.REASON_LIMIT,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 2}),
        help_text=_("Required to reject, optional otherwise. Saved in the history."),
    )

    # Set by the page for one request. `clashes` are {field: message} about what others changed while the page was
    # open, `unread_versions` those changes as the history shows them.
    clashes: ClassVar[dict] = {}
    unread_versions: ClassVar[list] = []
    latest_revision = 0
    # The preview shows what would be saved, and asks no questions.
    asks_questions = True

    class Meta:
        model = Article
        exclude = ()  # noqa: DJ006 - the admin's fieldsets say which
        widgets = {
            "title": UnfoldAdminExpandableTextareaWidget(attrs={"rows": 2, "dir": "auto"}),
            "excerpt": UnfoldAdminTextareaWidget(attrs={"rows": 5, "dir": "auto"}),
        }

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.initial["seen"] = self.latest_revision
        if "reason" in self.fields:
            # Otherwise a browser cuts off pasted text without a message.
            self.fields["reason"].widget.attrs.pop("maxlength", None)
        self.plan, self.questions, self.answers = Plan(), [], []
        # The SlotMove of another story that is in the slot which this one gets, if any.
        self.slot_move = None
        self.initial["publish_at"] = time = publication_time(self.instance)
        self.initial["publish_at_seen"] = time.isoformat() if time else ""
        for name, field in self.fields.items():
            if isinstance(field, DateTimeField):
                field.stored = self.initial.get(name)
        if "slug" in self.fields and self.instance.pk and self.instance.was_visible:
            self.fields["slug"].disabled = True
            self.fields["slug"].help_text = _(
                "Part of the story's address, which readers already know. It can no longer change."
            )

    @property
    def pressed_action(self):
        """The action of the button that was pressed, or None."""
        return BUTTONS.get(pressed_button(self.data))

    def is_valid(self):
        """Whether the form can be saved: all fields are valid, and all questions are answered."""
        return super().is_valid() and not self.questions

    def clean(self):
        """Give the story a slug if it has none; refuse a slug that is taken, and the URL of another story."""
        super().clean()
        cleaned = self.cleaned_data
        if self.instance.pk is None and "published_at" not in self.errors:
            # A story written at the desk has the date of its creation until it is published.
            cleaned["published_at"] = cleaned.get("published_at") or timezone.localtime(self.instance.created_at)
        restore_unchanged(self.instance, cleaned)
        for name, message in self.clashes.items():
            self.add_error(name, message)
        self.refuse_disabled_fields()
        link = cleaned.get("web_url") or cleaned.get("original_url") or ""
        same = Article.objects.identified_by(identity_of(link)) if is_web_url(link) else Article.objects.none()
        if same.exclude(pk=self.instance.pk).exists():
            self.add_error("web_url", _("Another story already has this URL."))
        if self.instance.pk:
            cleaned["slug"] = cleaned.get("slug") or self.instance.slug
            self.refuse_taken_slug(self.instance.url_date, cleaned["slug"])
        elif cleaned.get("title"):
            # The model's validators report an invalid URL after this.
            urls = {name: linkable_url(cleaned.get(name)) for name in ("web_url", "original_url")}
            fields = ("title", "slug", "published_at")
            story = Article(**urls, **{name: cleaned[name] for name in fields if cleaned.get(name)})
            story.derive()
            cleaned["slug"] = story.slug
            self.refuse_taken_slug(story.url_date, story.slug)
        else:
            # The error is reported on the headline; one on the slug would only repeat it.
            cleaned["slug"] = cleaned.get("slug") or "untitled"
        self.make_plan(cleaned)
        if self.asks_questions and not self.errors:
            self.ask(cleaned)
        return cleaned

    def refuse_disabled_fields(self):
        """Refuse a posted value for a field that the user may not set: Django would drop it without a message."""
        for name, field in self.fields.items():
            if not field.disabled or field.widget.value_omitted_from_data(self.data, self.files, name):
                continue
            enabled = copy(field)
            enabled.disabled = False
            posted = field.widget.value_from_datadict(self.data, self.files, name)
            if enabled.has_changed(self.initial.get(name), posted):
                self.add_error(name, _("You don't have permission to change this field."))

    def make_plan(self, cleaned):
        """Set the plan for the story's state, or add an error to the field that makes it impossible."""
        action, story = self.pressed_action, self.instance
        if action and not (workflow.RULES[action].allows(story) and (story.pk or action in FOR_NEW_STORIES)):
            # Somebody else changed the state in the meantime: text typed for the former state is not saved in this one.
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
        """Refuse a "Visible until" that is not after the time at which this form makes the story visible."""
        plan, story, changed = self.plan, self.instance, "visible_until" in self.changed_data
        if "visible_until" in self.errors:
            return
        if plan.action == Action.EXPIRE and changed:
            text = _("“Take down now” sets this time. Leave the field unchanged, or use “Save” instead.")
            self.add_error("visible_until", text)
        until = cleaned.get("visible_until")
        if until is None or not (changed or plan.proposes or plan.action in TIME_SETTING_ACTIONS):
            return
        if plan.action in TIME_SETTING_ACTIONS:
            beginnings = [plan.visible_from or timezone.now()]
        else:
            beginnings = [when for when in (story.visible_from, plan.visible_from) if when]
        try:
            for beginning in beginnings:
                workflow.check_end(until, beginning)
        except workflow.BadRequest as error:
            self.add_error("publish_at" if self.fields["visible_until"].disabled else "visible_until", str(error))

    def ask(self, cleaned):
        """Collect the questions to a person about a form without errors."""
        story, plan, when = self.instance, self.plan, cleaned.get("publish_at")
        if self.pressed_action in ACTIONS_ON_CURRENT_TEXT and self.unread_versions:
            self.questions.append(questions.about_unread_text(self.unread_versions))
        if self.pressed_action in TAKE_DOWN_ACTIONS and story.is_visible and not is_confirmed(self.data):
            self.questions.append(questions.about_taking_down(story, self.pressed_action))
        is_past = bool(when) and when <= timezone.now()
        if plan.asks_for_time:
            self.questions.append(questions.about_time(when, is_past))
        self.ask_about_slot(cleaned.get("pin"))
        if self.questions:
            self.answers = questions.answers_for_button(
                pressed_button(self.data), when, asks_for_time=plan.asks_for_time, is_past=is_past, data=self.data
            )

    def ask_about_slot(self, slot):
        """Ask what happens to another story that is in the front-page slot which this one gets."""
        story, action = self.instance, self.plan.action
        is_published = story.state == State.PUBLISHED and action != Action.WITHDRAW
        if not slot or not (action in TIME_SETTING_ACTIONS or (is_published and "pin" in self.changed_data)):
            return
        holder = pins.holder_of(slot, other_than=story.pk)
        if holder is None:
            return
        former = self.initial.get("pin") if is_published else None
        choices, choice = pins.holder_choices(holder, slot, former), self.data.get("pin_way", "")
        if self.data.get("pin_holder") == str(holder.pk) and choice in dict(choices):
            self.slot_move = SlotMove(holder, choice, former)
        else:
            chosen = choice if choice in dict(choices) else ""
            self.questions.append(questions.about_slot(holder, slot, choices, chosen))

    def refuse_taken_slug(self, url_date, slug):
        taken = Article.objects.filter(url_date=url_date, slug=slug).exclude(pk=self.instance.pk)
        if "slug" not in self.errors and taken.exists():
            self.add_error("slug", _("Another story of that day already has this slug."))
