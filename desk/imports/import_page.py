"""Importing from the desk: the form, the page of an import, and what is done from there."""

import re

from django import forms
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, JsonResponse, StreamingHttpResponse
from django.shortcuts import redirect
from django.template.defaultfilters import filesizeformat
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from articles import tasks, workflow
from articles.choices import WRITTEN, Origin, Result
from articles.importing.batches import mark_killed_batches, new_batch
from articles.importing.previews import NotApplicable, apply_preview, may_apply
from articles.importing.publication import PublishPolicy
from articles.importing.results import stream_report
from articles.importing.sources import uploads
from articles.importing.sources.files import STANDARD_INPUT
from articles.importing.undo import begin_undoing
from articles.models import ImportBatch, ImportPreference
from articles.permissions import IMPORT, PUBLISH, may_import, may_undo
from desk.imports.import_results import (
    Documents,
    approval_of,
    as_recorded,
    is_being_undone,
    is_forgotten,
    is_stopped,
    is_undo_stopped,
    is_undoable,
    progress_of,
    reasons_in_words,
    state_in_words,
    undoing_of,
)
from desk.imports.retention_texts import retention_of, why_not_undone

TEMPLATES = "admin/articles/importbatch"
State = ImportBatch.State
PUBLISH_LABELS = {
    PublishPolicy.UPSTREAM: gettext_lazy("Publish as upstream suggests"),
    PublishPolicy.REVIEW: gettext_lazy("Send what upstream publishes to review"),
    PublishPolicy.NEVER: gettext_lazy("Send all new stories to the inbox"),
}
# What people put between the digits of a number.
SEPARATORS = re.compile(r"[\s.,'’]")


class FilesInput(forms.ClearableFileInput):
    allow_multiple_selected = True


class FilesField(forms.FileField):
    """One or more files."""

    widget = FilesInput

    def __init__(self, **kwargs):
        # The import itself reports an empty file by its name, and takes the others.
        super().__init__(allow_empty_file=True, **kwargs)

    def clean(self, value, initial=None):
        return [super(FilesField, self).clean(file, initial) for file in value or [None]]


class ImportForm(forms.Form):
    files = FilesField(label=gettext_lazy("Files"))
    publish = forms.ChoiceField(
        label=gettext_lazy("New stories"),
        initial=PublishPolicy.NEVER,
        widget=forms.RadioSelect,
    )

    def __init__(self, *args, actor, has_skipped_files=False, **kwargs):
        super().__init__(*args, **kwargs)
        # Who may not publish sends to review what upstream publishes.
        self.fields["publish"].choices = [
            (one, PUBLISH_LABELS[one.as_permitted(actor)]) for one in (PublishPolicy.NEVER, PublishPolicy.UPSTREAM)
        ]
        self.has_skipped_files = has_skipped_files
        if has_skipped_files:
            self.fields["files"].required = False

    def clean_files(self):
        if self.has_skipped_files:
            limits = {"files": uploads.MAX_FILES, "size": filesizeformat(settings.IMPORT_MAX_UPLOAD_BYTES)}
            raise forms.ValidationError(
                _("That is too much at once: at most %(files)s files, of %(size)s together. Nothing was kept.") % limits
            )
        return self.cleaned_data["files"]


