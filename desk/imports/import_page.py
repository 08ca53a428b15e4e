"""Importing from the desk: the form, the page of an import, and what is done from there. Changes are made by POST."""

import re

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, JsonResponse, StreamingHttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _

from articles import tasks, workflow
from articles.choices import UNDOABLE, WRITTEN, Origin, Result
from articles.importing.batches import mark_killed_batches, new_batch, restores
from articles.importing.previews import NotApplicable, apply_preview, may_apply
from articles.importing.publication import PublishPolicy
from articles.importing.results import stream_report
from articles.importing.sources import uploads
from articles.importing.sources.files import STANDARD_INPUT
from articles.importing.undo import begin_undoing
from articles.models import ImportBatch, ImportPreference
from articles.permissions import IMPORT, PUBLISH, may_import, may_undo
from desk.admin_rows import page_url
from desk.admin_urls import BOTH, READ, WRITE, view_paths
from desk.imports.import_approval import approval_of, describe_reasons
from desk.imports.import_form import PUBLISH_LABELS, ImportForm, initial_values
from desk.imports.import_results import Documents
from desk.imports.import_state import (
    describe_state,
    has_crashed,
    has_undo_crashed,
    is_abandoned,
    is_being_undone,
    is_broken,
    is_undoable,
    progress_of,
    undo_progress_of,
    with_recorded_counts,
)
from desk.imports.picture_notes import picture_notes
from desk.imports.retention_texts import reason_against_undo, retention_notes
from newsroom.numbers import format_number

TEMPLATES = "admin/articles/importbatch"
State = ImportBatch.State
# What people type between the digits of a number.
SEPARATORS = re.compile(r"[\s.,'’]")


def urls(model_admin):
    """Return the URL patterns of these pages; the page of an import itself is the admin's own."""
    routes = [
        ("import/", import_form_page, BOTH, "import-stories"),
        ("<int:pk>/progress.json", progress, READ, "import-progress"),
        ("<int:pk>/report.json", report, READ, "import-report"),
        ("<int:pk>/apply/", apply, WRITE, "import-apply"),
        ("<int:pk>/again/", run_again, WRITE, "import-again"),
        ("<int:pk>/undo/", undo_page, BOTH, "import-undo"),
    ]
    return view_paths(model_admin, routes)


def get_batch(model_admin, request, pk, permission=None):
    """Return a batch that the request's user may see.

    Raises Http404 when there is none, PermissionDenied when the user may not see it or lacks `permission`.
    """
    if not model_admin.has_view_permission(request) or not (permission is None or request.user.has_perm(permission)):
        raise PermissionDenied
    try:
        return ImportBatch.objects.select_related("actor", "undone_by", "preview").get(pk=pk)
    except (ImportBatch.DoesNotExist, ValueError, OverflowError):
        raise Http404 from None


def render_page(model_admin, request, template, **context):
    """Return a page of an import."""
    site_context = {**model_admin.admin_site.each_context(request), "opts": model_admin.opts}
    return TemplateResponse(request, f"{TEMPLATES}/{template}", site_context | context)


def actor_of(request):
    """Return the workflow.Actor of a request's user."""
    return workflow.Actor(Origin.ADMIN, request.user)


# Importing --------------------------------------------------------------------------------------


def import_form_page(model_admin, request):
    """Take files, and preview what they would do."""
    if not request.user.has_perm(IMPORT):
        raise PermissionDenied
    actor = actor_of(request)
    form = ImportForm(actor=actor, initial=initial_values(request.user))
    if request.method == "POST":
        files = request.FILES  # Reading these sets `has_skipped_files`.
        has_skipped_files = getattr(request, "has_skipped_files", False)
        form = ImportForm(request.POST, files, actor=actor, has_skipped_files=has_skipped_files)
        if form.is_valid():
            return redirect(page_url(model_admin, start_preview(request, form.cleaned_data)))
    limits = {"most": uploads.MAX_FILES, "largest": settings.IMPORT_MAX_UPLOAD_BYTES}
    return render_page(model_admin, request, "import.html", form=form, title=_("Import stories"), **limits)


