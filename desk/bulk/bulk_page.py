"""Bulk changes: from the list of stories to a preview, from there to the result of every row."""

from django import forms
from django.contrib.admin.templatetags.admin_urls import add_preserved_filters
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Case, IntegerField, Value, When
from django.http import Http404, JsonResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminIntegerFieldWidget, UnfoldAdminTextareaWidget

from articles import tasks, workflow
from articles.bulk_actions.actions import OPTIONS, SEEN, TRANSITIONS, permission_for
from articles.bulk_actions.execution import AT_ONCE, new_change, newest_revision, run_change, try_out
from articles.choices import BulkAction, Origin, RowResult
from articles.importing.batches import SILENCE
from articles.models import Article, BulkChange, BulkChangeRow, Topic
from articles.models.coverage import SCORE_LIMIT
from desk.admin_urls import BOTH, READ, WRITE, view_paths
from desk.date_fields import DateTimeField
from desk.form_fields import StoryProviderField, TopicField
from newsroom.dates import exact_time
from providers.models import Provider

PAGE_SIZE = 100
State = BulkChange.State
# These come after what is done all day.
LAST_ACTIONS = ("export_selected", "delete_selected")
RESULT_LABELS = {RowResult.DONE: "success", RowResult.REFUSED: "warning", RowResult.FAILED: "danger"}


