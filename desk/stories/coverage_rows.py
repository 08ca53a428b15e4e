"""The related coverage on a story's page."""

import json

from django.contrib import admin
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from unfold.admin import TabularInline

from articles.canonical_urls import domain_of, identity_of
from articles.models import RelatedLink
from articles.story_urls import reader_url
from desk.stories.original_links import link_to_original
from desk.stories.row_formset import RowForm, RowFormSet
from providers.resolving import ProviderDirectory


class RelatedLinkInline(TabularInline):
    """Other outlets' coverage: to order, to hide, to add."""

    model = RelatedLink
    form, formset = RowForm, RowFormSet
    fk_name = "article"
    fields = ["position", "outlet", "title", "is_hidden", "web_url", "original", "quality", "our_story"]
    readonly_fields = ["outlet", "original", "our_story"]
    extra = 0
    tab = True
    ordering_field = "position"
    hide_title = True
    add_label = _("Add coverage")
    template_before = "admin/articles/article/order_hint.html"

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("provider").with_own_story()

    # Read-only: a select of all providers in every row would cost a query a row.
    @admin.display(description=_("Provider"))
    def outlet(self, link):
        return link.provider or "–"

    @admin.display(description=_("Original"))
    def original(self, link):
        return link_to_original(link, link.title) or "–"

    @admin.display(description=_("Our story"))
    def our_story(self, link):
        # The row for another one has been in no query.
        if not getattr(link, "own_story", None):
            return "–"
        story = json.loads(link.own_story)
        url = reader_url(story["url_date"], story["slug"])
        return format_html('<a href="{}" class="desk-our-story">{}</a>', url, story["title"])


def derive_from_urls(links):
    """Set the identity and provider of related links by their URLs, as an import does."""
    providers, unresolved = ProviderDirectory(), []
    for link in links:
        if link.web_url:
            link.identity = identity_of(link.web_url)
            if link.provider_id is None:
                unresolved.append((link, domain_of(link.web_url)))
    providers.load({(domain, domain) for _link, domain in unresolved})
    for link, domain in unresolved:
        link.provider = providers[domain, domain]