class ImportPages:
    """The part of the imports' admin that imports. What changes anything is asked for by POST."""

    def get_urls(self):
        own = [
            ("import/", require_http_methods(["GET", "HEAD", "POST"])(self.import_stories), "import-stories"),
            ("<int:pk>/progress.json", require_GET(self.progress), "import-progress"),
            ("<int:pk>/report.json", require_GET(self.report), "import-report"),
            ("<int:pk>/apply/", require_POST(self.apply), "import-apply"),
            ("<int:pk>/again/", require_POST(self.run_again), "import-again"),
            ("<int:pk>/undo/", require_http_methods(["GET", "HEAD", "POST"])(self.undo), "import-undo"),
        ]
        urls = [path(route, self.admin_site.admin_view(view), name=name) for route, view, name in own]
        return [*urls, *super().get_urls()]

    def has_view_permission(self, request, obj=None):
        return super().has_view_permission(request, obj) or request.user.has_perm(IMPORT)

    def batch_for(self, request, pk, permission=None):
        """Return a batch that the request's user may see, and for which it holds `permission` too."""
        if not self.has_view_permission(request) or not (permission is None or request.user.has_perm(permission)):
            raise PermissionDenied
        try:
            return ImportBatch.objects.select_related("actor", "undone_by", "preview").get(pk=pk)
        except (ImportBatch.DoesNotExist, ValueError, OverflowError):
            raise Http404 from None

    def answer(self, request, template, **context):
        everywhere = {**self.admin_site.each_context(request), "opts": self.opts}
        return TemplateResponse(request, f"{TEMPLATES}/{template}", everywhere | context)

    # Importing ----------------------------------------------------------------------------------

    def import_stories(self, request):
        """Take files, and preview what they would do."""
        if not request.user.has_perm(IMPORT):
            raise PermissionDenied
        actor = self.actor(request)
        form = ImportForm(actor=actor, initial={"publish": preferred_publish(request.user)})
        if request.method == "POST":
            files = request.FILES  # Read before it is asked what was skipped in reading.
            skipped = getattr(request, "has_skipped_files", False)
            form = ImportForm(request.POST, files, actor=actor, has_skipped_files=skipped)
            if form.is_valid():
                return redirect(self.page_of(self.preview(request, form.cleaned_data)))
        limits = {"most": uploads.MAX_FILES, "largest": settings.IMPORT_MAX_UPLOAD_BYTES}
        return self.answer(request, "import.html", form=form, title=_("Import stories"), **limits)

    def preview(self, request, wanted):
        uploads.delete_unneeded_uploads()
        folder, names = uploads.store_files(wanted["files"])
        publish, actor = PublishPolicy(wanted["publish"]), self.actor(request)
        ImportPreference.objects.update_or_create(user=request.user, defaults={"publish": str(publish)})
        return start(new_batch(names, upload=folder, dry_run=True, publish=publish, actor=actor))

    @staticmethod
    def actor(request):
        return workflow.Actor(Origin.ADMIN, request.user)

    @staticmethod
    def page_of(batch):
        return reverse("admin:articles_importbatch_change", args=[batch.pk])

    # The page of an import ----------------------------------------------------------------------

    def change_view(self, request, object_id, form_url="", extra_context=None):
        batch = as_recorded(self.batch_for(request, object_id))
        is_undoing = is_being_undone(batch)
        stopped_undoing = is_undoing and is_undo_stopped(batch)
        kind, words = state_in_words(batch)
        runs = not batch.is_over and not is_stopped(batch)
        context = {
            "title": _("Import %(number)s") % {"number": batch.pk},
            "object": batch,
            "batch": batch,
            "state_kind": kind,
            "state": words,
            "publish": PUBLISH_LABELS.get(batch.options.get("publish"), ""),
            "holds": batch.options.get("hold", True),
            "progress": progress_of(batch)
            if runs
            else undoing_of(batch)
            if is_undoing and not stopped_undoing
            else None,
            "is_undoing": is_undoing,
            "stopped_undoing": undoing_of(batch) if stopped_undoing else None,
            "approval": approval_of(batch),
            "reasons": reasons_in_words(batch),
            "goes_to_review": batch.is_preview and batch.options.get("publish") == PublishPolicy.REVIEW,
            "runs": runs,
            "documents": Documents(batch, request.GET) if batch.is_over or is_stopped(batch) else None,
            "retention": retention_of(batch) if batch.is_over else [],
            **self.what_may_be_done(request, batch, is_undoing),
        }
        return self.answer(request, "batch.html", **context)

    def what_may_be_done(self, request, batch, is_undoing):
        """Return which buttons the page of a batch has, and what it says instead of them."""
        actor = self.actor(request)
        allowed, has_files = may_import(actor), uploads.has_files(batch)
        undoes = allowed and is_undoable(batch) and may_undo(actor, batch)
        application = batch.applications.exclude(state=State.INTERRUPTED).first() if batch.is_preview else None
        # What a preview leaves alone for want of a right is imported by who has it.
        counted = (*WRITTEN, Result.HELD) if actor.may(PUBLISH) else WRITTEN
        to_import = sum(batch.counts.get(result, 0) for result in counted)
        open_preview = allowed and batch.is_preview and application is None and to_import
        return {
            "to_import": to_import,
            "application": application,
            "can_apply": open_preview and has_files and may_apply(actor, batch),
            "lacks_publish": open_preview and not may_apply(actor, batch),
            "is_gone": (open_preview or is_broken(batch)) and not has_files,
            "can_run_again": allowed and has_files and is_broken(batch) and STANDARD_INPUT not in batch.sources,
            # While it is under way nobody is tempted to ask again.
            "can_undo": undoes and (not is_undoing or is_undo_stopped(batch)),
            "lacks_undo": allowed and is_undoable(batch) and not undoes,
        }

    def progress(self, request, pk):
        """Say how far a batch is, or its undoing."""
        batch = as_recorded(self.batch_for(request, pk))
        return JsonResponse(undoing_of(batch) if "undoing" in request.GET else progress_of(batch))

    def report(self, request, pk):
        """Send the report of a batch, by the contract of docs/import-format.md."""
        batch = self.batch_for(request, pk)
        response = StreamingHttpResponse(stream_report(batch), content_type="application/json")
        response["Content-Disposition"] = f'attachment; filename="import-{batch.pk}.json"'
        return response

    # What is done from there --------------------------------------------------------------------

    def apply(self, request, pk):
        """Apply a preview; one that needs approval, once its number was typed."""
        preview = self.batch_for(request, pk, IMPORT)
        if not may_apply(self.actor(request), preview):
            raise PermissionDenied
        approval = approval_of(preview)
        if approval and SEPARATORS.sub("", request.POST.get("number", "")) != str(approval[1]):
            text = _("Nothing was imported: type %(number)s to confirm.") % {"number": f"{approval[1]:,}"}
            self.message_user(request, text, messages.ERROR)
            return redirect(self.page_of(preview))
        return self.go(request, preview, lambda actor: apply_preview(preview, actor))

    def run_again(self, request, pk):
        """Start a batch that was cut off anew."""
        return self.go(request, batch := self.batch_for(request, pk, IMPORT), lambda actor: again(batch, actor))

    def go(self, request, batch, make):
        """Start the batch that `make` makes of `batch`, and lead to it; or say why it makes none."""
        try:
            if not uploads.has_files(batch):
                raise NotApplicable(_("Its files are not kept any more; upload them again."))
            made = start(make(self.actor(request)))
        except NotApplicable as error:
            self.message_user(request, str(error), messages.ERROR)
            made = batch
        return redirect(self.page_of(made))

    def undo(self, request, pk):
        """Say what undoing would do, and on a POST do it."""
        batch = as_recorded(self.batch_for(request, pk, IMPORT))
        if not is_undoable(batch):
            self.message_user(request, why_not_undone(batch), messages.ERROR)
            return redirect(self.page_of(batch))
        if not may_undo(self.actor(request), batch):
            raise PermissionDenied
        if request.method == "POST":
            mark_killed_batches()
            batch.refresh_from_db()
            begin_undoing(batch)
            tasks.undo_import.enqueue(batch.pk, request.user.pk)
            return redirect(f"{self.page_of(batch)}?undoing=1")
        changed = batch.counts.get(Result.UPDATED, 0) + batch.counts.get(Result.CONFLICT, 0)
        context = {"batch": batch, "object": batch, "created": batch.counts.get(Result.CREATED, 0), "changed": changed}
        return self.answer(request, "undo.html", title=_("Undo import %(number)s") % {"number": batch.pk}, **context)


def start(batch):
    """Have a queued batch run, and return it."""
    tasks.run_import.enqueue(batch.pk)
    return batch


def again(batch, actor):
    """Return a queued batch that does what a broken one was to do; held back, if it does too much, as any other."""
    if not is_broken(batch) or STANDARD_INPUT in batch.sources:
        raise NotApplicable(_("This import cannot be run again."))
    if is_forgotten(batch):
        # Asked for twice it still runs once: whoever comes first claims it.
        return batch
    if batch.preview:
        if is_stopped(batch):
            mark_killed_batches()
        return apply_preview(batch.preview, actor)
    publish = PublishPolicy(batch.options.get("publish", PublishPolicy.UPSTREAM))
    return new_batch(batch.sources, upload=batch.upload, dry_run=batch.dry_run, publish=publish, actor=actor)


def is_broken(batch):
    """Whether a batch was cut off, or never begun."""
    return batch.state == State.INTERRUPTED or is_stopped(batch) or is_forgotten(batch)


def preferred_publish(user):
    """Return what a user last chose for new stories; the inbox until they choose."""
    preference = ImportPreference.objects.filter(user=user).first()
    return preference.publish if preference else PublishPolicy.NEVER
