from django.contrib import admin
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.admin import TabularInline

from articles.admin.forms import InlineForm
from articles.models import Image


def thumbnail(image):
    """Return our copy of a picture, small, or a drawn sign that there is none. Nothing foreign is ever fetched."""
    if image is None or not image.file:
        return format_html('<span class="desk-thumbnail desk-thumbnail-none">{}</span>', _("No picture"))
    return format_html(
        '<img class="desk-thumbnail" src="{}" width="64" height="40" alt="" loading="lazy">', image.file.url
    )


class ImageInline(TabularInline):
    """The pictures of a story or the logos of a provider."""

    model = Image
    form = InlineForm
    fields = ["thumbnail", "position", "url", "width", "height", "title", "attribution"]
    readonly_fields = ["thumbnail"]
    extra = 0
    tab = True
    verbose_name_plural = gettext_lazy("pictures")

    @admin.display(description=gettext_lazy("Picture"))
    def thumbnail(self, image):
        return thumbnail(image)
