"""The options of a bulk change: the form that asks for them, and how they are shown."""

from datetime import datetime
from typing import Any, cast

from django import forms
from django.db.models import Model
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminIntegerFieldWidget, UnfoldAdminTextareaWidget

from articles import workflow
from articles.bulk_actions.actions import OPTIONS
from articles.choices import BulkAction
from articles.models import Topic
from articles.models.coverage import SCORE_LIMIT
from desk.date_fields import DateTimeField
from desk.form_fields import StoryProviderField, TopicField
from newsroom.dates import format_time
from providers.models import Provider

# The options that are keys of rows.
MODELS: dict[str, type[Topic] | type[Provider]] = {"topic": Topic, "other_topic": Topic, "provider": Provider}


class BulkForm(forms.Form):
    """The options of a bulk action: only the fields that OPTIONS names for it."""

    visible_from = DateTimeField(label=gettext_lazy("Publish at"))
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=workflow.REASON_LIMIT,
        help_text=gettext_lazy("Saved in the history."),
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 2}),
    )
    heat = forms.IntegerField(
        label=gettext_lazy("Heat"), min_value=-1, max_value=SCORE_LIMIT, widget=UnfoldAdminIntegerFieldWidget
    )
    by = forms.IntegerField(
        label=gettext_lazy("Change by"),
        min_value=-SCORE_LIMIT,
        max_value=SCORE_LIMIT,
        widget=UnfoldAdminIntegerFieldWidget,
        help_text=gettext_lazy("Added to each story's heat; use −20 to lower it. Unscored stories are skipped."),
    )
    quality = forms.IntegerField(
        label=gettext_lazy("Quality"), min_value=0, max_value=SCORE_LIMIT, widget=UnfoldAdminIntegerFieldWidget
    )
    topic = TopicField(label=gettext_lazy("Topic"))
    other_topic = TopicField(label=gettext_lazy("Replace with"))
    provider = StoryProviderField(label=gettext_lazy("Provider"))

    def __init__(self, action, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for name in self.fields.keys() - set(OPTIONS.get(action, ())):
            del self.fields[name]
        for name in ("topic", "other_topic"):
            if name in self.fields:
                cast(TopicField, self.fields[name]).offer(Topic.objects.all())
        if "provider" in self.fields:
            cast(StoryProviderField, self.fields["provider"]).offer(Provider.objects.active())
        if "reason" in self.fields:
            # With it a browser cuts what is pasted without saying so.
            self.fields["reason"].widget.attrs.pop("maxlength", None)
        if action == BulkAction.WITHDRAW:
            self.fields["reason"].required = False
        if action == BulkAction.REPLACE_TOPIC:
            self.fields["topic"].label = _("Replace this topic")

    def clean(self):
        super().clean()
        cleaned = self.cleaned_data
        if cleaned.get("other_topic") and cleaned.get("other_topic") == cleaned.get("topic"):
            self.add_error("other_topic", _("Choose two different topics."))
        return cleaned

    def clean_visible_from(self):
        when = self.cleaned_data["visible_from"]
        if when <= timezone.now():
            raise forms.ValidationError(_("Choose a publication time in the future."))
        return when

    @property
    def options(self):
        """The options as JSON: rows by their keys, times in ISO 8601."""
        options = {name: getattr(value, "pk", value) for name, value in self.cleaned_data.items()}
        if "visible_from" in options:
            options["visible_from"] = options["visible_from"].isoformat()
        return options


class OptionTexts:
    """The options of some bulk changes for display; topics and providers are looked up together."""

    def __init__(self, changes):
        self.rows: dict[type[Model], dict[int, Any]] = {}
        for model in (Topic, Provider):
            names = [name for name, of_model in MODELS.items() if of_model is model]
            keys = {change.options.get(name) for change in changes for name in names} - {None}
            self.rows[model] = model.objects.in_bulk(keys) if keys else {}

    def of(self, change):
        """Return [(label, value)] of the options that a person chose for a change."""
        options = [(name, value) for name, value in change.options.items() if name in BulkForm.base_fields]
        return [(BulkForm.base_fields[name].label, self.describe(name, value)) for name, value in options]

    def describe(self, name, value):
        if name in MODELS:
            return self.rows[MODELS[name]].get(value) or _("no longer exists")
        return format_time(datetime.fromisoformat(value)) if name == "visible_from" else value
