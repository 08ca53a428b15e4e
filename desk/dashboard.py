"""The first page of the desk."""

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from articles.permissions import IMPORT, PUBLISH
from desk.charts import column_chart, share_rows
from desk.imports.import_results import names_of, state_in_words
from desk.reports.newsroom_report import figures


def dashboard(request, context):
    """Give unfold's first page its figures; readers of the desk alone, as they speak of stories."""
    if not request.user.has_perm("articles.view_article"):
        return context
    may_import = request.user.has_perm(IMPORT)
    may_see_imports = may_import or request.user.has_perm("articles.view_importbatch")
    found = figures()
    # Of what failed only that whose page the user may open.
    failed = found["failed"]
    failed["batches"] = failed["batches"] if may_see_imports else []
    if not request.user.has_perm(PUBLISH):
        failed["changes"] = [change for change in failed["changes"] if change.actor_id == request.user.pk]
    days = [day for day, _number in found["days"]]
    fortnight = f"{days[0]}..{days[-1]}"
    columns = [(date_format(day, "j M"), number, stories(out=f"{day}..{day}")) for day, number in found["days"]]
    providers = [
        (name, number, stories(provider__id__exact=key, out=fortnight)) for key, name, number in found["providers"]
    ]
    topics = [(name, number, stories(topic_itself=key, out=fortnight)) for key, name, number in found["topics"]]
    context |= found | {
        "title": _("The desk"),
        "list_url": stories(),
        "chart": column_chart(_("Published per day"), columns),
        "total_out": sum(number for _day, number in found["days"]),
        "out_url": stories(out=fortnight),
        "rankings": [
            {"title": _("Published by provider, 14 days"), "rows": share_rows(providers), "head": _("Provider")},
            {"title": _("Published by topic, 14 days"), "rows": share_rows(topics), "head": _("Topic")},
        ],
        "batch_states": [(batch, names_of(batch), *state_in_words(batch)) for batch in found["batches"]],
        "may_import": may_import,
        "may_see_imports": may_see_imports,
    }
    return context


def stories(**filters):
    """Return the address of the list of stories, filtered."""
    address = reverse("admin:articles_article_changelist")
    return f"{address}?{urlencode(filters)}" if filters else address
