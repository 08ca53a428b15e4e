from django.contrib import admin
from django.db.models import Max
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from django_tasks_db.models import DBTaskResult
from unfold.admin import ModelAdmin
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import display

from articles.choices import Result
from articles.models import ImportBatch, ImportedDocument
from articles.permissions import IMPORT
from articles.sanitising import plain_text
from desk.imports.import_page import ImportPages
from desk.imports.import_results import RESULT_LABELS, names_of, problem_line, state_in_words
from desk.imports.retention_texts import retention_in_words
from desk.list_pagination import CappedPaginator
from newsroom.accounts import name_of
from newsroom.dates import exact_time
from reader.template_filters import age

# So many documents are searched: to look through all would take longer than a page may.
SEARCHED = 10_000
# An import's own page says how it stands; the bare table of tasks would only be a second word on it.
admin.site.unregister(DBTaskResult)


class ReadOnlyAdmin(ModelAdmin):
    """Rows that imports write and people only read."""

    list_per_page = 50

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False


@admin.register(ImportBatch)
class ImportBatchAdmin(ImportPages, ReadOnlyAdmin):
    """The list of imports; what each has a page for is in ImportPages."""

    list_display = ["what", "state_label", "said", "rate"]
    list_select_related = ["actor"]
    list_filter = [("state", ChoicesDropdownFilter), "dry_run"]
    list_filter_submit = True

    def changelist_view(self, request, extra_context=None):
        own = {"may_import": request.user.has_perm(IMPORT), "retention": retention_in_words()}
        return super().changelist_view(request, {**own, **(extra_context or {})})

    @display(description=_("Import"), ordering="pk")
    def what(self, batch):
        return format_html(
            '<span class="desk-headline" title="{2}">#{0} {1}</span>'
            '<span class="desk-byline">{3} · <time datetime="{4}" title="{5}">{6}</time></span>',
            batch.pk,
            names_of(batch)[:200],
            ", ".join(batch.sources)[:400],
            name_of(batch.actor) if batch.actor else batch.get_origin_display(),
            batch.started_at.isoformat(),
            exact_time(batch.started_at),
            age(batch.started_at),
        )

    @display(
        description=_("State"),
        ordering="state",
        label={kind: kind for kind in ("info", "success", "warning", "danger", "default")},
    )
    def state_label(self, batch):
        return state_in_words(batch)

    @display(description=_("Results"))
    def said(self, batch):
        told = (f"{batch.counts[result]:,} {result.label.lower()}" for result in Result if batch.counts.get(result))
        return ", ".join(told) or "–"

    @display(description=_("Documents a second"))
    def rate(self, batch):
        return "–" if batch.documents_per_second is None else f"{batch.documents_per_second:,.0f}"


@admin.register(ImportedDocument)
class ImportedDocumentAdmin(ReadOnlyAdmin):
    list_display = ["name", "result", "headline", "changed_fields", "problem_lines"]
    list_display_links = None
    list_filter = ["has_problems", "action"]
    list_filter_submit = True
    search_fields = ["source", "title"]
    search_help_text = _("In the name or headline of the latest 10,000 documents, or of one import’s")
    show_full_result_count = False
    paginator = CappedPaginator
    ordering = ["batch", "position"]

    def get_queryset(self, request):
        # Of a large story the rows as they were are large, and nobody reads them.
        return super().get_queryset(request).defer("snapshot", "changes")

    def get_search_results(self, request, queryset, search_term):
        """Search the latest documents, of all imports or of the one asked for: no index serves a part of a word."""
        if search_term:
            batch = request.GET.get("batch__id__exact", "")
            of_batch = ImportedDocument.objects.filter(batch=batch) if batch.isdecimal() and len(batch) < 19 else None
            rows = ImportedDocument.objects.all() if of_batch is None else of_batch
            last = rows.aggregate(last=Max("pk"))["last"] or 0
            queryset = queryset.filter(pk__gt=last - SEARCHED)
        return super().get_search_results(request, queryset, search_term)

    def lookup_allowed(self, lookup, value, request):
        return lookup == "batch__id__exact" or super().lookup_allowed(lookup, value, request)

    @display(description=_("Source"), ordering="source")
    def name(self, document):
        return document.source

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
        return " · ".join(map(problem_line, document.problems)) or "–"
