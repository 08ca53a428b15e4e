import json
import tempfile
from typing import ClassVar

from django.contrib import admin, messages
from django.contrib.admin.actions import delete_selected
from django.core.exceptions import PermissionDenied
from django.db import models
from django.db.models import Prefetch
from django.http import FileResponse
from django.utils.formats import number_format
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from unfold.admin import ModelAdmin
from unfold.decorators import display

from articles.documents import schema
from articles.documents.as_written import values_as_written
from articles.documents.mapping import without_secured
from articles.exporting.output import write_zip
from articles.exporting.story_documents import export_stories
from articles.models import Article, ArticleTopic, Tombstone
from articles.permissions import may_delete, may_edit, may_export, may_export_secured
from articles.sanitising import plain_text
from desk.bulk import bulk_history, bulk_page
from desk.date_fields import DateTimeField
from desk.stories.coverage_rows import RelatedLinkInline
from desk.stories.picture_rows import ImageInline
from desk.stories.saved_views import SavedViews
from desk.stories.story_form import StoryForm
from desk.stories.story_history import StoryHistory
from desk.stories.story_list import ListOfStories, as_forms
from desk.stories.story_page import StoryPage
from desk.stories.workflow_buttons import WorkflowActions

# So many take seconds; a page that takes longer is given up by whoever waits for it.
MOST_DELETED, MOST_EXPORTED = 1000, 10_000


