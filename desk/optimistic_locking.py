"""Two editors at one form: what others changed while it was open is merged, or said beside its field."""

import json

from django import forms
from django.utils.translation import gettext as _

from desk.edit_conflicts import merge_field


class GuardedForm(forms.ModelForm):
    """A form that says what it was drawn with, and is held against what is there when it is posted.

    A field its editor left alone keeps what others made of it; one that both changed, differently, is refused with
    what was typed still in it, and counts when it is posted again.
    """

    seen = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, data=None, *args, instance=None, **kwargs):
        super().__init__(data, *args, instance=instance, **kwargs)
        self.clashes = {}
        # Of this form alone: what a class declares is shared by all requests.
        self.guarded = [name for name in self.fields if name in self.initial and name != "seen"]
        if instance is None or instance.pk is None:
            return
        now = {name: self.initial[name] for name in self.guarded}
        if self.is_bound:
            self.data = self.data.copy()
            self.bring_up_to_date(now)
            self.data[self.add_prefix("seen")] = json.dumps(now)
        else:
            self.initial["seen"] = json.dumps(now)

    def bring_up_to_date(self, now):
        then = told(self.data.get(self.add_prefix("seen"), ""))
        for name in self.guarded:
            values = (then.get(name), now[name])
            if merge_field(self, name, self.add_prefix(name), values, self.data) == "clash":
                self.clashes[name] = now[name]

    def clean(self):
        cleaned = super().clean()
        for name, value in self.clashes.items():
            if name not in self.errors:
                self.add_error(name, self.clash_in_words(name, value))
        return cleaned

    def clash_in_words(self, name, value):
        field = self.fields[name]
        if isinstance(field, forms.ModelChoiceField):
            value = field.queryset.filter(pk=value).first() if value else None
        shown = ", ".join(map(str, value)) if isinstance(value, list) else value
        text = _("Somebody else changed this meanwhile: it is “%(value)s” now. Save again to make it yours.")
        return text % {"value": shown if shown not in (None, "") else "–"}


def told(seen):
    """Return what a page said it was drawn with, {field: value}; whatever else was posted says nothing."""
    try:
        read = json.loads(seen)
    except (ValueError, RecursionError):
        return {}
    return read if isinstance(read, dict) else {}
