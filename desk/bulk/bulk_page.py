"""Bulk changes of stories: started from the list, shown as a preview, run, and shown with the result of every row."""

from collections import Counter

from django.contrib.admin.templatetags.admin_urls import add_preserved_filters
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Case, IntegerField, Value, When
from django.http import Http404, JsonResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from articles import tasks, workflow
from articles.bulk_actions.actions import LATEST_REVISION, OPTIONS, TRANSITIONS, permission_for
from articles.bulk_actions.execution import FOREGROUND_LIMIT, create_change, latest_revision, preview, run_change
from articles.choices import BulkAction, Origin, RowResult
from articles.importing.batches import PRESUMED_DEAD_AFTER
from articles.models import Article, BulkChange, BulkChangeRow
from articles.permissions import PUBLISH
from desk.admin_urls import BOTH, READ, WRITE, view_paths
from desk.bulk.bulk_form import BulkForm, OptionTexts
from desk.bulk.heat_offer import accept_suggestions, may_accept, suggestions_of
from desk.site import is_row_key
from newsroom.numbers import format_number

PAGE_SIZE = 100
State = BulkChange.State
# These come after the actions that are used more often.
LAST_ACTIONS = ("export_selected", "export_plain", "delete_selected")
# In a preview, which has no results yet.
PREVIEW_LABELS = {RowResult.DONE: gettext_lazy("Will change"), RowResult.FAILED: gettext_lazy("Will fail")}
RESULT_BADGES = {RowResult.DONE: "success", RowResult.REFUSED: "warning", RowResult.FAILED: "danger"}


def urls(model_admin):
    """Return the URL patterns of the bulk pages of the stories' admin."""
    routes = [
        ("bulk/<int:pk>/", bulk_page, BOTH, "story-bulk"),
        ("bulk/<int:pk>/again/", resume, WRITE, "story-bulk-again"),
        ("bulk/<int:pk>/heat/", accept_heat, WRITE, "story-bulk-heat"),
        ("bulk/<int:pk>/progress.json", progress, READ, "story-bulk-progress"),
    ]
    return view_paths(model_admin, routes)


# The list's actions ---------------------------------------------------------------------------------


def bulk_action(action):
    """Return the function that starts a bulk change of the selected stories."""

    def start(model_admin, request, stories):
        return redirect(bulk_url(model_admin, request, create_change(action, stories, request.user)))

    return start


def add_bulk_actions(request, actions):
    """Add the bulk actions that a user may take to the list's `actions`, before those named in LAST_ACTIONS."""
    for action in BulkAction:
        if request.user.has_perm(permission_for(action)):
            name = f"{action}_selected"
            actions[name] = (bulk_action(action), name, _("%(action)s…") % {"action": action.label})
    for name in LAST_ACTIONS:
        if name in actions:
            actions[name] = actions.pop(name)
    return actions


def refuse_forbidden(request):
    """Raise PermissionDenied for a posted bulk action that the user may not take.

    `request.refused` gets the refusals to record on the selected stories.
    """
    action = request.POST.get("action", "").removesuffix("_selected")
    if action not in BulkAction or request.user.has_perm(permission_for(BulkAction(action))):
        return
    action = BulkAction(action)
    keys = [int(key) for key in request.POST.getlist("_selected_action")[:FOREGROUND_LIMIT] if key.isdecimal()]
    actor = workflow.Actor(Origin.ADMIN, request.user)
    request.refused = [
        (TRANSITIONS[action], story, actor) for story in Article.objects.filter(pk__in=keys) if action in TRANSITIONS
    ]
    raise PermissionDenied


# The pages ------------------------------------------------------------------------------------------


def change_for(model_admin, request, pk):
    """Return a bulk change that the user has started, or may look at."""
    # Its progress is requested every second, and does not need the keys of all its stories.
    change = BulkChange.objects.select_related("actor").defer("keys").filter(pk=pk).first()
    if change is None:
        raise Http404
    is_own = change.actor_id == request.user.pk
    if not (is_own or request.user.has_perm(PUBLISH)) or not model_admin.has_view_permission(request):
        raise PermissionDenied
    return change


def bulk_page(model_admin, request, pk):
    """Ask for the action's options, show a preview, run it, and show the results."""
    change = change_for(model_admin, request, pk)
    if change.state != State.PREVIEW:
        return render_page(model_admin, request, change, result=Rows(change, request.GET))
    if change.actor_id != request.user.pk or not request.user.has_perm(permission_for(change.action)):
        raise PermissionDenied
    needs = OPTIONS.get(change.action, ())
    form = BulkForm(change.action, request.POST if request.method == "POST" else None, initial=change.options)
    newest = latest_revision()
    if request.method != "POST":
        # An action without options is previewed at once.
        preview_rows = None if needs else preview(change)
        return render_page(model_admin, request, change, form=form, preview_rows=preview_rows, newest=newest)
    if not form.is_valid():
        return render_page(model_admin, request, change, form=form)
    change.options = form.options
    if "_do" not in request.POST:
        return render_page(model_admin, request, change, form=form, preview_rows=preview(change), newest=newest)
    revision = request.POST.get(LATEST_REVISION, "")
    change.options[LATEST_REVISION] = int(revision) if is_row_key(revision) else 0
    # Posted twice it still runs once.
    unstarted = BulkChange.objects.filter(pk=change.pk, state=State.PREVIEW)
    if unstarted.update(options=change.options, state=State.QUEUED, alive_at=timezone.now()):
        start(change)
    return redirect(bulk_url(model_admin, request, change))


