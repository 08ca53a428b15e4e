"""The list of conflicts between upstream and the desk."""

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import display

from articles import workflow
from articles.importing.conflicts import UnusableValue, settle
from articles.models import Conflict
from articles.permissions import EDIT
from articles.sanitising import plain_text
from desk.imports.import_admin import ReadOnlyAdmin
from desk.stories.conflict_choices import describe_sides
from desk.stories.desk_actor import desk_actor
from desk.stories.history_texts import key_label
from desk.templatetags.desk import time_of


@admin.register(Conflict)
class ConflictAdmin(ReadOnlyAdmin):
    """Fields that upstream and the desk both changed, to be settled."""

    list_display = ["story", "field_label", "our_version", "upstream_version", "since", "settlement_label"]
    list_display_links = None
    list_select_related = ["article", "settled_by"]
    list_filter = [("settlement", ChoicesDropdownFilter), "field"]
    list_filter_submit = True
    search_fields = ["article__title"]
    actions = ["take_theirs", "keep_ours", "always_ours"]

    def get_queryset(self, request):
        conflicts = super().get_queryset(request)
        return conflicts if "settlement__exact" in request.GET else conflicts.filter(settlement="")

    def has_settle_permission(self, request):
        return request.user.has_perm(EDIT)

    @display(description=_("Story"), ordering="article__title")
    def story(self, conflict):
        url = reverse("admin:articles_article_change", args=[conflict.article_id])
        return format_html('<a href="{}">{}</a>', url, plain_text(conflict.article.title)[:100])

    @display(description=_("Field"), ordering="field")
    def field_label(self, conflict):
        return key_label(conflict.field)

    @display(description=_("Our version"))
    def our_version(self, conflict):
        return describe_sides(conflict)["ours"]

    @display(description=_("Upstream version"))
    def upstream_version(self, conflict):
        return describe_sides(conflict)["theirs"]

    @display(description=_("since"), ordering="created_at")
    def since(self, conflict):
        return time_of(conflict.created_at)

    @display(description=_("Settled"))
    def settlement_label(self, conflict):
        return conflict.get_settlement_display() if conflict.settlement else "–"

    def settle_selected(self, request, conflicts, settlement):
        actor, number = desk_actor(request), 0
        for conflict in conflicts.filter(settlement=""):
            try:
                settle(conflict, settlement, actor)
                number += 1
            except PermissionDenied:
                self.message_user(request, f"{conflict}: {_('You may not change this story.')}", messages.ERROR)
            except (workflow.WorkflowError, UnusableValue) as error:
                self.message_user(request, f"{conflict}: {error}", messages.ERROR)
        level = messages.SUCCESS if number else messages.INFO
        text = ngettext("%(number)d conflict settled.", "%(number)d conflicts settled.", number)
        self.message_user(request, text % {"number": number}, level)

    @admin.action(description=_("Use upstream version"), permissions=["settle"])
    def take_theirs(self, request, conflicts):
        self.settle_selected(request, conflicts, Conflict.Settlement.THEIRS)

    @admin.action(description=_("Keep our version"), permissions=["settle"])
    def keep_ours(self, request, conflicts):
        self.settle_selected(request, conflicts, Conflict.Settlement.OURS)

    @admin.action(description=_("Always keep our version"), permissions=["settle"])
    def always_ours(self, request, conflicts):
        self.settle_selected(request, conflicts, Conflict.Settlement.ALWAYS_OURS)