class BulkForm(forms.Form):
    """What an action has to be told. Only the fields of OPTIONS for it are there."""

    visible_from = DateTimeField(label=gettext_lazy("Publish at"))
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=workflow.REASON_LIMIT,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 2}),
    )
    heat = forms.IntegerField(
        label=gettext_lazy("Heat"), min_value=-1, max_value=SCORE_LIMIT, widget=UnfoldAdminIntegerFieldWidget
    )
    by = forms.IntegerField(
        label=gettext_lazy("By"),
        min_value=-SCORE_LIMIT,
        max_value=SCORE_LIMIT,
        widget=UnfoldAdminIntegerFieldWidget,
        help_text=gettext_lazy("Added to the heat of each; -20 cools them down. What is not scored stays so."),
    )
    quality = forms.IntegerField(
        label=gettext_lazy("Quality"), min_value=0, max_value=SCORE_LIMIT, widget=UnfoldAdminIntegerFieldWidget
    )
    topic = TopicField(label=gettext_lazy("Topic"))
    other_topic = TopicField(label=gettext_lazy("By this topic"))
    provider = StoryProviderField(label=gettext_lazy("Provider"))

    def __init__(self, action, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for name in self.fields.keys() - set(OPTIONS.get(action, ())):
            del self.fields[name]
        for name in ("topic", "other_topic"):
            if name in self.fields:
                self.fields[name].offer(Topic.objects.all())
        if "provider" in self.fields:
            self.fields["provider"].offer(Provider.objects.active())
        if "reason" in self.fields:
            # Else a browser cuts what is pasted, and says nothing.
            self.fields["reason"].widget.attrs.pop("maxlength", None)
        if action == BulkAction.WITHDRAW:
            self.fields["reason"].required = False
        if action == BulkAction.REPLACE_TOPIC:
            self.fields["topic"].label = _("Replace this topic")

    def clean(self):
        cleaned = super().clean()
        if cleaned.get("other_topic") and cleaned.get("other_topic") == cleaned.get("topic"):
            self.add_error("other_topic", _("Choose two different topics."))
        return cleaned

    def clean_visible_from(self):
        when = self.cleaned_data["visible_from"]
        if when <= timezone.now():
            raise forms.ValidationError(_("Choose a publication time in the future."))
        return when

    @property
    def options(self):
        """What was told, as JSON has it."""
        told = {}
        for name, value in self.cleaned_data.items():
            told[name] = getattr(value, "pk", value)
        if "visible_from" in told:
            told["visible_from"] = told["visible_from"].isoformat()
        return told


def urls(model_admin):
    """Return the URL patterns of the bulk pages of the stories' admin."""
    routes = [
        ("bulk/<int:pk>/", bulk_page, BOTH, "story-bulk"),
        ("bulk/<int:pk>/again/", resume, WRITE, "story-bulk-again"),
        ("bulk/<int:pk>/progress.json", progress, READ, "story-bulk-progress"),
    ]
    return view_paths(model_admin, routes)


# The list's actions ---------------------------------------------------------------------------------


def bulk_action(action):
    """Return the function that starts a bulk change of the selected stories."""

    def start(model_admin, request, stories):
        return redirect(bulk_url(model_admin, request, new_change(action, stories, request.user)))

    return start


def add_bulk_actions(request, actions):
    """Add the bulk actions that a user may take to the list's `actions`, before those named in LAST_ACTIONS."""
    for action in BulkAction:
        if request.user.has_perm(permission_for(action)):
            name = f"{action}_selected"
            actions[name] = (bulk_action(action), name, f"{action.label} …")
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
    keys = [int(key) for key in request.POST.getlist("_selected_action")[:AT_ONCE] if key.isdecimal()]
    actor = workflow.Actor(Origin.ADMIN, request.user)
    request.refused = [
        (TRANSITIONS[action], story, actor) for story in Article.objects.filter(pk__in=keys) if action in TRANSITIONS
    ]
    raise PermissionDenied


# The pages ------------------------------------------------------------------------------------------


def change_for(model_admin, request, pk):
    """Return a bulk change that the user has started, or may look at."""
    # The keys of all its stories are loaded where they are needed: a page that follows it asks every second.
    change = BulkChange.objects.select_related("actor").defer("keys").filter(pk=pk).first()
    if change is None:
        raise Http404
    is_own = change.actor_id == request.user.pk
    if not (is_own or request.user.has_perm(workflow.PUBLISH)) or not model_admin.has_view_permission(request):
        raise PermissionDenied
    return change


def bulk_page(model_admin, request, pk):
    """Ask what the action has to be told, show what it would do, do it, and show what it did."""
    change = change_for(model_admin, request, pk)
    if change.state != State.PREVIEW:
        return render_page(model_admin, request, change, result=Rows(change, request.GET))
    if change.actor_id != request.user.pk or not request.user.has_perm(permission_for(change.action)):
        raise PermissionDenied
    needs = OPTIONS.get(change.action, ())
    form = BulkForm(change.action, request.POST if request.method == "POST" else None, initial=change.options)
    newest = newest_revision()
    if request.method != "POST":
        # What needs to be told nothing can be tried at once.
        tried = None if needs else try_out(change)
        return render_page(model_admin, request, change, form=form, tried=tried, seen=newest)
    if not form.is_valid():
        return render_page(model_admin, request, change, form=form)
    change.options = form.options
    if "_do" not in request.POST:
        return render_page(model_admin, request, change, form=form, tried=try_out(change), seen=newest)
    shown = request.POST.get(SEEN, "")
    change.options[SEEN] = int(shown) if shown.isdecimal() and len(shown) < 19 else 0
    # Pressed twice it is still done once.
    begun = BulkChange.objects.filter(pk=change.pk, state=State.PREVIEW)
    if begun.update(options=change.options, state=State.QUEUED, alive_at=timezone.now()):
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
    change.refresh_from_db()
    if change.total <= AT_ONCE:
        run_change(change)
    else:
        tasks.run_bulk_change.enqueue(change.pk)


def resume(model_admin, request, pk):
    """Go on with a bulk change that was cut off; what is done is done."""
    change = change_for(model_admin, request, pk)
    if change.actor_id != request.user.pk:
        raise PermissionDenied
    if is_cut_off(change):
        BulkChange.objects.filter(pk=change.pk, state=change.state).update(
            state=State.QUEUED, alive_at=timezone.now(), note=""
        )
        start(change)
    return redirect(bulk_url(model_admin, request, change))


def progress(model_admin, request, pk):
    return JsonResponse(progress_of(change_for(model_admin, request, pk)))


def render_page(model_admin, request, change, *, form=None, tried=None, result=None, seen=0):
    counts = counted(tried) if tried is not None else change.counts
    context = {
        **model_admin.admin_site.each_context(request),
        "title": change.get_action_display(),
        "opts": model_admin.opts,
        "change_of_many": change,
        "form": form,
        "tried": tried,
        "seen": seen,
        "tried_all": tried is not None and len(tried) == change.total,
        "can_do": tried is not None and (len(tried) < change.total or counts.get(RowResult.DONE)),
        "counts": [(RESULT_LABELS.get(one, ""), one.label, counts.get(one, 0), one.value) for one in RowResult],
        "labels": RESULT_LABELS,
        "result": result,
        "progress": None if change.is_over or is_cut_off(change) else progress_of(change),
        "can_go_on": is_cut_off(change) and change.actor_id == request.user.pk,
        # As long as it can be told something else, the form says what it is told.
        "told": [] if form is not None and form.fields else described_options(change),
        "list_url": with_list_filters(model_admin, request, reverse("admin:articles_article_changelist")),
    }
    return TemplateResponse(request, "admin/articles/article/bulk.html", context)


def described_options(change):
    """Return [(label, value)] of what the action was told."""
    return [(BulkForm.base_fields[name].label, in_words(name, value)) for name, value in options_of(change)]


def options_of(change):
    """Return the (name, value) of what a bulk change was told by a person."""
    return [(name, value) for name, value in change.options.items() if name in BulkForm.base_fields]


def in_words(name, value):
    """Return an option of a bulk change as a person reads it."""
    if name in ("topic", "other_topic", "provider"):
        model = Provider if name == "provider" else Topic
        return model.objects.filter(pk=value).first() or _("gone since")
    if name == "visible_from":
        return exact_time(parse_datetime(value))
    return value


class Rows:
    """The results of a bulk change, those that failed first, a page of them at a time."""

    def __init__(self, change, asked):
        rows = BulkChangeRow.objects.filter(change=change)
        self.chosen = asked.get("show") if asked.get("show") in RowResult else ""
        if self.chosen:
            rows = rows.filter(result=self.chosen)
        self.page = Paginator(rows.order_by(IN_ORDER, "position"), PAGE_SIZE).get_page(asked.get("page"))


IN_ORDER = Case(
    When(result=RowResult.FAILED, then=Value(0)),
    When(result=RowResult.REFUSED, then=Value(1)),
    default=Value(2),
    output_field=IntegerField(),
)


def counted(rows):
    counts = {}
    for row in rows:
        counts[row.result] = counts.get(row.result, 0) + 1
    return counts


def is_cut_off(change):
    """Whether a bulk change was ended before it was through: by an error, or with its process."""
    silent = change.alive_at is not None and change.alive_at < timezone.now() - SILENCE
    return change.state == State.INTERRUPTED or (change.state in (State.QUEUED, State.RUNNING) and silent)


def progress_of(change):
    """Return how far a bulk change is, as the script of imports wants it."""
    numbers = {"number": f"{change.done:,}", "total": f"{change.total:,}"}
    return {
        "over": change.is_over or is_cut_off(change),
        "value": change.done,
        "max": change.total,
        "text": _("%(number)s of %(total)s stories") % numbers,
    }
