"""The fields of a story's page, in its sections, and those that are shown only."""

import json

from django.contrib import admin
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from articles.documents import schema
from articles.documents.as_written import values_as_written
from articles.documents.mapping import without_secured


@admin.display(description=gettext_lazy("Provider"))
def provider_name(story):
    return story.provider or "–"


@admin.display(description=gettext_lazy("Authors"))
def author_names(story):
    return ", ".join(author.get("name", "") for author in story.authors) or "–"


@admin.display(description=gettext_lazy("Rating"))
def rating(story):
    return "–" if story.rating_average is None else f"{story.rating_average:g} ({story.rating_count or 0})"


@admin.display(description=gettext_lazy("Upstream document"))
def upstream_document(story):
    upstream = getattr(story, "upstream", None)
    if upstream is None:
        return _("None: this story was written at the desk.")
    document = values_as_written(upstream.values, schema.STORY) | upstream.unknown
    text = json.dumps(without_secured(document), ensure_ascii=False, indent=2)
    return format_html('<pre class="desk-upstream" tabindex="0">{}</pre>', text)


READONLY_FIELDS = ["visible_from", provider_name, author_names, rating, upstream_document, "created_at", "updated_at"]
FIELDSETS = [
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
                author_names,
                "body",
                "featured_content",
                "price",
                "duration",
                "duration_text",
                rating,
                "levels",
                "is_removed",
            ],
            "classes": ["tab"],
        },
    ),
    (
        gettext_lazy("Upstream"),
        {"fields": ["visible_from", "created_at", "updated_at", upstream_document], "classes": ["tab"]},
    ),
]


def with_provider_as_text(fieldsets):
    """Return fieldsets with the provider's name in the place of the field that links to it and searches others."""
    return [
        (name, {**options, "fields": [provider_name if field == "provider" else field for field in options["fields"]]})
        for name, options in fieldsets
    ]
