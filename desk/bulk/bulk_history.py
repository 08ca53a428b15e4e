"""The bulk changes of the past: who changed what, when, in how many stories, and what failed."""

from django.core.exceptions import PermissionDenied
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _

from articles import workflow
from articles.choices import RowResult
from articles.models import BulkChange, Topic
from desk.admin_urls import READ, view_paths
from desk.bulk.bulk_page import RESULT_LABELS, BulkForm, in_words, is_cut_off, options_of
from providers.models import Provider

PAGE_SIZE = 50
State = BulkChange.State


def urls(model_admin):
    """Return the URL pattern of the list of bulk changes."""
    return view_paths(model_admin, [("bulk/", bulk_history, READ, "story-bulk-history")])


def bulk_history(model_admin, request):
    """List the bulk changes, newest first: everybody's for those who may publish, else one's own. Four queries."""
    if not model_admin.has_view_permission(request):
        raise PermissionDenied
    # The keys of all its stories are nothing to look at.
    changes = BulkChange.objects.exclude(state=State.PREVIEW).select_related("actor").defer("keys")
    if not request.user.has_perm(workflow.PUBLISH):
        changes = changes.filter(actor=request.user)
    before = request.GET.get("before", "")
    if before.isdecimal() and len(before) < 19:
        changes = changes.filter(pk__lt=int(before))
    found = list(changes[: PAGE_SIZE + 1])
    shown = found[:PAGE_SIZE]
    names = Names(shown)
    context = {
        **model_admin.admin_site.each_context(request),
        "title": _("Bulk changes"),
        "opts": model_admin.opts,
        "changes": [in_a_line(change, names) for change in shown],
        "results": [(one.value, one.label) for one in RowResult],
        "older": shown[-1].pk if len(found) > PAGE_SIZE else None,
    }
    return TemplateResponse(request, "admin/articles/article/bulk_history.html", context)


class Names:
    """The topics and providers that some changes speak of, looked up at once."""

    def __init__(self, changes):
        self.found = {
            name: model.objects.in_bulk({change.options[name] for change in changes if change.options.get(name)})
            for name, model in (("topic", Topic), ("provider", Provider))
        }

    def told(self, name, value):
        return (self.found[name].get(value) or _("gone since")) if name in self.found else in_words(name, value)


def in_a_line(change, names):
    """Return what the list shows of a change: itself, what it was told, its results, and how it ended."""
    told = [(BulkForm.base_fields[name].label, names.told(name, value)) for name, value in options_of(change)]
    return {
        "change": change,
        "told": told,
        "counts": [(one.value, RESULT_LABELS.get(one, "plain"), change.counts.get(one, 0)) for one in RowResult],
        "state": State.INTERRUPTED.label if is_cut_off(change) else change.get_state_display(),
        "is_cut_off": is_cut_off(change),
    }