@admin.register(Article)
class StoryAdmin(ListOfStories, SavedViews, StoryPage, StoryHistory, WorkflowActions, ModelAdmin):
    """The desk's list of stories, and the page of each."""

    form = StoryForm
    formfield_overrides: ClassVar[dict] = {models.DateTimeField: {"form_class": DateTimeField}}
    inlines = [RelatedLinkInline, ImageInline]
    actions = ["export_selected", "delete_selected"]
    autocomplete_fields = ["provider"]
    readonly_fields = [
        "visible_from",
        "provider_name",
        "author_names",
        "rating",
        "upstream_said",
        "created_at",
        "updated_at",
    ]
    fieldsets = [
        (
            None,
            {"fields": ["seen", "publish_at_seen", "title", "excerpt", "provider", "topics", "quality", "heat", "pin"]},
        ),
        (gettext_lazy("Publication"), {"fields": ["publish_at", "visible_until", "reason"]}),
        (
            gettext_lazy("Links"),
            {"fields": ["web_url", "original_url", "amp_url", "cdn_amp_url"], "classes": ["tab"]},
        ),
        (
            gettext_lazy("Details"),
            {
                "fields": [
                    "kind",
                    "category",
                    "locale",
                    "published_at",
                    "revised_at",
                    "slug",
                    "author_names",
                    "body",
                    "featured_content",
                    "price",
                    "duration",
                    "duration_text",
                    "rating",
                    "levels",
                    "is_removed",
                ],
                "classes": ["tab"],
            },
        ),
        (
            gettext_lazy("Upstream"),
            {"fields": ["visible_from", "created_at", "updated_at", "upstream_said"], "classes": ["tab"]},
        ),
    ]

    def get_queryset(self, request):
        stories = super().get_queryset(request)
        if self.is_list(request):
            # What is only read is loaded by the list itself, what is written to is all of it.
            return as_forms(stories) if request.method == "POST" else stories
        topics = Prefetch("topic_links", ArticleTopic.objects.select_related("tag"))
        return stories.select_related("provider", "upstream").prefetch_related(topics)

    def get_urls(self):
        return [*bulk_page.urls(self), *bulk_history.urls(self), *super().get_urls()]

    def get_actions(self, request):
        return bulk_page.add_bulk_actions(request, super().get_actions(request))

    def get_action_choices(self, request, default_choices=()):
        # unfold's own word for nothing chosen is English alone.
        return [("", _("Choose what to do")), *super().get_action_choices(request)[1:]]

    def response_action(self, request, queryset):
        action = request.POST.get("action", "").removesuffix("_selected")
        if action in ("export", "delete") and not getattr(self, f"has_{action}_permission")(request):
            raise PermissionDenied
        bulk_page.refuse_forbidden(request)
        return super().response_action(request, queryset)

    # The page of a story ------------------------------------------------------------------------

    def get_fieldsets(self, request, obj=None):
        fieldsets = super().get_fieldsets(request, obj)
        if request.user.has_perm("providers.view_provider") or request.user.has_perm("providers.change_provider"):
            return fieldsets
        # The stock field links to a page that this user may not open, and searches what they may not see.
        return [(name, {**one, "fields": without_provider_link(one["fields"])}) for name, one in fieldsets]

    @display(description=gettext_lazy("Provider"))
    def provider_name(self, story):
        return story.provider or "–"

    @display(description=gettext_lazy("Authors"))
    def author_names(self, story):
        return ", ".join(author.get("name", "") for author in story.authors) or "–"

    @display(description=gettext_lazy("Rating"))
    def rating(self, story):
        return "–" if story.rating_average is None else f"{story.rating_average:g} ({story.rating_count or 0})"

    @display(description=gettext_lazy("What upstream said"))
    def upstream_said(self, story):
        upstream = getattr(story, "upstream", None)
        if upstream is None:
            return _("Nothing: this story was written at the desk.")
        written = values_as_written(upstream.values, schema.STORY) | upstream.unknown
        text = json.dumps(without_secured(written), ensure_ascii=False, indent=2)
        return format_html('<pre class="desk-upstream" tabindex="0">{}</pre>', text)

    def get_view_on_site_url(self, obj=None):
        # Readers have no page of a story that is not out; a link to a 404 helps nobody.
        return super().get_view_on_site_url(obj) if obj is None or obj.is_visible else None

    def render_change_form(self, request, context, **kwargs):
        context["show_save_and_add_another"] = False
        return super().render_change_form(request, context, **kwargs)

    # What may be done ---------------------------------------------------------------------------

    def get_deleted_objects(self, objs, request):
        """Name the stories alone: what hangs on each is nothing to decide on, and of many it is very much."""
        may = all(self.has_delete_permission(request, story) for story in objs)
        lacking = set() if may else {_("published stories")}
        return [plain_text(story.title) for story in objs], {_("Stories"): len(objs)}, lacking, []

    def delete_model(self, request, obj):
        super().delete_model(request, obj)
        self.sign(request, [obj.identity])

    def delete_queryset(self, request, queryset):
        identities = list(queryset.values_list("identity", flat=True))
        super().delete_queryset(request, queryset)
        self.sign(request, identities)

    def sign(self, request, identities):
        """Say on the tombstones who deleted the stories."""
        Tombstone.objects.filter(identity__in=identities).update(deleted_by=request.user)

    def has_change_permission(self, request, obj=None):
        may = super().has_change_permission(request, obj)
        return may and (obj is None or may_edit(self.actor(request), obj))

    def has_delete_permission(self, request, obj=None):
        may = super().has_delete_permission(request, obj)
        return may and (obj is None or may_delete(self.actor(request), obj))

    def has_export_permission(self, request):
        return may_export(self.actor(request))

    def are_few(self, request, stories, most, text):
        """Whether stories are at most so many; of more, say what to do instead. None is counted that need not be."""
        if stories.order_by().values("pk")[: most + 1].count() <= most:
            return True
        self.message_user(request, text % {"most": number_format(most, force_grouping=True)}, messages.ERROR)
        return False

    @admin.action(description=gettext_lazy("Delete selected stories …"), permissions=["delete"])
    def delete_selected(self, request, stories):
        text = _("No more than %(most)s stories are deleted at once. Reject them, or delete them in parts.")
        return delete_selected(self, request, stories) if self.are_few(request, stories, MOST_DELETED, text) else None

    @admin.action(description=gettext_lazy("Export selected stories"), permissions=["export"])
    def export_selected(self, request, stories):
        text = _("No more than %(most)s stories are exported from here. “manage.py export_articles” takes any number.")
        if not self.are_few(request, stories, MOST_EXPORTED, text):
            return None
        # On disk, as an archive of many stories is too much for the memory of a web process.
        file = tempfile.TemporaryFile()  # noqa: SIM115 - the response closes it
        secured = may_export_secured(self.actor(request))
        chosen = Article.objects.filter(pk__in=stories.values("pk"))
        export = write_zip(export_stories(chosen, secured=secured), file)
        file.seek(0)
        if export.failed:
            # The browser shows it on the next page, as this response is the archive.
            text = ngettext(
                "%(number)d story is missing from the archive because it could not be exported: %(titles)s",
                "%(number)d stories are missing from the archive because they could not be exported: %(titles)s",
                export.failed,
            )
            titles = ", ".join(export.titles) + ("…" if export.failed > len(export.titles) else "")
            self.message_user(request, text % {"number": export.failed, "titles": titles}, messages.ERROR)
        return FileResponse(file, as_attachment=True, filename="stories.zip", content_type="application/zip")


def without_provider_link(fields):
    """Return the names of a fieldset's fields with the provider as plain text."""
    return ["provider_name" if name == "provider" else name for name in fields]
