"""The desk's list of providers, and the page of each."""

from django.contrib import admin, messages
from django.contrib.admin.views.main import ORDER_VAR
from django.db.models import Max
from django.db.models.functions import Lower
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.admin import ModelAdmin, TabularInline
from unfold.decorators import display
from unfold.views import ChangeList

from articles.choices import State
from articles.sanitising import plain_text
from desk.charts import column_chart, share_rows
from desk.confirmation import ActPages
from desk.optimistic_locking import GuardedForm
from desk.providers.provider_actions import ProviderActs
from desk.reports import counting
from desk.reports.provider_report import (
    NEWEST_OF_ALL,
    Lately,
    by_state,
    conflicts_by_provider,
    lately,
    lately_of,
    out_by_week,
    with_numbers,
)
from newsroom.dates import exact_time
from providers.models import Provider, ProviderAlias
from reader.template_filters import age

STORIES = "admin:articles_article_changelist"
NOTHING = Lately()


def stories_of(provider, **filters):
    """Return the address of the list of a provider's stories, filtered further."""
    return f"{reverse(STORIES)}?{urlencode({'provider__id__exact': provider.pk, **filters})}"


class AliasInline(TabularInline):
    """The pairs by which upstream means this provider."""

    model = ProviderAlias
    extra = 0
    tab = True


class ProviderForm(GuardedForm):
    class Meta:
        model = Provider
        fields = ["name", "domain", "slug", "description"]


def is_sorted(request):
    """Return whether somebody has chosen a column to sort the list by."""
    return bool(request.GET.get(ORDER_VAR))


class ProviderList(ChangeList):
    """The list, its rows loaded with the figures of each. Three queries for all."""

    def get_results(self, request):
        super().get_results(request)
        self.result_list = list(self.result_list)
        if not is_sorted(request):
            # Of the rows that are shown alone: sorting them by name, the database would count for all.
            keys = [provider.pk for provider in self.result_list]
            numbers = with_numbers(Provider.objects.filter(pk__in=keys)).in_bulk() if keys else {}
            for provider in self.result_list:
                provider.stories, provider.last_out = numbers[provider.pk].stories, numbers[provider.pk].last_out
        # A row each, though the list may have been filtered by names of which a provider has several.
        figures, conflicts = lately(), conflicts_by_provider()
        for provider in self.result_list:
            provider.lately, provider.disputes = figures.get(provider.pk, NOTHING), conflicts.get(provider.pk, 0)


