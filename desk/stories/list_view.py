"""A request for the list of stories: locking posted rows, and unsaved numbers that come with an action."""

from contextlib import nullcontext

from django.contrib import messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from articles import workflow
from articles.models import Article
from desk.stories.saved_views import views_for
from desk.stories.story_rows import UneditedRows
from desk.stories.unsaved_numbers import (
    DISCARD,
    SAVE_FIRST,
    UnsavedRows,
    is_action,
    posted_keys,
    saving_data,
    unsaved_count,
    with_pending_action,
    without_action,
    without_rows,
)


def list_view(model_admin, request, context, stock_view):
    """Answer for the list. `stock_view(request, context)` is the admin's own view."""
    context = {**context, "views": views_for(request.user, request.GET), "title": _("Stories")}
    is_post = request.method == "POST"
    try:
        # Only a POST writes: on SQLite a transaction takes the one write lock, and a page would wait for it.
        with transaction.atomic() if is_post else nullcontext():
            if is_post:
                lock_rows(model_admin, request)
            response = answer(model_admin, request, context, stock_view)
        # Rendered here, where its errors can still be handled.
        return response.render() if hasattr(response, "render") else response
    except PermissionDenied:
        for refusal in getattr(request, "refused", ()):
            workflow.record_refusal(*refusal)
        raise
    except OverflowError:
        # A key in the address that is too large for the database; `e=1` is the admin's sign of an invalid filter.
        return redirect(f"{request.path}?e=1")


def answer(model_admin, request, context, stock_view):
    """Answer for the list. An action that comes with unsaved numbers waits until they are saved or discarded."""
    data, number = request.POST, unsaved_count(request.POST)
    if not is_action(data) or not number:
        return stock_view(request, context)
    if SAVE_FIRST in data:
        request.POST = saving_data(data)
        response = stock_view(request, context)
        if response.status_code != 302:
            return response
    if SAVE_FIRST in data or DISCARD in data:
        request.POST = with_pending_action(data)
        return stock_view(request, context)
    return ask_about_numbers(model_admin, request, context, stock_view, number)


def ask_about_numbers(model_admin, request, context, stock_view, number):
    """Show the list as it was posted, with its selection, and ask whether to save or discard the numbers."""
    data, request.POST = request.POST, without_action(request.POST)
    action = next(filter(None, data.getlist("action")), "")
    label = dict(model_admin.get_action_choices(request)).get(action)
    request.pending = {
        "number": number,
        "action": action if label else "",
        "label": label or "",
        "across": data.get("select_across", "0"),
        "selected": set(data.getlist(ACTION_CHECKBOX_NAME)),
    }
    return stock_view(request, {**context, "pending": request.pending})


def formset_class(model_admin, request, stock_formset_class):
    """Return what the admin calls to get the formset of the list; forms are built only where something was typed.

    `stock_formset_class()` returns the admin's own.
    """
    if "_save" in request.POST:
        return stock_formset_class()
    if not hasattr(request, "pending"):
        return UneditedRows
    stories = model_admin.get_queryset(request).filter(pk__in=set(posted_keys(request.POST).values()) - {None})
    return lambda queryset: UnsavedRows(stock_formset_class()(request.POST, queryset=stories))


def lock_rows(model_admin, request):
    """Lock the posted stories, so that they don't change between check and save; drop deleted ones."""
    keys = posted_keys(request.POST)
    locked = Article.objects.select_for_update().filter(pk__in=set(keys.values()) - {None}).order_by("pk")
    present = set(locked.values_list("pk", flat=True))
    deleted = {number for number, key in keys.items() if key not in present}
    if deleted:
        request.POST = without_rows(request.POST, deleted)
        text = ngettext(
            "%(n)d story in this list was deleted while you had the list open.",
            "%(n)d stories in this list were deleted while you had the list open.",
            len(deleted),
        )
        model_admin.message_user(request, text % {"n": len(deleted)}, messages.WARNING)