def bulk_url(model_admin, request, change):
    """Return the address of a bulk change's page, which leads back to the list as it was filtered."""
    return with_list_filters(model_admin, request, reverse("admin:story-bulk", args=[change.pk]))


def with_list_filters(model_admin, request, url):
    """Return an address with the filter, search, order and page of the list that the request came from."""
    filters = {"preserved_filters": model_admin.get_preserved_filters(request), "opts": model_admin.opts}
    return add_preserved_filters(filters, url)


def start(change):
    """Run a small change now, enqueue a large one."""
    change.refresh_from_db()
    if change.total <= FOREGROUND_LIMIT:
        run_change(change)
    else:
        tasks.run_bulk_change.enqueue(change.pk)


def resume(model_admin, request, pk):
    """Resume an interrupted bulk change after the last story that is done."""
    change = change_for(model_admin, request, pk)
    if change.actor_id != request.user.pk:
        raise PermissionDenied
    if is_interrupted(change):
        BulkChange.objects.filter(pk=change.pk, state=change.state).update(
            state=State.QUEUED, alive_at=timezone.now(), note=""
        )
        start(change)
    return redirect(bulk_url(model_admin, request, change))


def accept_heat(model_admin, request, pk):
    """Accept the suggested heat of the unscored stories that a bulk change published."""
    change = change_for(model_admin, request, pk)
    accept_suggestions(model_admin, request, change)
    return redirect(bulk_url(model_admin, request, change))


def progress(model_admin, request, pk):
    """Return how far a bulk change is, as JSON."""
    return JsonResponse(progress_of(change_for(model_admin, request, pk)))


def render_page(model_admin, request, change, *, form=None, preview_rows=None, result=None, newest=0):
    """Return the page of a bulk change.

    `preview_rows` are the Rows of its preview, `result` those of one that ran; `newest` is the newest Revision that the
    preview was computed with.
    """
    counts = Counter(row.result for row in preview_rows) if preview_rows is not None else change.counts
    labels = {kind: kind.label for kind in RowResult} | (PREVIEW_LABELS if preview_rows is not None else {})
    context = {
        **model_admin.admin_site.each_context(request),
        "title": change.get_action_display(),
        "opts": model_admin.opts,
        "change_of_many": change,
        "form": form,
        "preview_rows": preview_rows,
        "labelled_rows": [(row, labels[row.result]) for row in preview_rows or ()],
        "seen": newest,
        "is_preview_complete": preview_rows is not None and len(preview_rows) == change.total,
        "can_do": preview_rows is not None and (len(preview_rows) < change.total or counts.get(RowResult.DONE)),
        "counts": [(RESULT_BADGES.get(kind, ""), labels[kind], counts.get(kind, 0), kind.value) for kind in RowResult],
        "labels": RESULT_BADGES,
        "result": result,
        "heat_suggestions": suggestions_of(change) if result is not None and may_accept(request.user) else [],
        "progress": None if change.is_over or is_interrupted(change) else progress_of(change),
        "can_continue": is_interrupted(change) and change.actor_id == request.user.pk,
        # While the options can be changed, the form shows them.
        "chosen_options": [] if form is not None and form.fields else OptionTexts([change]).of(change),
        "list_url": with_list_filters(model_admin, request, reverse("admin:articles_article_changelist")),
    }
    return TemplateResponse(request, "admin/articles/article/bulk.html", context)


class Rows:
    """The results of a bulk change, those that failed first, a page of them at a time."""

    def __init__(self, change, parameters):
        rows = BulkChangeRow.objects.filter(change=change)
        self.chosen = parameters.get("show") if parameters.get("show") in RowResult else ""
        if self.chosen:
            rows = rows.filter(result=self.chosen)
        self.page = Paginator(rows.order_by(BY_URGENCY, "position"), PAGE_SIZE).get_page(parameters.get("page"))


BY_URGENCY = Case(
    When(result=RowResult.FAILED, then=Value(0)),
    When(result=RowResult.REFUSED, then=Value(1)),
    default=Value(2),
    output_field=IntegerField(),
)


def is_interrupted(change):
    """Return whether a bulk change ended before it was finished, by an error or with its process."""
    is_silent = change.alive_at is not None and change.alive_at < timezone.now() - PRESUMED_DEAD_AFTER
    return change.state == State.INTERRUPTED or (change.state in (State.QUEUED, State.RUNNING) and is_silent)


def progress_of(change):
    """Return the progress of a bulk change, as static/js/import.js reads it."""
    values = {"number": format_number(change.done), "total": format_number(change.total)}
    return {
        "over": change.is_over or is_interrupted(change),
        "value": change.done,
        "max": change.total,
        "text": _("%(number)s of %(total)s stories") % values,
    }
