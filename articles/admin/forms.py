from django import forms
from django.contrib import admin
from django.contrib.admin.widgets import AutocompleteSelectMultiple
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminExpandableTextareaWidget, UnfoldAdminTextareaWidget

from articles.models import Article, ArticleTopic, Topic


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


class TopicForm(forms.ModelForm):
    keywords = LinesField(label=_("Keywords"), help_text=_("One a line."))
    hashtags = LinesField(label=_("Hashtags"), help_text=_("One a line."))

    class Meta:
        model = Topic
        fields = ["name", "slug", "short_name", "parent", "description", "keywords", "hashtags"]