@admin.register(Provider)
class ProviderAdmin(ProviderActs, ActPages, ModelAdmin):
    form = ProviderForm
    inlines = [AliasInline]
    list_display = [
        "logo_image",
        "shown_name",
        "state",
        "story_count",
        "share",
        "quality",
        "disputes",
        "last_published",
    ]
    list_display_links = ["shown_name"]
    list_filter = ["is_active"]
    list_per_page = 50
    list_before_template = "admin/providers/about_figures.html"
    change_form_outer_before_template = "admin/providers/figures.html"
    search_fields = ["name", "domain", "aliases__name"]
    actions = ["merge_selected"]
    ordering = [Lower("name"), "domain"]

    def get_inlines(self, request, obj):
        # A new provider gets its first upstream name by itself.
        return super().get_inlines(request, obj) if obj else []

    def get_fieldsets(self, request, obj=None):
        # Name, domain, address and whether it is active are changed where one sees first what that does.
        fields = ["seen", "description"] if obj else ["name", "domain", "slug", "description"]
        return [(None, {"fields": fields})]

    def get_queryset(self, request):
        providers = super().get_queryset(request)
        if request.resolver_match.url_name.endswith("_changelist"):
            providers = providers.prefetch_related("images")
            return with_numbers(providers) if is_sorted(request) else providers
        return providers

    def get_changelist(self, request, **kwargs):
        return ProviderList

    def get_search_results(self, request, queryset, search_term):
        found = super().get_search_results(request, queryset, search_term)
        is_for_story = request.GET.get("model_name") == "article" and request.GET.get("field_name") == "provider"
        if request.resolver_match.url_name == "autocomplete" and is_for_story:
            # Who picks a provider for a story picks one that is active; who looks for stories, or merges, any.
            return found[0].active(), found[1]
        return found

    def changelist_view(self, request, extra_context=None):
        context = {"newest": NEWEST_OF_ALL, "title": _("Providers"), **(extra_context or {})}
        return super().changelist_view(request, context)

    def get_object(self, request, object_id, from_field=None):
        found = super().get_object(request, object_id, from_field)
        if found is not None and request.method == "POST":
            # Locked, so that what is checked is what is written over.
            list(Provider.objects.select_for_update().filter(pk=found.pk).values_list("pk"))
            found.refresh_from_db()
        return found

    def render_change_form(self, request, context, *args, obj=None, **kwargs):
        context["show_save_and_add_another"] = False
        if obj is not None:
            context |= self.figures_of(obj) | {"acts": self.acts_for(request, obj), "provider": obj}
            context["title"] = plain_text(obj.name)
            # Deleting is asked for where one sees what it does.
            context["show_delete"] = False
        return super().render_change_form(request, context, *args, obj=obj, **kwargs)

    def get_view_on_site_url(self, obj=None):
        # Readers have no page of a provider that is not active.
        return super().get_view_on_site_url(obj) if obj is None or obj.is_active else None

    def figures_of(self, provider):
        """Return what the page of a provider shows of it. Six queries."""
        states, recent = by_state(provider), lately_of(provider)
        out = provider.articles.filter(published=True, dated_at__lte=timezone.now())
        last = out.aggregate(last=Max("dated_at"))["last"]
        weeks = [(date_format(monday, "j M"), number, "") for monday, number in out_by_week(provider)]
        bands = [
            (f"{low}+" if high is None else f"{low}–{high - 1}", number, stories_of(provider, quality=low))
            for low, high, number in recent.bands()
        ]
        return {
            "states": [
                (State(state).label, number, stories_of(provider, state=state)) for state, number in states.items()
            ],
            "total": sum(states.values()),
            "all_stories": stories_of(provider),
            "recent": recent,
            "conflicts": conflicts_by_provider().get(provider.pk, 0),
            "conflicts_url": stories_of(provider, conflict="yes"),
            "coverage": counting.count_up_to(provider.related_links),
            "last": last,
            "chart": column_chart(_("Published by week, 13 weeks"), weeks),
            "bands": share_rows(bands),
        }

    # Columns ------------------------------------------------------------------------------------

    @display(description=gettext_lazy("Logo"))
    def logo_image(self, provider):
        if provider.logo is None:
            return "–"
        return format_html(
            '<img class="desk-logo" src="{}" width="32" height="32" alt="" loading="lazy">', provider.logo.file.url
        )

    @display(description=gettext_lazy("Name"), ordering=Lower("name"))
    def shown_name(self, provider):
        return format_html(
            '<span class="desk-name" dir="auto">{}</span><span class="desk-byline">{}</span>',
            plain_text(provider.name),
            provider.display_domain,
        )

    @display(description=gettext_lazy("State"), ordering="is_active")
    def state(self, provider):
        if provider.is_active:
            return _("Active")
        return format_html('<span class="desk-mark desk-mark-warn">{}</span>', _("Not active"))

    @display(description=gettext_lazy("Stories"), ordering="stories")
    def story_count(self, provider):
        words = counting.in_words(provider.stories)
        return format_html('<a href="{}">{}</a>', stories_of(provider), words) if provider.stories else words

    @display(description=gettext_lazy("Published lately"))
    def share(self, provider):
        recent = provider.lately
        if recent.share is None:
            return "–"
        told = _("%(published)d of %(stories)d") % {"published": recent.published, "stories": recent.stories}
        return format_html(
            '<span class="desk-score" title="{}"><span class="desk-bar" aria-hidden="true">'
            '<span style="inline-size: {}%"></span></span>{} %</span>',
            told,
            *(recent.share, recent.share),
        )

    @display(description=gettext_lazy("Quality lately"))
    def quality(self, provider):
        recent = provider.lately
        if recent.median is None:
            return "–"
        told = _("median %(median)s, mean %(mean)s") % {"median": recent.median, "mean": recent.mean}
        return format_html(
            '<span title="{0}">{1} <span class="desk-aside">⌀ {2}</span></span>', told, recent.median, recent.mean
        )

    @display(description=gettext_lazy("Conflicts"))
    def disputes(self, provider):
        if not provider.disputes:
            return ""
        return format_html('<a href="{}">{}</a>', stories_of(provider, conflict="yes"), provider.disputes)

    @display(description=gettext_lazy("Last published"), ordering="last_out")
    def last_published(self, provider):
        if provider.last_out is None:
            return "–"
        return format_html(
            '<time datetime="{}" title="{}">{}</time>',
            provider.last_out.isoformat(),
            exact_time(provider.last_out),
            age(provider.last_out),
        )

    # What may be done ---------------------------------------------------------------------------

    @admin.action(description=gettext_lazy("Merge selected providers into one …"), permissions=["change", "delete"])
    def merge_selected(self, request, providers):
        """Go on to the page that asks which one shall stay."""
        keys = list(providers.order_by("pk").values_list("pk", flat=True))
        if len(keys) < 2:
            self.message_user(request, _("Select two providers or more to merge."), messages.WARNING)
            return None
        return redirect(f"{reverse('admin:provider-merge')}?{urlencode({'of': keys}, doseq=True)}")

    def get_actions(self, request):
        actions = super().get_actions(request)
        # Its page would load every story of each.
        actions.pop("delete_selected", None)
        return actions
