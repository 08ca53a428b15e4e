"""The pictures on a story's page, and the choice of the lead picture."""

from django.contrib import admin
from django.utils.html import format_html
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.admin import TabularInline

from articles.models import Image
from articles.models.image import CHOSEN
from desk.stories.row_formset import RowForm, RowFormSet


def thumbnail(image):
    """Return our copy of a picture as a small `<img>`, or a placeholder. Foreign URLs are never fetched."""
    if image is None or not image.file:
        return format_html('<span class="desk-thumbnail desk-thumbnail-none">{}</span>', _("No picture"))
    return format_html(
        '<img class="desk-thumbnail" src="{}" width="64" height="40" alt="" loading="lazy">', image.file.url
    )


INITIAL_LEAD = '<input type="hidden" name="lead_seen" value="{}">'
CHECKED, DISABLED = mark_safe(" checked"), mark_safe(" disabled")


def lead_picture(story):
    """Return the lead picture of a story, or None. One query."""
    return story.images.leading().first()


def choose_lead(story, key):
    """Make the picture with a key the lead and move it before all others of a story; return whether the lead changed.

    Downloads never replace it by a better one; only another choice of the desk does.
    """
    pictures = list(story.images.order_by("position", "pk"))
    chosen = next((image for image in pictures if image.pk == key and image.file), None)
    if chosen is None or chosen == lead_picture(story):
        return False
    pictures.remove(chosen)
    for position, image in enumerate([chosen, *pictures]):
        image.position = position
        # Still a picture that may lead, once the chosen one is removed.
        image.lead_score = min(image.lead_score, CHOSEN - 1)
    chosen.lead_score = CHOSEN
    Image.objects.bulk_update([chosen, *pictures], ["position", "lead_score"])
    return True


class ImageInline(TabularInline):
    """The pictures of a story, to be ordered by dragging or the keyboard, with the choice of the lead picture."""

    model = Image
    form, formset = RowForm, RowFormSet
    fields = ["lead", "thumbnail", "position", "url", "width", "height", "title", "attribution"]
    readonly_fields = ["lead", "thumbnail"]
    extra = 0
    tab = True
    ordering_field = "position"
    hide_title = True
    template_before = "admin/articles/article/order_hint.html"
    verbose_name_plural = gettext_lazy("pictures")
    # Of the story of this request: its lead picture, the key chosen in the form, and whether the user may choose.
    current_lead, chosen_key, may_choose = None, "", False

    def get_formset(self, request, obj=None, **kwargs):
        self.current_lead = lead_picture(obj) if obj else None
        self.chosen_key = request.POST.get("lead") or str(self.current_lead.pk if self.current_lead else "")
        self.may_choose = self.has_change_permission(request, obj)
        return super().get_formset(request, obj, **kwargs)

    @admin.display(description=gettext_lazy("Lead"))
    def lead(self, image):
        """Return the radio button that chooses the lead picture, with the current one as a hidden input."""
        if image.pk is None or not image.file:
            return format_html('<span class="desk-byline">{}</span>', _("not downloaded"))
        initial = format_html(INITIAL_LEAD, image.pk) if image == self.current_lead else ""
        return format_html(
            '<label class="desk-lead"><input type="radio" name="lead" value="{}" data-lead{}{}> {}</label>{}',
            image.pk,
            CHECKED if str(image.pk) == self.chosen_key else "",
            "" if self.may_choose else DISABLED,
            _("Lead picture"),
            initial,
        )

    @admin.display(description=gettext_lazy("Picture"))
    def thumbnail(self, image):
        return thumbnail(image)
