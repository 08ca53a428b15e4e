"""The admin of stories: what the list and the page of a story have, and which module does it.

The hooks of Django's admin are here; each delegates to a module of this package, as the views of `get_urls` do.
"""

from functools import partial
from typing import ClassVar

from django.contrib import admin
from django.contrib.admin import ShowFacets
from django.core.exceptions import PermissionDenied
from django.db import models
from django.db.models import Prefetch
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.admin import ModelAdmin

from articles.models import Article, ArticleTopic, Tombstone
from articles.permissions import PUBLISH, may_delete, may_edit, may_export
from articles.sanitising import plain_text
from articles.story_states import KNOWN_TO_READERS
from desk.bulk import bulk_history, bulk_page
from desk.date_fields import DateTimeField
from desk.list_pagination import CappedPaginator
from desk.stories import (
    blocking_page,
    change_view,
    heat_suggestion,
    history_page,
    joining_page,
    list_actions,
    list_view,
    picture_uploads,
    presence,
    preview,
    saved_views,
    saving,
    score_form,
    story_list,
)
from desk.stories.coverage_rows import RelatedLinkInline
from desk.stories.desk_actor import desk_actor
from desk.stories.picture_rows import ImageInline
from desk.stories.story_edit import story_edit
from desk.stories.story_fieldsets import FIELDSETS, READONLY_FIELDS, with_provider_as_text
from desk.stories.story_form import StoryForm
from desk.stories.story_list_filters import STORY_FILTERS

VIEWS = (
    *(bulk_page, bulk_history, saved_views, presence, preview, history_page, heat_suggestion, joining_page),
    *(picture_uploads, blocking_page),
)


