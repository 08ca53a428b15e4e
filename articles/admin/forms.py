from datetime import datetime

from django import forms
from django.contrib import admin
from django.contrib.admin.widgets import AutocompleteSelectMultiple
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminExpandableTextareaWidget, UnfoldAdminTextareaWidget

from articles.importing.typed import YEARS
from articles.models import Article, ArticleTopic, Topic
from articles.web_urls import identity_of, is_web_url


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
        stored = getattr(instance, name, None) if instance.pk else None
        if isinstance(value, str) and isinstance(stored, str):
            cleaned[name] = stored if in_lines(value) == in_lines(stored) else value.replace("\r\n", "\n")
        elif isinstance(value, datetime) and isinstance(stored, datetime) and value == stored.replace(microsecond=0):
            cleaned[name] = stored


def in_lines(text):
    return text.strip().replace("\r\n", "\n").split("\n")


class InlineForm(forms.ModelForm):
    """The form of a row on a story's page."""

    def clean(self):
        cleaned = super().clean()
        keep_untouched(self.instance, cleaned)
        return cleaned


class StoryForm(forms.ModelForm):
    topics = forms.ModelMultipleChoiceField(
        queryset=Topic.objects.all(),
        required=False,
        label=_("Topics"),
        widget=AutocompleteSelectMultiple(ArticleTopic._meta.get_field("tag"), admin.site),
    )
    levels = LinesField(label=_("Levels"), help_text=_("One a line."))

    class Meta:
        model = Article
        exclude = ()  # noqa: DJ006 - the admin's fieldsets say which
        widgets = {
            "title": UnfoldAdminExpandableTextareaWidget(attrs={"rows": 2, "dir": "auto"}),
            "excerpt": UnfoldAdminTextareaWidget(attrs={"rows": 5, "dir": "auto"}),
        }

    def clean(self):
        """Make the slug of a story that was given none; refuse one that is taken, and a story we have."""
        cleaned = super().clean()
        keep_untouched(self.instance, cleaned)
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

    def refuse_taken_slug(self, url_date, slug):
        taken = Article.objects.filter(url_date=url_date, slug=slug).exclude(pk=self.instance.pk)
        if "slug" not in self.errors and taken.exists():
            self.add_error("slug", _("Another story of that day has this slug."))


class TopicForm(forms.ModelForm):
    keywords = LinesField(label=_("Keywords"), help_text=_("One a line."))
    hashtags = LinesField(label=_("Hashtags"), help_text=_("One a line."))

    class Meta:
        model = Topic
        fields = ["name", "slug", "short_name", "parent", "description", "keywords", "hashtags"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if "slug" in self.fields:
            # A new topic without one gets it from its name; an old one keeps its own.
            self.fields["slug"].required = False

    def clean_slug(self):
        return self.cleaned_data["slug"] or self.instance.slug
