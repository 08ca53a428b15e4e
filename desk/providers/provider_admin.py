"""The desk's list of providers, and the page of each."""

from typing import Any

from django.contrib import admin
from django.contrib.admin.views.main import ORDER_VAR
from django.db.models.functions import Lower
from django.utils.formats import number_format
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.admin import ModelAdmin, TabularInline
from unfold.decorators import display
from unfold.views import ChangeList

from articles.sanitising import plain_text
from desk.merging import merge_selected
from desk.optimistic_locking import OptimisticForm
from desk.providers.provider_actions import MERGE, action_links, refuse_deletion, urls
from desk.providers.provider_page import provider_figures
from desk.providers.provider_previews import provider_stories_url
from desk.reports.counting import describe_count
from desk.reports.provider_report import (
    NEWEST_OF_ALL,
    RecentStories,
    conflicts_by_provider,
    recent_by_provider,
    with_story_counts,
)
from desk.templatetags.desk import time_of
from pictures.rights import enforce_policy
from providers.models import Provider, ProviderAlias

NO_STORIES = RecentStories()


class AliasInline(TabularInline):
    """The pairs by which upstream means this provider."""

    model = ProviderAlias
    extra = 0
    tab = True
    add_label = gettext_lazy("Add an upstream name")


class ProviderForm(OptimisticForm):
    class Meta:
        model = Provider
        fields = ["name", "domain", "slug", "description", "picture_policy"]


def is_sorted(request):
    """Return whether a column was chosen to sort the list by."""
    return bool(request.GET.get(ORDER_VAR))


class ProviderList(ChangeList):
    """The list, its rows loaded with the figures of each. Three queries for all."""

    result_list: Any

    def get_results(self, request):
        super().get_results(request)
        self.result_list = list(self.result_list)
        if not is_sorted(request):
            # Counted for the rows shown alone: sorting by name, the database would count for every provider.
            keys = [provider.pk for provider in self.result_list]
            # With the annotations of `with_story_counts`.
            counted: dict[int, Any] = with_story_counts(Provider.objects.filter(pk__in=keys)).in_bulk() if keys else {}
            for provider in self.result_list:
                provider.stories = counted[provider.pk].stories
                provider.last_published_at = counted[provider.pk].last_published_at
        # A provider may occur twice if the list is searched by name, because a provider may have several names.
        recent, conflicts = recent_by_provider(), conflicts_by_provider()
        for provider in self.result_list:
            provider.recent = recent.get(provider.pk, NO_STORIES)
            provider.conflicts = conflicts.get(provider.pk, 0)


