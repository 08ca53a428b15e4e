"""The row of a picture on a story's page: what it refuses, and how it takes over an uploaded file."""

from collections.abc import Sequence

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from articles.models import Image, StoredPicture
from articles.models.image import CHOSEN, NEVER_LEADS
from desk.stories.picture_uploads import uploaded_picture
from desk.stories.row_formset import RowForm, RowFormSet
from pictures.choosing import score_of

# The fields of PictureForm that change which copy a picture shows, or whether it has one.
COPY_FIELDS = frozenset({"upload", "url"})


class PictureForm(RowForm):
    """A picture that was downloaded, uploaded, or only named by its URL."""

    # The digest of an uploaded file.
    upload = forms.CharField(required=False, widget=forms.HiddenInput)
    # Only for pages without scripts; `picture_uploads.take_files` has stored the file by now.
    new_file = forms.FileField(
        required=False,
        label=gettext_lazy("Replace with another file"),
        widget=forms.FileInput(attrs={"accept": "image/*"}),
    )
    no_alt = forms.BooleanField(
        required=False, label=gettext_lazy("No alternative text: it would only repeat the headline")
    )

    # The preview shows an upload before it is described.
    requires_alt = True

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.uploaded: StoredPicture | None = None
        image = self.instance
        # Saved without a description: the editor has said that none is needed.
        self.initial["no_alt"] = bool(image.pk and image.stored_id and not image.url and not image.alt)

    def clean(self):
        cleaned = super().clean()
        image, digest = self.instance, cleaned.get("upload")
        if digest:
            self.uploaded = uploaded_picture(digest)
            if self.uploaded is None:
                self.add_error(None, _("The uploaded file is no longer available. Choose it again."))
            self.clear_former_url(cleaned)
        elif image.pk is None and not cleaned.get("url") and "url" not in self.errors and self.has_changed():
            self.add_error("url", _("Upload a file or enter the URL of a picture."))
        is_upload = self.uploaded is not None or bool(image.pk and image.stored_id and not image.url)
        if is_upload and not cleaned.get("url"):
            self.check_alt(cleaned)
        if self.uploaded is not None:
            cleaned |= {"width": self.uploaded.width, "height": self.uploaded.height}
        return cleaned

    def clear_former_url(self, cleaned):
        """Clear the URL of a picture that an uploaded file replaces; refuse one that was typed along with a file."""
        if "url" in self.changed_data and cleaned.get("url"):
            self.add_error("url", _("Enter a URL or upload a file, not both."))
        cleaned["url"] = ""

    def check_alt(self, cleaned):
        """Require a description of an uploaded picture, or the statement that none is needed; not both."""
        if cleaned.get("alt") and cleaned.get("no_alt"):
            self.add_error("alt", _("Clear the alternative text, or untick “No alternative text”."))
        elif self.requires_alt and not (cleaned.get("alt") or cleaned.get("no_alt") or "alt" in self.errors):
            self.add_error("alt", _("Describe the picture for readers who cannot see it."))

    def save(self, commit=True):
        image = super().save(commit=False)
        if self.uploaded is not None:
            use_copy(image, self.uploaded)
        elif image.pk and "url" in self.changed_data:
            # Another picture, of which there is no copy yet.
            image.source = image.stored = None
            image.file, image.lead_score = "", NEVER_LEADS
        if commit:
            image.save()
        return image


class PictureFormSet(RowFormSet):
    """The pictures of a story; `refused_files` are texts about files that were not stored."""

    # Set for one request.
    refused_files: Sequence[str] = ()

    def clean(self):
        super().clean()
        if self.refused_files:
            raise ValidationError(list(self.refused_files))


def use_copy(image: Image, stored: StoredPicture) -> None:
    """Let a picture show an uploaded file; it leads if the desk has chosen it, or by its size and shape."""
    image.source, image.stored, image.file = None, stored, stored.file
    if image.lead_score != CHOSEN:
        image.lead_score = score_of(None, stored)
