"""The first page of the desk."""

from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from articles.permissions import IMPORT, PUBLISH
from desk.charts import column_chart, share_rows
from desk.imports.import_state import describe_state, source_names
from desk.reports.newsroom_report import dashboard_figures
from newsroom.dates import format_day_of_year


def dashboard(request, context):
    """Add the figures to the context of the theme's first page, for users who may see stories."""
    if not request.user.has_perm("articles.view_article"):
        return context
    may_import = request.user.has_perm(IMPORT)
    may_see_imports = may_import or request.user.has_perm("articles.view_importbatch")
    figures = dashboard_figures()
    # Only failures whose pages the user may open.
    failed = figures["failed"]
    failed["batches"] = failed["batches"] if may_see_imports else []
    if not request.user.has_perm(PUBLISH):
        failed["changes"] = [change for change in failed["changes"] if change.actor_id == request.user.pk]
    days = [day for day, _number in figures["days"]]
    fortnight = f"{days[0]}..{days[-1]}"
    columns = [(format_day_of_year(day), number, stories_url(out=f"{day}..{day}")) for day, number in figures["days"]]
    providers = [
        (name, number, stories_url(provider__id__exact=key, out=fortnight))
        for key, name, number in figures["providers"]
    ]
    topics = [(name, number, stories_url(topic_itself=key, out=fortnight)) for key, name, number in figures["topics"]]
    context |= figures | {
        "title": _("Desk"),
        "list_url": stories_url(),
        "chart": column_chart(_("Published per day"), columns),
        "published_total": sum(number for _day, number in figures["days"]),
        "published_url": stories_url(out=fortnight),
        "rankings": [
            {"title": _("Published by provider, last 14 days"), "rows": share_rows(providers), "head": _("Provider")},
            {"title": _("Published by topic, last 14 days"), "rows": share_rows(topics), "head": _("Topic")},
        ],
        "batch_states": [(batch, source_names(batch), *describe_state(batch)) for batch in figures["batches"]],
        "may_import": may_import,
        "may_see_imports": may_see_imports,
    }
    return context


def stories_url(**filters):
    """Return the address of the list of stories, filtered."""
    url = reverse("admin:articles_article_changelist")
    return f"{url}?{urlencode(filters)}" if filters else url