@admin.register(Article)
class StoryAdmin(ModelAdmin):
    """The desk's list of stories, and the page of each."""

    # The list.
    change_list_template = "admin/articles/article/change_list.html"
    list_before_template = "admin/articles/article/views.html"
    list_display = story_list.COLUMNS
    list_display_links = [story_list.HEADLINE]
    list_editable = list(score_form.SCORES)
    list_filter = STORY_FILTERS
    list_filter_submit = True
    list_per_page = 50
    list_max_show_all = 50
    list_fullwidth = True
    # A count beside each choice of a filter would read all stories.
    show_facets = ShowFacets.NEVER
    action_form = list_actions.ActionForm
    actions = [
        list_actions.download_pictures,
        list_actions.export_selected,
        list_actions.export_plain,
        list_actions.delete_selected,
    ]
    paginator = CappedPaginator
    show_full_result_count = False
    ordering = ["-dated_at", "-pk"]
    search_fields = ["title"]
    search_help_text = gettext_lazy("Words, “phrases”, -excluded words, or the URL of a story")

    # The page of a story.
    change_form_template = "admin/articles/article/change_form.html"
    warn_unsaved_form = True
    form = StoryForm
    formfield_overrides: ClassVar[dict] = {models.DateTimeField: {"form_class": DateTimeField}}
    inlines = [RelatedLinkInline, ImageInline]
    autocomplete_fields = ["provider"]
    readonly_fields = READONLY_FIELDS
    fieldsets = FIELDSETS

    def get_urls(self):
        return [*(url for module in VIEWS for url in module.urls(self)), *super().get_urls()]

    def get_queryset(self, request):
        stories = super().get_queryset(request)
        if is_list(request):
            # The list loads what it shows itself; a POST writes to whole stories.
            return story_list.load_forms(stories) if request.method == "POST" else stories
        topics = Prefetch("topic_links", ArticleTopic.objects.select_related("tag"))
        return stories.select_related("provider", "upstream").prefetch_related(topics)

    # The list -----------------------------------------------------------------------------------

    def changelist_view(self, request, extra_context=None):
        return list_view.list_view(self, request, extra_context or {}, super().changelist_view)

    def get_changelist(self, request, **kwargs):
        return story_list.StoryChangeList

    def get_changelist_formset(self, request, **kwargs):
        return list_view.formset_class(self, request, partial(super().get_changelist_formset, request, **kwargs))

    def get_changelist_form(self, request, **kwargs):
        form = super().get_changelist_form(request, **{**kwargs, "form": score_form.ScoreForm})
        form.may_publish = request.user.has_perm(PUBLISH)
        return form

    def get_search_results(self, request, queryset, search_term):
        term = search_term.strip()
        if term and is_list(request):
            return story_list.search_stories(queryset, term), False
        # Autocompletion finds a story by a few letters of its headline.
        return super().get_search_results(request, queryset, search_term)

    def get_actions(self, request):
        return bulk_page.add_bulk_actions(request, super().get_actions(request))

    def get_action_choices(self, request, default_choices=()):
        # unfold's label for no action is not translated.
        return [("", _("Choose an action")), *super().get_action_choices(request)[1:]]

    def response_action(self, request, queryset):
        action = request.POST.get("action", "")
        is_forbidden = {
            "delete_selected": not self.has_delete_permission(request),
            "download_pictures": not self.has_change_permission(request),
            "export_selected": not self.has_export_permission(request),
            "export_plain": not self.has_export_permission(request),
        }
        if is_forbidden.get(action):
            raise PermissionDenied
        bulk_page.refuse_forbidden(request)
        return super().response_action(request, queryset)

    # The page of a story ------------------------------------------------------------------------

    def get_object(self, request, object_id, from_field=None):
        """Return the story, locked where it is about to be written."""
        if request.method == "POST" and story_edit(request).locks_story and not change_view.lock_story(object_id):
            return None
        return super().get_object(request, object_id, from_field)

    def changeform_view(self, request, object_id=None, form_url="", extra_context=None):
        stock_view = partial(super().changeform_view, request, object_id, form_url)
        return change_view.change_view(self, request, object_id, extra_context or {}, stock_view)

    def history_view(self, request, object_id, extra_context=None):
        return history_page.history_page(self, request, object_id)

    def render_change_form(self, request, context, **kwargs):
        context["show_save_and_add_another"] = False
        return super().render_change_form(request, context, **kwargs)

    def render_delete_form(self, request, context):
        context["is_known_to_readers"] = context["object"].state in KNOWN_TO_READERS
        return super().render_delete_form(request, context)

    def get_form(self, request, obj=None, change=False, **kwargs):
        return change_view.prepare_form(request, obj, super().get_form(request, obj, change=change, **kwargs))

    def get_fieldsets(self, request, obj=None):
        fieldsets = super().get_fieldsets(request, obj)
        if request.user.has_perm("providers.view_provider") or request.user.has_perm("providers.change_provider"):
            return fieldsets
        # The field has a link and a search that this user may not use.
        return with_provider_as_text(fieldsets)

    def get_formset_kwargs(self, request, obj, inline, prefix):
        formset_kwargs = super().get_formset_kwargs(request, obj, inline, prefix)
        edit = story_edit(request)
        clashes = {**(edit.merge.row_clashes if edit.merge else {})}
        for row, text in edit.refused_files.rows.items():
            clashes[row] = {**clashes.get(row, {}), "new_file": text}
        form_kwargs = {**formset_kwargs.get("form_kwargs", {}), "clashes": clashes}
        if "files" in formset_kwargs:
            # They are stored by now, and rows name them by their digests.
            formset_kwargs["files"] = MultiValueDict()
        return {**formset_kwargs, "form_kwargs": form_kwargs}

    def get_view_on_site_url(self, obj=None):
        # Readers have no page of a story that is not visible.
        return super().get_view_on_site_url(obj) if obj is None or obj.is_visible else None

    # Saving and deleting ------------------------------------------------------------------------

    def save_model(self, request, obj, form, change):
        if is_list(request):
            score_form.save_scores(self, request, obj, form)
        else:
            saving.save_story(self, request, obj, form, is_new=not change)

    def save_formset(self, request, form, formset, change):
        saving.save_formset(formset)

    def save_related(self, request, form, formsets, change):
        super().save_related(request, form, formsets, change)
        if not is_list(request):
            saving.finish_saving(self, request, form)

    def get_deleted_objects(self, objs, request):
        """List the stories alone, without their many dependent rows, which are deleted with them."""
        may_delete_all = all(self.has_delete_permission(request, story) for story in objs)
        missing_permissions = set() if may_delete_all else {_("published stories")}
        return [plain_text(story.title) for story in objs], {_("Stories"): len(objs)}, missing_permissions, []

    def delete_model(self, request, obj):
        super().delete_model(request, obj)
        sign_tombstones(request, [obj.identity])

    def delete_queryset(self, request, queryset):
        identities = list(queryset.values_list("identity", flat=True))
        super().delete_queryset(request, queryset)
        sign_tombstones(request, identities)

    # Permissions --------------------------------------------------------------------------------

    def has_change_permission(self, request, obj=None):
        is_allowed = super().has_change_permission(request, obj)
        return is_allowed and (obj is None or may_edit(desk_actor(request), obj))

    def has_delete_permission(self, request, obj=None):
        is_allowed = super().has_delete_permission(request, obj)
        return is_allowed and (obj is None or may_delete(desk_actor(request), obj))

    def has_export_permission(self, request):
        return may_export(desk_actor(request))


def is_list(request):
    return request.resolver_match.url_name.endswith("_changelist")


def sign_tombstones(request, identities):
    """Record on the tombstones who deleted the stories."""
    Tombstone.objects.filter(identity__in=identities).update(deleted_by=request.user)
