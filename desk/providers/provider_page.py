"""The figures above the form of a provider."""

from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from articles.choices import State
from desk.charts import column_chart, share_rows
from desk.providers.provider_previews import provider_stories_url
from desk.reports.counting import count_up_to
from desk.reports.provider_report import (
    conflicts_by_provider,
    count_by_state,
    published_by_week,
    recent_stories_of,
)
from newsroom.dates import format_day_of_year


def provider_figures(provider):
    """Return the context of `admin/providers/figures.html`. Six queries."""
    counts, recent = count_by_state(provider), recent_stories_of(provider)
    published = provider.articles.filter(published=True, dated_at__lte=timezone.now())
    weeks = [(format_day_of_year(monday), number, "") for monday, number in published_by_week(provider)]
    bands = [
        (f"{low}+" if high is None else f"{low}–{high - 1}", number, provider_stories_url(provider, quality=low))
        for low, high, number in recent.bands()
    ]
    return {
        "states": [
            (State(state).label, number, provider_stories_url(provider, state=state))
            for state, number in counts.items()
        ],
        "total": sum(counts.values()),
        "all_stories": provider_stories_url(provider),
        "recent": recent,
        "conflicts": conflicts_by_provider().get(provider.pk, 0),
        "conflicts_url": provider_stories_url(provider, conflict="yes"),
        "coverage": count_up_to(provider.related_links),
        "last": published.aggregate(last=Max("dated_at"))["last"],
        "chart": column_chart(_("Published per week, last 13 weeks"), weeks),
        "bands": share_rows(bands),
    }