@admin.register(Provider)
class ProviderAdmin(ModelAdmin):
    form = ProviderForm
    inlines = [AliasInline]
    list_display = [
        "logo_image",
        "name_and_domain",
        "state",
        "story_count",
        "share",
        "quality",
        "conflict_count",
        "last_published",
    ]
    list_display_links = ["name_and_domain"]
    list_filter = ["is_active"]
    list_per_page = 50
    list_before_template = "admin/providers/about_figures.html"
    change_form_outer_before_template = "admin/providers/figures.html"
    search_fields = ["name", "domain", "aliases__name"]
    actions = ["merge_selected"]
    ordering = [Lower("name"), "domain"]

    def get_urls(self):
        return [*urls(self), *super().get_urls()]

    def get_inlines(self, request, obj):
        # A new provider gets its first upstream name by itself.
        return super().get_inlines(request, obj) if obj else []

    def get_fieldsets(self, request, obj=None):
        # Name, domain, address and whether it is active are changed on pages that first show the consequences.
        fields = ["rendered"] if obj else ["name", "domain", "slug"]
        fields += ["description", "picture_policy"]
        return [(None, {"fields": fields})]

    def get_queryset(self, request):
        providers = super().get_queryset(request)
        if request.resolver_match.url_name.endswith("_changelist"):
            providers = providers.prefetch_related("images")
            return with_story_counts(providers) if is_sorted(request) else providers
        return providers

    def get_changelist(self, request, **kwargs):
        return ProviderList

    def get_search_results(self, request, queryset, search_term):
        providers, may_have_duplicates = super().get_search_results(request, queryset, search_term)
        is_for_story = request.GET.get("model_name") == "article" and request.GET.get("field_name") == "provider"
        if request.resolver_match.url_name == "autocomplete" and is_for_story:
            # A story is given an active provider only; the list of stories, and merging, offer any.
            providers = providers.active()
        return providers, may_have_duplicates

    def changelist_view(self, request, extra_context=None):
        context = {"newest": NEWEST_OF_ALL, "title": _("Providers"), **(extra_context or {})}
        return super().changelist_view(request, context)

    def get_object(self, request, object_id, from_field=None):
        provider = super().get_object(request, object_id, from_field)
        if provider is not None and request.method == "POST":
            # Locked, so that what is checked is what is overwritten.
            list(Provider.objects.select_for_update().filter(pk=provider.pk).values_list("pk"))
            provider.refresh_from_db()
        return provider

    def render_change_form(self, request, context, *args, obj=None, **kwargs):
        context["show_save_and_add_another"] = False
        if obj is not None:
            context |= provider_figures(obj)
            context |= {"action_links": action_links(self, request, obj), "provider": obj}
            context["title"] = plain_text(obj.name)
            # The link is among `action_links`.
            context["show_delete"] = False
        return super().render_change_form(request, context, *args, obj=obj, **kwargs)

    def save_model(self, request, obj, form, change):
        super().save_model(request, obj, form, change)
        if change and "picture_policy" in form.changed_data:
            enforce_policy(obj)

    def get_view_on_site_url(self, obj=None):
        # Readers have no page of a provider that is not active.
        return super().get_view_on_site_url(obj) if obj is None or obj.is_active else None

    def delete_view(self, request, object_id, extra_context=None):
        return refuse_deletion(self, request, object_id) or super().delete_view(request, object_id, extra_context)

    # Columns ------------------------------------------------------------------------------------

    @display(description=gettext_lazy("Logo"))
    def logo_image(self, provider):
        if provider.logo is None:
            return "–"
        return format_html(
            '<img class="desk-logo" src="{}" width="32" height="32" alt="" loading="lazy">', provider.logo.file.url
        )

    @display(description=gettext_lazy("Name"), ordering=Lower("name"))
    def name_and_domain(self, provider):
        return format_html(
            '<span class="desk-name" dir="auto">{}</span><span class="desk-byline">{}</span>',
            plain_text(provider.name),
            provider.display_domain,
        )

    @display(description=gettext_lazy("State"), ordering="is_active")
    def state(self, provider):
        if provider.is_active:
            return _("Active")
        return format_html('<span class="desk-mark desk-mark-warn">{}</span>', _("Inactive"))

    @display(description=gettext_lazy("Stories"), ordering="stories")
    def story_count(self, provider):
        text = describe_count(provider.stories)
        return format_html('<a href="{}">{}</a>', provider_stories_url(provider), text) if provider.stories else text

    @display(description=gettext_lazy("Recently published"))
    def share(self, provider):
        recent = provider.recent
        if recent.share is None:
            return "–"
        values = {"published": recent.published, "stories": recent.stories}
        return format_html(
            '<span class="desk-score" title="{}"><span class="desk-bar" aria-hidden="true">'
            '<span style="inline-size: {}%"></span></span>{}</span>',
            _("%(published)d of %(stories)d") % values,
            recent.share,
            _("%(number)s%%") % {"number": recent.share},
        )

    @display(description=gettext_lazy("Recent quality"))
    def quality(self, provider):
        recent = provider.recent
        if recent.median is None:
            return "–"
        median, mean = number_format(recent.median), number_format(recent.mean)
        title = _("median %(median)s, mean %(mean)s") % {"median": median, "mean": mean}
        return format_html('<span title="{0}">{1} <span class="desk-aside">⌀ {2}</span></span>', title, median, mean)

    @display(description=gettext_lazy("Conflicts"))
    def conflict_count(self, provider):
        if not provider.conflicts:
            return ""
        return format_html('<a href="{}">{}</a>', provider_stories_url(provider, conflict="yes"), provider.conflicts)

    @display(description=gettext_lazy("Last published"), ordering="last_published_at")
    def last_published(self, provider):
        when = provider.last_published_at
        return "–" if when is None else time_of(when)

    # Actions ------------------------------------------------------------------------------------

    @admin.action(description=gettext_lazy("Merge selected providers…"), permissions=["change", "delete"])
    def merge_selected(self, request, providers):
        return merge_selected(MERGE, self, request, providers)

    def get_actions(self, request):
        actions = super().get_actions(request)
        # Its page would load every story of each.
        actions.pop("delete_selected", None)
        return actions
