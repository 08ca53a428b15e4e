"""The list of deleted stories."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.admin import ModelAdmin

from articles.models import Tombstone


@admin.register(Tombstone)
class TombstoneAdmin(ModelAdmin):
    """Tombstones of deleted stories. Without its tombstone the next import creates a story again."""

    list_display = ["title", "url", "deleted_at", "deleted_by"]
    list_select_related = ["deleted_by"]
    list_before_template = "admin/articles/tombstone/about_deleted.html"
    search_fields = ["title", "url"]
    fields = readonly_fields = ["title", "url", "deleted_at", "deleted_by"]
    actions = ["lift"]

    def has_add_permission(self, request):
        return False

    @admin.action(description=_("Allow re-import"), permissions=["delete"])
    def lift(self, request, tombstones):
        number = tombstones.count()
        tombstones.delete()
        text = ngettext("%(number)d story can be imported again.", "%(number)d stories can be imported again.", number)
        self.message_user(request, text % {"number": number})
