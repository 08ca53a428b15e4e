"""The desk's lists of imports and of their documents."""

from django.contrib import admin
from django.db.models import Max
from django.utils.html import format_html
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy as _
from django_tasks_db.models import DBTaskResult
from unfold.admin import ModelAdmin
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import display

from articles.choices import Result
from articles.models import ImportBatch, ImportedDocument
from articles.permissions import IMPORT, PUBLISH
from articles.sanitising import plain_text
from desk.imports import import_rules
from desk.imports.import_page import batch_page, urls
from desk.imports.import_results import RESULT_BADGES, problem_line, result_label
from desk.imports.import_state import describe_state, source_names
from desk.imports.retention_texts import retention_rules
from desk.list_pagination import CappedPaginator
from desk.site import is_row_key
from desk.stories.history_texts import key_label
from newsroom.accounts import name_of
from newsroom.dates import format_time, relative_time
from newsroom.numbers import format_number

# No index can be used to search for a part of a word, so only the latest documents are searched.
DOCUMENTS_SEARCHED = 10_000
# The page of an import shows its state; the list of tasks would only show it again.
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
class ImportBatchAdmin(ReadOnlyAdmin):
    """The list of imports; their pages are in import_page.py."""

    list_display = ["what", "state_label", "result_counts", "rate"]
    list_select_related = ["actor"]
    list_filter = [("state", ChoicesDropdownFilter), "dry_run"]
    list_filter_submit = True

    def get_urls(self):
        return [*urls(self), *import_rules.urls(self), *super().get_urls()]

    def has_view_permission(self, request, obj=None):
        return super().has_view_permission(request, obj) or request.user.has_perm(IMPORT)

    def changelist_view(self, request, extra_context=None):
        user = request.user
        context = {"may_import": user.has_perm(IMPORT), "may_set_rules": user.has_perm(PUBLISH)}
        context["retention"] = retention_rules()
        return super().changelist_view(request, {**context, **(extra_context or {})})

    def change_view(self, request, object_id, form_url="", extra_context=None):
        return batch_page(self, request, object_id)

    @display(description=_("Import"), ordering="pk")
    def what(self, batch):
        return format_html(
            '<span class="desk-headline" title="{2}">#{0} {1}</span>'
            '<span class="desk-byline">{3} · <time datetime="{4}" title="{5}">{6}</time></span>',
            batch.pk,
            Truncator(source_names(batch)).chars(200),
            ", ".join(batch.sources)[:400],
            name_of(batch.actor) if batch.actor else batch.get_origin_display(),
            batch.started_at.isoformat(),
            format_time(batch.started_at),
            relative_time(batch.started_at),
        )

    @display(
        description=_("State"),
        ordering="state",
        label={kind: kind for kind in ("info", "success", "warning", "danger", "default")},
    )
    def state_label(self, batch):
        return describe_state(batch)

    @display(description=_("Results"))
    def result_counts(self, batch):
        results = (result for result in Result if batch.counts.get(result))
        counts = (f"{result_label(result, batch)}: {format_number(batch.counts[result])}" for result in results)
        return " · ".join(counts) or "–"

    @display(description=_("Documents per second"))
    def rate(self, batch):
        return "–" if batch.documents_per_second is None else f"{batch.documents_per_second:,.0f}"


@admin.register(ImportedDocument)
class ImportedDocumentAdmin(ReadOnlyAdmin):
    """The list of documents, of all imports or of one."""

    list_display = ["name", "result", "headline", "changed_fields", "problem_lines"]
    list_display_links = None
    list_filter = ["has_problems", "action"]
    list_filter_submit = True
    search_fields = ["source", "title"]
    search_help_text = _("Searches names and headlines of the latest 10,000 documents, or of one import")
    show_full_result_count = False
    paginator = CappedPaginator
    ordering = ["batch", "position"]

    def get_queryset(self, request):
        # The list shows neither, and those of a long story are large.
        return super().get_queryset(request).defer("snapshot", "changes")

    def get_search_results(self, request, queryset, search_term):
        """Search the latest documents, of all imports or of the one that the list is filtered by."""
        if search_term:
            batch = request.GET.get("batch__id__exact", "")
            of_batch = ImportedDocument.objects.filter(batch=batch) if is_row_key(batch) else None
            rows = ImportedDocument.objects.all() if of_batch is None else of_batch
            last = rows.aggregate(last=Max("pk"))["last"] or 0
            queryset = queryset.filter(pk__gt=last - DOCUMENTS_SEARCHED)
        return super().get_search_results(request, queryset, search_term)

    def lookup_allowed(self, lookup, value, request):
        return lookup == "batch__id__exact" or super().lookup_allowed(lookup, value, request)

    @display(description=_("Source"), ordering="source")
    def name(self, document):
        return document.source

    @display(description=_("Result"), label=RESULT_BADGES)
    def result(self, document):
        return document.action, document.get_action_display()

    @display(description=_("Headline"))
    def headline(self, document):
        title = plain_text(document.title)[:120]
        return format_html('<a href="{}">{}</a>', document.url, title) if document.url else title

    @display(description=_("Changed"))
    def changed_fields(self, document):
        conflicts = [f"{key_label(field)} ({_('conflict')})" for field in document.conflicts]
        return ", ".join([*map(key_label, document.changed), *conflicts]) or document.duplicate_of or "–"

    @display(description=_("Problems"))
    def problem_lines(self, document):
        return " · ".join(map(problem_line, document.problems)) or "–"
