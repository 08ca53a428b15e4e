"""Links from the desk to a story at its provider, opening in a new tab."""

from django.utils.html import format_html
from django.utils.translation import gettext as _

from articles.canonical_urls import linkable_url

LINK = (
    '<a href="{}" class="desk-original" target="_blank" rel="noopener noreferrer" title="{}">'
    '{}<span class="desk-unseen">: {}</span> <span aria-hidden="true">↗</span></a>'
)


def link_to_original(coverage, title):
    """Return the link to a story, or to another outlet's coverage, as HTML; empty if it has no http(s) URL."""
    url = linkable_url(coverage.link)
    return format_html(LINK, url, _("Opens in a new tab"), _("Original"), title) if url else ""
