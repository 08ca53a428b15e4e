"""Forms that two people may have open at once: what one saves is merged with what the other changed before."""

import json
from typing import Any, cast

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _

from desk.edit_conflicts import merge_field


class OptimisticForm(forms.ModelForm):
    """A form that posts the values it was rendered with, and compares them with the row's current ones.

    A field that its user did not touch keeps the change of somebody else. A field that both changed, differently, gets
    an error and keeps what was typed; posted again, it is saved.
    """

    # The values that the form was rendered with, as JSON.
    rendered = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, data=None, files=None, *, instance=None, **kwargs):
        super().__init__(data, files, instance=instance, **kwargs)
        self.clashes: dict[str, Any] = {}
        self.compared_fields = [name for name in self.fields if name in self.initial and name != "rendered"]
        if instance is None or instance.pk is None:
            return
        current = {name: self.initial[name] for name in self.compared_fields}
        if self.is_bound:
            self.data = posted = cast(QueryDict, self.data).copy()
            self.merge_changes(current)
            posted[self.add_prefix("rendered")] = json.dumps(current)
        else:
            self.initial["rendered"] = json.dumps(current)

    def merge_changes(self, current):
        """Put the changes of others into the posted data; note in `clashes` the fields that both changed."""
        rendered_values = parse_rendered(self.data.get(self.add_prefix("rendered"), ""))
        for name in self.compared_fields:
            values = (rendered_values.get(name), current[name])
            if merge_field(self, name, self.add_prefix(name), values, self.data) == "clash":
                self.clashes[name] = current[name]

    def clean(self):
        cleaned = super().clean()
        for name, value in self.clashes.items():
            if name not in self.errors:
                self.add_error(name, self.describe_clash(name, value))
        return cleaned

    def describe_clash(self, name, value):
        """Return the error of a field to which somebody else gave a value."""
        field = self.fields[name]
        if isinstance(field, forms.ModelChoiceField):
            rows = field.queryset
            value = rows.filter(pk=value).first() if value and rows is not None else None
        text = ", ".join(map(str, value)) if isinstance(value, list) else value
        error = _("Someone else changed this to “%(value)s”. Save again to use your version.")
        return error % {"value": text if text not in (None, "") else "–"}


def parse_rendered(text):
    """Return the values that a form was rendered with, {field: value}, or {} if the text is malformed."""
    try:
        values = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return values if isinstance(values, dict) else {}
