"""The list of deleted stories."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.admin import ModelAdmin
from unfold.decorators import display

from articles.models import Tombstone
from desk.templatetags.desk import time_of


@admin.register(Tombstone)
class TombstoneAdmin(ModelAdmin):
    """Tombstones of deleted stories. Without its tombstone the next import creates a story again."""

    list_display = ["title", "url", "deletion_time", "deleted_by"]
    list_select_related = ["deleted_by"]
    list_before_template = "admin/articles/tombstone/about_deleted.html"
    search_fields = ["title", "url"]
    fields = readonly_fields = ["title", "url", "deletion_time", "deleted_by"]
    actions = ["allow_reimport"]

    @display(description=_("deleted"), ordering="deleted_at")
    def deletion_time(self, tombstone):
        return time_of(tombstone.deleted_at)

    def has_add_permission(self, request):
        return False

    @admin.action(description=_("Allow re-import"), permissions=["delete"])
    def allow_reimport(self, request, tombstones):
        number = tombstones.count()
        tombstones.delete()
        text = ngettext("%(number)d story can be imported again.", "%(number)d stories can be imported again.", number)
        self.message_user(request, text % {"number": number})
