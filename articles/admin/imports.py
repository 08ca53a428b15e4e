import json

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import display

from articles import workflow
from articles.choices import Origin, Result
from articles.importing.conflicts import settle
from articles.importing.results import report_of
from articles.models import Conflict, ImportBatch, ImportedDocument
from articles.sanitising import plain_text

SHOWN_LENGTH = 240
STATE_LABELS = {"running": "info", "finished": "success", "interrupted": "danger"}
RESULT_LABELS = {
    Result.CREATED: "success",
    Result.UPDATED: "success",
    Result.CONFLICT: "warning",
    Result.HELD: "warning",
    Result.REJECTED: "danger",
}


class ReadOnlyAdmin(ModelAdmin):
    """Rows that imports write and people only read."""

    list_per_page = 50
    show_full_result_count = False

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False


@admin.register(ImportBatch)
class ImportBatchAdmin(ReadOnlyAdmin):
    list_display = ["number", "started_at", "state_label", "what", "said", "rate", "who", "documents"]
    list_select_related = ["actor"]
    list_filter = [("state", ChoicesDropdownFilter), "dry_run"]
    list_filter_submit = True
    fields = [
        "state",
        "dry_run",
        "what",
        "said",
        "started_at",
        "finished_at",
        "rate",
        "who",
        "documents",
    ]
    readonly_fields = ["what", "said", "rate", "who", "documents"]

    @display(description=_("Import"))
    def number(self, batch):
        return f"#{batch.pk}"

    @display(description=_("State"), label=STATE_LABELS)
    def state_label(self, batch):
        return batch.state, _("Dry run") if batch.dry_run and batch.state == "finished" else batch.get_state_display()

    @display(description=_("Sources"))
    def what(self, batch):
        return ", ".join(batch.sources)[:200]

    @display(description=_("Results"))
    def said(self, batch):
        return ", ".join(f"{number} {result}" for result, number in batch.counts.items() if number) or "–"

    @display(description=_("Documents a second"))
    def rate(self, batch):
        return "–" if batch.documents_per_second is None else f"{batch.documents_per_second:,.0f}"

    @display(description=_("By"))
    def who(self, batch):
        return batch.actor or batch.get_origin_display()

    @display(description=_("Documents"))
    def documents(self, batch):
        listed = reverse("admin:articles_importeddocument_changelist")
        return format_html(
            '<a href="{0}?batch__id__exact={1}">{2}</a> · '
            '<a href="{0}?batch__id__exact={1}&amp;has_problems__exact=1">{3}</a> · <a href="{4}">{5}</a>',
            listed,
            batch.pk,
            _("All"),
            _("Problems"),
            reverse("admin:import-report", args=[batch.pk]),
            _("Report"),
        )

    def get_urls(self):
        report = self.admin_site.admin_view(self.report)
        return [path("<int:pk>/report.json", report, name="import-report"), *super().get_urls()]

    def report(self, request, pk):
        """Send the report of a batch, by the contract of docs/import-format.md."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        batch = get_object_or_404(ImportBatch, pk=pk)
        text = json.dumps(report_of(batch), ensure_ascii=False, indent=2)
        response = HttpResponse(text, content_type="application/json")
        response["Content-Disposition"] = f'attachment; filename="import-{batch.pk}.json"'
        return response


@admin.register(ImportedDocument)
class ImportedDocumentAdmin(ReadOnlyAdmin):
    list_display = ["source", "result", "headline", "changed_fields", "problem_lines"]
    list_display_links = None
    list_filter = ["has_problems", "action"]
    list_filter_submit = True
    search_fields = ["source", "title"]
    ordering = ["batch", "position"]

    def lookup_allowed(self, lookup, value, request):
        return lookup == "batch__id__exact" or super().lookup_allowed(lookup, value, request)

    @display(description=_("Result"), label=RESULT_LABELS)
    def result(self, document):
        return document.action, document.get_action_display()

    @display(description=_("Headline"))
    def headline(self, document):
        title = plain_text(document.title)[:120]
        return format_html('<a href="{}">{}</a>', document.url, title) if document.url else title

    @display(description=_("Changed"))
    def changed_fields(self, document):
        conflicts = [f"{field} ({_('conflict')})" for field in document.conflicts]
        return ", ".join([*document.changed, *conflicts]) or document.duplicate_of or "–"

    @display(description=_("Problems"))
    def problem_lines(self, document):
        lines = [
            ": ".join(str(part) for part in (problem["line"], problem["field"], problem["message"]) if part)
            for problem in document.problems
        ]
        return " · ".join(lines) or "–"


@admin.register(Conflict)
class ConflictAdmin(ReadOnlyAdmin):
    """What upstream and the desk disagree on, to be settled."""

    list_display = ["story", "field", "ours_shown", "theirs_shown", "created_at", "settled_shown"]
    list_display_links = None
    list_select_related = ["article", "settled_by"]
    list_filter = [("settlement", ChoicesDropdownFilter), "field"]
    list_filter_submit = True
    search_fields = ["article__title"]
    actions = ["take_theirs", "keep_ours", "always_ours"]

    def get_queryset(self, request):
        conflicts = super().get_queryset(request)
        return conflicts if "settlement__exact" in request.GET else conflicts.filter(settlement="")

    def has_settle_permission(self, request):
        return request.user.has_perm(workflow.EDIT)

    @display(description=_("Story"), ordering="article__title")
    def story(self, conflict):
        url = reverse("admin:articles_article_change", args=[conflict.article_id])
        return format_html('<a href="{}">{}</a>', url, plain_text(conflict.article.title)[:100])

    @display(description=_("Ours"))
    def ours_shown(self, conflict):
        return shown(conflict.ours, conflict.theirs)

    @display(description=_("Upstream's"))
    def theirs_shown(self, conflict):
        return shown(conflict.theirs, conflict.ours)

    @display(description=_("Settled"))
    def settled_shown(self, conflict):
        return conflict.get_settlement_display() if conflict.settlement else "–"

    def settle_selected(self, request, conflicts, settlement):
        actor, done = workflow.Actor(Origin.ADMIN, request.user), 0
        for conflict in conflicts.filter(settlement=""):
            try:
                settle(conflict, settlement, actor)
                done += 1
            except (PermissionDenied, workflow.InvalidTransition) as error:
                self.message_user(request, f"{conflict}: {error or _('not permitted')}", messages.ERROR)
        self.message_user(request, _("%(number)d settled.") % {"number": done}, messages.SUCCESS)

    @admin.action(description=_("Take upstream's"), permissions=["settle"])
    def take_theirs(self, request, conflicts):
        self.settle_selected(request, conflicts, Conflict.Settlement.THEIRS)

    @admin.action(description=_("Keep ours"), permissions=["settle"])
    def keep_ours(self, request, conflicts):
        self.settle_selected(request, conflicts, Conflict.Settlement.OURS)

    @admin.action(description=_("Always keep ours for this field"), permissions=["settle"])
    def always_ours(self, request, conflicts):
        self.settle_selected(request, conflicts, Conflict.Settlement.ALWAYS_OURS)


def shown(value, other):
    """Return a value of the format in few words, from a little before it begins to differ from `other`."""
    text, beside = (
        "–" if one is None else one if isinstance(one, str) else json.dumps(one, ensure_ascii=False)
        for one in (value, other)
    )
    same = next((at for at, (one, two) in enumerate(zip(text, beside, strict=False)) if one != two), len(text))
    start = max(0, same - 30) if len(text) > SHOWN_LENGTH else 0
    cut = text[start : start + SHOWN_LENGTH]
    return f"{'…' if start else ''}{cut}{'…' if len(text) > start + SHOWN_LENGTH else ''}"
