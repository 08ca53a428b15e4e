"""The first page of the desk."""

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from articles.admin.import_results import state_in_words
from articles.dashboard import figures
from articles.importing.undoing import IMPORT

# Of the drawing, in its own units; CSS makes it as wide as there is room.
WIDTH, HEIGHT, GAP = 420, 96, 6


def dashboard(request, context):
    """Give unfold's first page its figures; readers of the desk alone, as they speak of stories."""
    if not request.user.has_perm("articles.view_article"):
        return context
    found = figures()
    context |= found | {
        "title": _("The desk"),
        "charts": [
            {"title": _("Published per day"), "bars": columns(found["days"]), "width": WIDTH, "height": HEIGHT},
        ],
        "rankings": [
            {"title": _("Published by provider, 14 days"), "rows": shares(found["providers"]), "head": _("Provider")},
            {"title": _("Published by topic, 14 days"), "rows": shares(found["topics"]), "head": _("Topic")},
        ],
        "batch_states": [(batch, *state_in_words(batch)) for batch in found["batches"]],
        "may_import": request.user.has_perm(IMPORT),
        "may_see_imports": request.user.has_perm("articles.view_importbatch") or request.user.has_perm(IMPORT),
    }
    return context


def columns(days):
    """Return the bars of a chart of [(day, number)]: place, height and words of each."""
    most = max((number for _day, number in days), default=0) or 1
    width = (WIDTH - GAP * (len(days) - 1)) / len(days)
    bars = []
    for place, (day, number) in enumerate(days):
        height = round(HEIGHT * number / most, 1)
        bars.append(
            {
                "x": round(place * (width + GAP), 1),
                "y": round(HEIGHT - height, 1),
                "width": round(width, 1),
                "height": height,
                "day": date_format(day, "j M"),
                "number": number,
            }
        )
    return bars


def shares(rows):
    """Return [(name, number, percent of the longest)] of [(name, number)]."""
    most = max((number for _name, number in rows), default=0) or 1
    return [(name, number, round(100 * number / most)) for name, number in rows]