def start_preview(request, values):
    """Store uploaded files and start their preview; return its batch. `values` are the cleaned data of ImportForm."""
    uploads.delete_unneeded_uploads()
    folder, names = uploads.store_files(values["files"])
    publish, actor = PublishPolicy(values["publish"]), actor_of(request)
    ImportPreference.objects.update_or_create(user=request.user, defaults={"publish": str(publish)})
    restore, pictures = values.get("restore", False), bool(values["pictures"])
    return start(
        new_batch(names, upload=folder, dry_run=True, publish=publish, restore=restore, pictures=pictures, actor=actor)
    )


# The page of an import --------------------------------------------------------------------------


def batch_page(model_admin, request, pk):
    """Return the page of an import: its state, what can be done, and its documents."""
    batch = with_recorded_counts(get_batch(model_admin, request, pk))
    is_undoing = is_being_undone(batch)
    is_undo_crashed = is_undoing and has_undo_crashed(batch)
    badge, label = describe_state(batch)
    is_running = not batch.is_over and not has_crashed(batch)
    progress = None
    if is_running:
        progress = progress_of(batch)
    elif is_undoing and not is_undo_crashed:
        progress = undo_progress_of(batch)
    context = {
        "title": _("Import #%(number)s") % {"number": batch.pk},
        "object": batch,
        "batch": batch,
        "state_kind": badge,
        "state": label,
        "publish": PUBLISH_LABELS.get(batch.options.get("publish"), ""),
        "restores": restores(batch),
        "holds": batch.options.get("hold", True),
        "progress": progress,
        "is_undoing": is_undoing,
        "crashed_undo": undo_progress_of(batch) if is_undo_crashed else None,
        "approval": approval_of(batch),
        "reasons": describe_reasons(batch),
        "goes_to_review": batch.is_preview and batch.options.get("publish") == PublishPolicy.REVIEW,
        "is_running": is_running,
        "documents": None if is_running else Documents(batch, request.GET),
        "retention": [*retention_notes(batch), *picture_notes(batch)] if batch.is_over else [],
        **possible_actions(request, batch, is_undoing),
    }
    return render_page(model_admin, request, "batch.html", **context)


def possible_actions(request, batch, is_undoing):
    """Return which buttons the page of a batch has, and what it says instead of them."""
    actor = actor_of(request)
    is_allowed, has_files = may_import(actor), uploads.has_files(batch)
    can_undo = is_allowed and is_undoable(batch) and may_undo(actor, batch)
    application = batch.applications.exclude(state=State.INTERRUPTED).first() if batch.is_preview else None
    # Documents that a preview held for lack of the permission are imported by somebody who has it.
    results = (*WRITTEN, Result.HELD) if actor.may(PUBLISH) else WRITTEN
    to_import = sum(batch.counts.get(result, 0) for result in results)
    open_preview = is_allowed and batch.is_preview and application is None and to_import
    return {
        "to_import": to_import,
        "application": application,
        "can_apply": open_preview and has_files and may_apply(actor, batch),
        "lacks_publish": open_preview and not may_apply(actor, batch),
        "is_gone": (open_preview or is_broken(batch)) and not has_files,
        "can_run_again": is_allowed and has_files and is_broken(batch) and STANDARD_INPUT not in batch.sources,
        # No button while undoing runs.
        "can_undo": can_undo and (not is_undoing or has_undo_crashed(batch)),
        "lacks_undo": is_allowed and is_undoable(batch) and not can_undo,
    }


def progress(model_admin, request, pk):
    """Return how far a batch is, or its undoing, as JSON."""
    batch = with_recorded_counts(get_batch(model_admin, request, pk))
    return JsonResponse(undo_progress_of(batch) if "undoing" in request.GET else progress_of(batch))


