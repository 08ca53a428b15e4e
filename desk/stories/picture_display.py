"""What a story's page shows of a picture beside the fields of its form."""

from django.utils.text import Truncator
from django.utils.translation import gettext as _

from articles.models import Image
from desk.stories.blocking_page import is_blockable
from desk.stories.lead_picture import UPLOAD
from desk.stories.picture_states import ROW, STAGE, copy_url, describe_size, describe_state
from desk.stories.picture_uploads import uploaded_picture
from pictures.blocking import is_blocked

NAME_LENGTH = 60


class PictureRow:
    """A row of the pictures of a story; `inline` is its ImageInline, `inline_form` the admin's form of the row.

    `thumbnail` and `picture` are the URLs of our copy, or empty.
    """

    def __init__(self, inline, inline_form):
        form, image = inline_form.form, inline_form.original
        digest = form["upload"].value() if "upload" in form.fields and form.is_bound else ""
        uploaded = uploaded_picture(digest) if digest else None
        file = uploaded.file if uploaded else str(image.file) if image else ""
        self.thumbnail, self.picture = (copy_url(file, width) if file else "" for width in (ROW, STAGE))
        self.size = describe_size(uploaded) if uploaded else ""
        self.state = describe_state(image) if image and not uploaded else None
        larger = inline.copies.get(image.pk) if image and not uploaded else None
        self.copy_text = describe_copy(larger) if larger else ""
        # Of the other pictures a description may be left out anyway.
        self.is_upload = bool(uploaded or (image and image.stored_id and not image.url))
        self.is_blocked = image is not None and is_blocked(image)
        self.may_block = bool(inline.may_block and image and not uploaded and is_blockable(image))
        self.is_lead = image is not None and image == inline.current_lead
        self.lead_value = str(image.pk) if image else f"{UPLOAD}{digest}" if digest else ""
        self.is_chosen = bool(self.lead_value) and self.lead_value == inline.chosen_lead


def describe_copy(larger: Image) -> str:
    """Return the sentence about a picture that is a smaller copy of another one."""
    name = larger.title or larger.url or _("Uploaded")
    text = _("Looks the same as “%(picture)s” (%(size)s).")
    return text % {
        "picture": Truncator(name).chars(NAME_LENGTH),
        "size": larger.stored and describe_size(larger.stored),
    }
