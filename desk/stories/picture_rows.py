"""The pictures on a story's page."""

from collections.abc import Mapping
from operator import attrgetter
from types import MappingProxyType

from django.utils.translation import gettext_lazy
from unfold.admin import TabularInline

from articles.models import Image
from articles.models.image import CHOSEN
from articles.permissions import may_block_pictures
from desk.stories.desk_actor import desk_actor
from desk.stories.lead_picture import AUTOMATIC
from desk.stories.picture_form import PictureForm, PictureFormSet
from desk.stories.picture_uploads import MOST_FILES
from desk.stories.story_edit import story_edit
from pictures.decoding import BYTE_LIMIT
from pictures.similarity import smaller_copies
from reader.picture_markup import FOCUS_OF_TALL, FOCUS_STEP


class ImageInline(TabularInline):
    """The pictures of a story: to upload, order, describe and crop, with the choice of the lead picture."""

    model = Image
    form, formset = PictureForm, PictureFormSet
    template = "admin/articles/article/pictures.html"
    fields = [
        *("upload", "new_file", "position", "alt", "no_alt", "title", "attribution", "url", "width", "height"),
        *("focal_x", "focal_y"),
    ]
    extra = 0
    tab = True
    ordering_field = "position"
    hide_title = True
    verbose_name_plural = gettext_lazy("pictures")
    add_label = gettext_lazy("Add a picture")
    # As the reader site crops: in steps of percent, and a tall picture without a focal point this far from its top.
    focus_step, focus_of_tall = FOCUS_STEP, FOCUS_OF_TALL
    # For the template: of the story of this request.
    chosen_lead, initial_lead, current_lead = AUTOMATIC, AUTOMATIC, None
    may_block = False
    copies: Mapping[int, Image] = MappingProxyType({})
    automatic, most_files, most_bytes = AUTOMATIC, MOST_FILES, BYTE_LIMIT

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("source", "stored")

    def get_formset(self, request, obj=None, **kwargs):
        if obj is not None:
            pictures = list(obj.images.select_related("source", "stored").order_by("position", "pk"))
            leading = [image for image in pictures if image.file and image.lead_score]
            self.current_lead = max(leading, key=attrgetter("lead_score"), default=None)
            if self.current_lead is not None and self.current_lead.lead_score == CHOSEN:
                self.initial_lead = str(self.current_lead.pk)
            self.copies = smaller_copies(pictures)
        self.may_block = may_block_pictures(desk_actor(request))
        self.chosen_lead = request.POST.get("lead") or self.initial_lead
        formset = super().get_formset(request, obj, **kwargs)
        edit = story_edit(request)
        formset.refused_files, formset.form.requires_alt = edit.refused_files.texts, not edit.is_preview
        return formset