def report(model_admin, request, pk):
    """Return the report of a batch as JSON (docs/import-format.md)."""
    batch = get_batch(model_admin, request, pk)
    response = StreamingHttpResponse(stream_report(batch), content_type="application/json")
    response["Content-Disposition"] = f'attachment; filename="import-{batch.pk}.json"'
    return response


# Actions ----------------------------------------------------------------------------------------


def apply(model_admin, request, pk):
    """Apply a preview; one that needs approval, once its number was typed."""
    preview = get_batch(model_admin, request, pk, IMPORT)
    if not may_apply(actor_of(request), preview):
        raise PermissionDenied
    approval = approval_of(preview)
    if approval and SEPARATORS.sub("", request.POST.get("number", "")) != str(approval[1]):
        text = _("Nothing was imported. Type %(number)s to confirm.") % {"number": format_number(approval[1])}
        model_admin.message_user(request, text, messages.ERROR)
        return redirect(page_url(model_admin, preview))
    return start_from(model_admin, request, preview, apply_preview)


def run_again(model_admin, request, pk):
    """Run an interrupted batch again."""
    return start_from(model_admin, request, get_batch(model_admin, request, pk, IMPORT), repeat)


def start_from(model_admin, request, batch, make_batch):
    """Start the batch that `make_batch(batch, actor)` returns, and redirect to it; or say why it cannot be made."""
    try:
        if not uploads.has_files(batch):
            raise NotApplicable(_("The uploaded files have been deleted. Upload them again."))
        batch = start(make_batch(batch, actor_of(request)))
    except NotApplicable as error:
        model_admin.message_user(request, str(error), messages.ERROR)
    return redirect(page_url(model_admin, batch))


def start(batch):
    """Enqueue a batch, and return it."""
    tasks.run_import.enqueue(batch.pk)
    return batch


def repeat(batch, actor):
    """Return a queued batch that does what a broken one was to do; held for approval under the same limits."""
    if not is_broken(batch) or STANDARD_INPUT in batch.sources:
        raise NotApplicable(_("This import cannot be run again."))
    if is_abandoned(batch):
        # Enqueued twice it still runs once: the first worker claims it.
        return batch
    if batch.preview:
        if has_crashed(batch):
            mark_killed_batches()
        return apply_preview(batch.preview, actor)
    publish = PublishPolicy(batch.options.get("publish", PublishPolicy.UPSTREAM))
    return new_batch(
        batch.sources,
        upload=batch.upload,
        dry_run=batch.dry_run,
        publish=publish,
        restore=restores(batch),
        pictures=batch.options.get("pictures"),
        actor=actor,
    )


def undo_page(model_admin, request, pk):
    """Show what undoing would do, and undo."""
    batch = with_recorded_counts(get_batch(model_admin, request, pk, IMPORT))
    if not is_undoable(batch):
        model_admin.message_user(request, reason_against_undo(batch), messages.ERROR)
        return redirect(page_url(model_admin, batch))
    if not may_undo(actor_of(request), batch):
        raise PermissionDenied
    if request.method == "POST":
        mark_killed_batches()
        batch.refresh_from_db()
        begin_undoing(batch)
        tasks.undo_import.enqueue(batch.pk, request.user.pk)
        return redirect(f"{page_url(model_admin, batch)}?undoing=1")
    context = {
        "batch": batch,
        "object": batch,
        "created": batch.counts.get(Result.CREATED, 0),
        "changed": batch.counts.get(Result.UPDATED, 0) + batch.counts.get(Result.CONFLICT, 0),
        "rebased": batch.documents.filter(UNDOABLE, action=Result.UNCHANGED).count(),
        "confirm_label": _("Undo import"),
        "back": page_url(model_admin, batch),
    }
    title = _("Undo import #%(number)s") % {"number": batch.pk}
    return render_page(model_admin, request, "undo.html", title=title, **context)
