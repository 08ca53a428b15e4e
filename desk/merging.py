"""Merge several providers or topics: the page asks which one to keep, and shows what would move to it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django import forms
from django.contrib import messages
from django.contrib.admin.models import DELETION, LogEntry
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminRadioSelectWidget

from articles.sanitising import plain_text
from desk.admin_rows import page_or_list_url, page_url, selected_rows
from desk.confirmation import confirmation_page, is_confirmed, redirect_with_success, run_confirmed

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

# More choices are offered in a select.
MAX_RADIO_BUTTONS = 12


@dataclass(frozen=True)
class MergeOperation:
    """How rows of one model are merged, and the texts of its page.

    `field` is the class of the form field that offers such rows; `preview(target, sources)` returns a Preview;
    `first_step(sources)` what has to be done before, () if nothing; `merge(target, sources, user, signature)` does it;
    `full_name(row)` is how the log of the admin names a row; `success(number)` is the message after
    merging this number of sources.
    """

    field: type
    preview: Callable
    first_step: Callable
    merge: Callable
    full_name: Callable
    success: Callable
    title: "StrOrPromise"
    title_of_one: "StrOrPromise"
    url_name: str
    too_few: "StrOrPromise"


class TargetForm(forms.Form):
    """Which one stays: one of the rows selected, or any other if only one was."""

    def __init__(self, field_class, rows, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["target"] = field = field_class(label=gettext_lazy("Which one do you want to keep?"))
        keys = [row.pk for row in rows]
        candidates = field.queryset.filter(pk__in=keys) if len(rows) > 1 else field.queryset.exclude(pk__in=keys)
        if 1 < len(rows) <= MAX_RADIO_BUTTONS:
            field.queryset = candidates
            field.widget = UnfoldAdminRadioSelectWidget(choices=field.ordered_choices())
        else:
            field.offer(candidates)


def merge_url(operation, keys):
    """Return the address of the page that merges the rows of these keys."""
    return f"{reverse(operation.url_name)}?{urlencode({'of': keys}, doseq=True)}"


def merge_selected(operation, model_admin, request, rows):
    """Go on from the list to the page that merges the rows selected there."""
    keys = list(rows.order_by("pk").values_list("pk", flat=True))
    if len(keys) < 2:
        model_admin.message_user(request, operation.too_few, messages.WARNING)
        return None
    return redirect(merge_url(operation, keys))


def merge_page(operation, model_admin, request):
    """Ask which row stays, show what moves, and merge."""
    rows = selected_rows(model_admin, request, request.GET.getlist("of"), "change", "delete")
    rows.sort(key=lambda row: (row.name.lower(), row.pk))
    form = TargetForm(operation.field, rows, request.POST if request.method == "POST" else None)
    preview = None
    if request.method == "POST" and form.is_valid():
        target = form.cleaned_data["target"]
        sources = [row for row in rows if row.pk != target.pk]
        if is_confirmed(request) and not operation.first_step(sources):
            has_run, _result = run_confirmed(model_admin, request, operation.merge, target, sources, request.user)
            if has_run:
                return report_merge(operation, model_admin, request, target, sources)
            return redirect(request.get_full_path())
        preview = operation.preview(target, sources)
    title = operation.title if len(rows) > 1 else operation.title_of_one
    return confirmation_page(
        model_admin,
        request,
        title=title % {"name": plain_text(rows[0].name)},
        lead=_(
            "All stories, coverage and names move to the one you keep; the others are deleted. This cannot be undone."
        ),
        form=form,
        preview=preview,
        confirm_label=_("Merge"),
        back=page_or_list_url(model_admin, rows),
    )


def report_merge(operation, model_admin, request, target, sources):
    """Log a merge that is done, and go on to the page of the row that stayed."""
    names = ", ".join(operation.full_name(source) for source in sources)
    model_admin.log_change(request, target, _("Merged in: %(names)s.") % {"names": names})
    message = _("Merged into %(target)s.") % {"target": operation.full_name(target)}
    LogEntry.objects.log_actions(request.user.pk, sources, DELETION, change_message=message)
    text = operation.success(len(sources)) % {"n": len(sources), "target": plain_text(target.name)}
    return redirect_with_success(model_admin, request, text, page_url(model_admin, target))
