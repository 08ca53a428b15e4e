"""Quality and heat, edited in the rows of the list: the form of a row, and saving it."""

from django import forms
from django.contrib import messages
from django.utils.translation import gettext as _

from articles.choices import State
from articles.editing.fields import EditConflict, edit, last_change_of
from articles.models import Article
from desk.edit_conflicts import author_name
from desk.stories.desk_actor import desk_actor
from newsroom.dates import brief_time

SCORES = ("quality", "heat")


class ScoreForm(forms.ModelForm):
    """Quality and heat of a row, with the values that the list was loaded with as hidden inputs.

    `clashes` are {name: current value} of scores that others changed in the meantime; saving again overwrites them.
    """

    may_publish = True

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.clashes = {}
        for name in SCORES:
            field = self.fields[name]
            field.show_hidden_initial = True
            field.disabled = self.instance.state == State.PUBLISHED and not self.may_publish

    def clean(self):
        """Refuse a score that somebody else changed since the list was loaded; the typed value stays in the form."""
        super().clean()
        cleaned = self.cleaned_data
        stored = Article.objects.filter(pk=self.instance.pk).values(*SCORES).first() or {}
        for name in set(self.changed_data) & set(SCORES):
            if self.initial_value(name) != stored.get(name) and cleaned.get(name) != stored.get(name):
                self.clashes[name] = stored.get(name)
                self.add_error(name, describe_score_clash(self.instance, name, stored.get(name)))
        return cleaned

    def initial_value(self, name):
        """Return the posted value that the list was loaded with; None if it is malformed."""
        try:
            return self.fields[name].clean(self.data.get(self.add_initial_prefix(name)))
        except forms.ValidationError:
            return None


def describe_score_clash(story, name, value):
    """Return the message about a score that another person changed in the meantime."""
    revision = last_change_of(story, [name])
    shown_value = "–" if value is None else value
    if revision is None:
        return _("Someone else changed this to %(value)s. Save again to use your value.") % {"value": shown_value}
    values = {"who": author_name(revision), "when": brief_time(revision.created_at), "value": shown_value}
    return _("%(who)s set this to %(value)s (%(when)s). Save again to use your value.") % values


def save_scores(model_admin, request, story, form):
    """Write the changed scores of a row through `articles.editing.fields.edit`."""
    values = {name: form.cleaned_data[name] for name in form.changed_data if name in SCORES}
    try:
        edit(story, values, desk_actor(request), expected={name: form.initial_value(name) for name in values})
    except EditConflict as clash:
        for name, value in clash.current_values.items():
            model_admin.message_user(request, describe_score_clash(story, name, value), messages.ERROR)
