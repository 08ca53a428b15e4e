"""The form of an import: its files, and what becomes of new stories."""

from typing import cast

from django import forms
from django.conf import settings
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from articles.importing.publication import PublishPolicy
from articles.importing.sources import uploads
from articles.models import ImportPreference
from articles.permissions import may_restore_exports

PUBLISH_LABELS = {
    PublishPolicy.UPSTREAM: gettext_lazy("Publish as upstream suggests"),
    PublishPolicy.REVIEW: gettext_lazy("Send stories that upstream publishes to review"),
    PublishPolicy.NEVER: gettext_lazy("Send all new stories to the inbox"),
}


class FilesInput(forms.ClearableFileInput):
    allow_multiple_selected = True


class FilesField(forms.FileField):
    """One or more files."""

    widget = FilesInput

    def __init__(self, **kwargs):
        # The import itself reports an empty file by its name, and takes the others.
        super().__init__(allow_empty_file=True, **kwargs)

    def clean(self, value, initial=None):
        return [super(FilesField, self).clean(file, initial) for file in value or [None]]


class ImportForm(forms.Form):
    """`actor` is the workflow.Actor; `has_skipped_files` says that the upload handlers refused some of the files."""

    files = FilesField(label=gettext_lazy("Files"))  # type: ignore[assignment] # Django moves it to `base_fields`
    publish = forms.ChoiceField(
        label=gettext_lazy("New stories"),
        initial=PublishPolicy.NEVER,
        widget=forms.RadioSelect,
    )
    pictures = forms.BooleanField(label=gettext_lazy("Download pictures after the import"), required=False)

    restore = forms.BooleanField(
        label=gettext_lazy("Restore the desk's edits"),
        help_text=gettext_lazy(
            "Stories get the values and the state that they have in the export. Later edits are overwritten."
        ),
        required=False,
    )

    def __init__(self, *args, actor, has_skipped_files=False, **kwargs):
        super().__init__(*args, **kwargs)
        # For a user who may not publish, what upstream publishes goes to review.
        cast(forms.ChoiceField, self.fields["publish"]).choices = [
            (option, PUBLISH_LABELS[option.permitted_for(actor)])
            for option in (PublishPolicy.NEVER, PublishPolicy.UPSTREAM)
        ]
        if not may_restore_exports(actor):
            del self.fields["restore"]
        self.has_skipped_files = has_skipped_files
        if has_skipped_files:
            self.fields["files"].required = False

    def clean_files(self):
        if self.has_skipped_files:
            limits = {"files": uploads.MAX_FILES, "size": filesizeformat(settings.IMPORT_MAX_UPLOAD_BYTES)}
            text = _(
                "Too many files, or too large: upload at most %(files)s files, %(size)s in total. Nothing was saved."
            )
            raise forms.ValidationError(text % limits)
        return self.cleaned_data["files"]


def initial_values(user):
    """Return the values with which the form is first shown to a user."""
    return {"publish": preferred_publish(user), "pictures": settings.PICTURES_FETCH}


def preferred_publish(user):
    """Return what a user last chose for new stories; the inbox until they choose."""
    preference = ImportPreference.objects.filter(user=user).first()
    return preference.publish if preference else PublishPolicy.NEVER
