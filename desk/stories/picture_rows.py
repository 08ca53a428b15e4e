from django.contrib import admin
from django.utils.html import format_html
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.admin import TabularInline

from articles.models import Image
from desk.stories.row_formset import RowFormSet
from desk.stories.story_form import InlineForm


def thumbnail(image):
    """Return our copy of a picture, small, or a drawn sign that there is none. Nothing foreign is ever fetched."""
    if image is None or not image.file:
        return format_html('<span class="desk-thumbnail desk-thumbnail-none">{}</span>', _("No picture"))
    return format_html(
        '<img class="desk-thumbnail" src="{}" width="64" height="40" alt="" loading="lazy">', image.file.url
    )


LEAD_SEEN = '<input type="hidden" name="lead_seen" value="{}">'
CHECKED, DISABLED = mark_safe(" checked"), mark_safe(" disabled")


def lead_of(story):
    """Return the picture that leads a story: the first of which we have a copy, or None. One query."""
    return story.images.exclude(file="").order_by("position", "pk").first()


def choose_lead(story, key):
    """Put the picture with a key before all others of a story; return whether that changed which one leads."""
    pictures = list(story.images.order_by("position", "pk"))
    chosen = next((image for image in pictures if image.pk == key and image.file), None)
    if chosen is None or chosen == next(image for image in pictures if image.file):
        return False
    pictures.remove(chosen)
    for position, image in enumerate([chosen, *pictures]):
        image.position = position
    Image.objects.bulk_update([chosen, *pictures], ["position"])
    return True


class ImageInline(TabularInline):
    """The pictures of a story: to order by drag or keyboard, and to choose the one that leads."""

    model = Image
    form, formset = InlineForm, RowFormSet
    fields = ["lead", "thumbnail", "position", "url", "width", "height", "title", "attribution"]
    readonly_fields = ["lead", "thumbnail"]
    extra = 0
    tab = True
    ordering_field = "position"
    hide_title = True
    template_before = "admin/articles/article/order_hint.html"
    verbose_name_plural = gettext_lazy("pictures")
    # Of the story whose page it is: the picture that leads, the key that was posted, and whether one may be chosen.
    first, chosen, may_choose = None, "", False

    def get_formset(self, request, obj=None, **kwargs):
        self.first = lead_of(obj) if obj else None
        self.chosen = request.POST.get("lead") or str(self.first.pk if self.first else "")
        self.may_choose = self.has_change_permission(request, obj)
        return super().get_formset(request, obj, **kwargs)

    @admin.display(description=gettext_lazy("Lead"))
    def lead(self, image):
        """Return the button by which a picture is made the first; which one was when the page was drawn goes along."""
        if image.pk is None or not image.file:
            return format_html('<span class="desk-byline">{}</span>', _("no copy yet"))
        seen = format_html(LEAD_SEEN, image.pk) if image == self.first else ""
        return format_html(
            '<label class="desk-lead"><input type="radio" name="lead" value="{}" data-lead{}{}> {}</label>{}',
            image.pk,
            CHECKED if str(image.pk) == self.chosen else "",
            "" if self.may_choose else DISABLED,
            _("Leads"),
            seen,
        )

    @admin.display(description=gettext_lazy("Picture"))
    def thumbnail(self, image):
        return thumbnail(image)
