from django.contrib import admin, messages
from django.db.models import Count
from django.db.models.functions import Lower
from django.shortcuts import render
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.admin import ModelAdmin, TabularInline
from unfold.decorators import display

from providers.merging import merge_providers
from providers.models import Provider, ProviderAlias


class AliasInline(TabularInline):
    """The pairs by which upstream means this provider."""

    model = ProviderAlias
    extra = 0
    tab = True


@admin.register(Provider)
class ProviderAdmin(ModelAdmin):
    inlines = [AliasInline]
    list_display = ["logo_image", "name", "shown_domain", "is_active", "story_count"]
    list_display_links = ["name"]
    list_filter = ["is_active"]
    search_fields = ["name", "domain", "aliases__name"]
    fields = ["name", "domain", "slug", "description", "is_active"]
    actions = ["merge_selected"]
    ordering = [Lower("name"), "domain"]

    def get_inlines(self, request, obj):
        # A new provider gets its first upstream name by itself.
        return super().get_inlines(request, obj) if obj else []

    def get_queryset(self, request):
        providers = super().get_queryset(request)
        if request.resolver_match.url_name.endswith("_changelist"):
            return providers.prefetch_related("images").annotate(stories=Count("articles"))
        return providers

    @display(description=_("Logo"))
    def logo_image(self, provider):
        if provider.logo is None:
            return "–"
        return format_html(
            '<img class="desk-logo" src="{}" width="32" height="32" alt="" loading="lazy">', provider.logo.file.url
        )

    @display(description=_("Domain"), ordering="domain")
    def shown_domain(self, provider):
        return provider.display_domain

    @display(description=_("Stories"), ordering="stories")
    def story_count(self, provider):
        return provider.stories

    @admin.action(description=_("Merge selected providers into one"), permissions=["delete"])
    def merge_selected(self, request, providers):
        """Ask which one shall stay, then merge the others into it."""
        chosen = list(providers.order_by("name", "domain"))
        target = next((one for one in chosen if str(one.pk) == request.POST.get("target")), None)
        if len(chosen) < 2:
            self.message_user(request, _("Select two providers or more to merge."), messages.WARNING)
            return None
        if target is None:
            context = {**self.admin_site.each_context(request), "title": _("Merge providers"), "providers": chosen}
            return render(request, "admin/providers/merge.html", context)
        sources = [one for one in chosen if one.pk != target.pk]
        merge_providers(target, sources)
        text = ngettext(
            "%(n)d provider merged into %(target)s.", "%(n)d providers merged into %(target)s.", len(sources)
        )
        self.message_user(request, text % {"n": len(sources), "target": target}, messages.SUCCESS)
        return None
