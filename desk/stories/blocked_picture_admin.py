"""The list of blocked pictures."""

from django.contrib import admin
from django.contrib.admin.models import DELETION, LogEntry
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from unfold.decorators import display

from articles.models import BlockedPicture
from articles.permissions import may_block_pictures
from articles.sanitising import plain_text
from desk.imports.import_admin import ReadOnlyAdmin
from desk.stories.desk_actor import desk_actor
from desk.templatetags.desk import time_of
from pictures.blocking import allow_again


@admin.register(BlockedPicture)
class BlockedPictureAdmin(ReadOnlyAdmin):
    """Pictures that the desk removed from all stories, which are not stored until they are allowed again."""

    list_display = ["name", "url", "story", "blocking_time", "blocked_by"]
    list_display_links = None
    list_select_related = ["article", "blocked_by"]
    list_before_template = "admin/articles/blockedpicture/about_blocked.html"
    search_fields = ["title", "url", "article__title"]
    list_per_page = 100
    # It does more than deleting the row.
    actions = ["allow_again"]

    @display(description=gettext_lazy("picture"), ordering="title")
    def name(self, block):
        return plain_text(block.title) or (_("Without a title") if block.url else _("Uploaded"))

    @display(description=gettext_lazy("story"), empty_value="–")
    def story(self, block):
        if block.article is None:
            return None
        address = reverse("admin:articles_article_change", args=[block.article_id])
        return format_html('<a href="{}">{}</a>', address, plain_text(block.article.title))

    @display(description=gettext_lazy("blocked"), ordering="blocked_at")
    def blocking_time(self, block):
        return time_of(block.blocked_at)

    def has_view_permission(self, request, obj=None):
        return may_block_pictures(desk_actor(request))

    def has_module_permission(self, request):
        return self.has_view_permission(request)

    @admin.action(description=gettext_lazy("Allow again"), permissions=["view"])
    def allow_again(self, request, blocks):
        rows = list(blocks)
        LogEntry.objects.log_actions(request.user.pk, rows, DELETION, change_message=_("Allowed again"))
        number = allow_again(rows, desk_actor(request))
        text = ngettext(
            "%(number)d picture can be stored again. “Download pictures” in the list of stories downloads it now.",
            "%(number)d pictures can be stored again. “Download pictures” in the list of stories downloads them now.",
            number,
        )
        self.message_user(request, text % {"number": number})
