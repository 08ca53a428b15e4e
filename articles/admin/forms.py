from datetime import datetime
from typing import ClassVar

from django import forms
from django.contrib import admin
from django.contrib.admin.widgets import AutocompleteSelectMultiple
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminExpandableTextareaWidget,
    UnfoldAdminSplitDateTimeWidget,
    UnfoldAdminTextareaWidget,
)

from articles import workflow
from articles.choices import Action
from articles.importing.typed import YEARS
from articles.models import Article, ArticleTopic, Topic
from articles.web_urls import identity_of, is_web_url

# unfold's names of the buttons on a story's page.
BUTTONS = {
    "publish": Action.PUBLISH,
    "schedule": Action.SCHEDULE,
    "end_embargo": Action.END_EMBARGO,
    "submit_for_review": Action.SUBMIT,
    "reject": Action.REJECT,
    "withdraw": Action.WITHDRAW,
    "expire": Action.EXPIRE,
    "restore": Action.RESTORE,
}


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
    publish_at = forms.SplitDateTimeField(
        label=_("Publish at"),
        required=False,
        widget=UnfoldAdminSplitDateTimeWidget,
        help_text=_("For “Schedule”: when readers shall see it."),
    )
    reason = forms.CharField(
        label=_("Reason"),
        required=False,
        max_length=workflow.REASON_LIMIT,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 2}),
        help_text=_("For “Reject”, which needs one, and “Withdraw”. It is kept in the history."),
    )

    # What others made of fields while the page was open, {field: words}.
    clashes: ClassVar[dict] = {}
    latest = 0

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
        if self.instance.pk and self.instance.is_scheduled:
            self.initial["publish_at"] = self.instance.visible_from
        if "slug" in self.fields and self.instance.pk and self.instance.was_visible:
            self.fields["slug"].disabled = True
            self.fields["slug"].help_text = _(
                "Part of the story's address, which readers already have. It cannot change."
            )

    @property
    def pressed(self):
        """The action of the button that was pressed, or None."""
        return next((taken for name, taken in BUTTONS.items() if f"articles_article_{name}" in self.data), None)

    def clean(self):
        """Make the slug of a story that was given none; refuse one that is taken, and a story we have."""
        cleaned = super().clean()
        keep_untouched(self.instance, cleaned)
        for name, words in self.clashes.items():
            self.add_error(name, words)
        if self.pressed and self.instance.pk and not workflow.RULES[self.pressed].leads_from(self.instance):
            # Somebody else changed its state meanwhile: what was typed for the one is not saved into the other.
            self.add_error(None, str(workflow.InvalidTransition(self.pressed, self.instance)))
        elif self.pressed and "reason" not in self.errors and "publish_at" not in self.errors:
            self.check_request(cleaned)
        for name in ("published_at", "revised_at"):
            if cleaned.get(name) and cleaned[name].year not in YEARS:
                self.add_error(name, _("That is no year a story is of."))
        until, since = cleaned.get("visible_until"), self.instance.visible_from
        if until and since and until <= since:
            self.add_error("visible_until", _("That is before readers begin to see it."))
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
        return cleaned

    def check_request(self, cleaned):
        """Say beside the field what the pressed button lacks."""
        try:
            workflow.check_request(self.pressed, cleaned.get("reason", ""), cleaned.get("publish_at"))
        except workflow.BadRequest as error:
            self.add_error("publish_at" if self.pressed == Action.SCHEDULE else "reason", str(error))

    def refuse_taken_slug(self, url_date, slug):
        taken = Article.objects.filter(url_date=url_date, slug=slug).exclude(pk=self.instance.pk)
        if "slug" not in self.errors and taken.exists():
            self.add_error("slug", _("Another story of that day has this slug."))
