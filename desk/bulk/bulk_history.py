"""The bulk changes of the past: who changed what, when, in how many stories, and what failed."""

from django.core.exceptions import PermissionDenied
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _

from articles.choices import RowResult
from articles.models import BulkChange
from articles.permissions import PUBLISH
from desk.admin_urls import READ, view_paths
from desk.bulk.bulk_form import OptionTexts
from desk.bulk.bulk_page import RESULT_BADGES, is_interrupted
from desk.site import is_row_key

PAGE_SIZE = 50
State = BulkChange.State


def urls(model_admin):
    """Return the URL pattern of the list of bulk changes."""
    return view_paths(model_admin, [("bulk/", bulk_history, READ, "story-bulk-history")])


def bulk_history(model_admin, request):
    """List the bulk changes, newest first: everybody's for those who may publish, else one's own. Four queries."""
    if not model_admin.has_view_permission(request):
        raise PermissionDenied
    # The list does not need the keys of all their stories.
    changes = BulkChange.objects.exclude(state=State.PREVIEW).select_related("actor").defer("keys")
    if not request.user.has_perm(PUBLISH):
        changes = changes.filter(actor=request.user)
    before = request.GET.get("before", "")
    if is_row_key(before):
        changes = changes.filter(pk__lt=int(before))
    rows = list(changes[: PAGE_SIZE + 1])
    page = rows[:PAGE_SIZE]
    texts = OptionTexts(page)
    context = {
        **model_admin.admin_site.each_context(request),
        "title": _("Bulk changes"),
        "opts": model_admin.opts,
        "changes": [history_row(change, texts) for change in page],
        "results": [(kind.value, kind.label) for kind in RowResult],
        "older": page[-1].pk if len(rows) > PAGE_SIZE else None,
    }
    return TemplateResponse(request, "admin/articles/article/bulk_history.html", context)


def history_row(change, texts):
    """Return what the list shows of a change: itself, its options, its results, and how it ended."""
    return {
        "change": change,
        "chosen_options": texts.of(change),
        "counts": [(kind.value, RESULT_BADGES.get(kind, "plain"), change.counts.get(kind, 0)) for kind in RowResult],
        "state": State.INTERRUPTED.label if is_interrupted(change) else change.get_state_display(),
        "is_interrupted": is_interrupted(change),
    }
