"""Rows of a ModelAdmin by the keys of a request, and the addresses of their pages."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.contrib.admin import ModelAdmin
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import Http404, HttpRequest
from django.urls import reverse

from desk.site import is_row_key


def selected_rows(
    model_admin: ModelAdmin[Any], request: HttpRequest, keys: Iterable[str | int], *permissions: str
) -> list[Any]:
    """Return the rows that have these keys, texts or numbers.

    Raises PermissionDenied unless the request's user has all `permissions` (view, change, delete), and Http404 if
    there is no such row.
    """
    if not all(getattr(model_admin, f"has_{permission}_permission")(request) for permission in permissions):
        raise PermissionDenied
    rows = list(model_admin.model._default_manager.filter(pk__in=[int(key) for key in keys if is_row_key(str(key))]))
    if not rows:
        raise Http404
    return rows


def list_url(model_admin: ModelAdmin[Any]) -> str:
    """Return the address of the list of a ModelAdmin."""
    opts = model_admin.opts
    return reverse(f"admin:{opts.app_label}_{opts.model_name}_changelist")


def page_url(model_admin: ModelAdmin[Any], row: Model) -> str:
    """Return the address of the page of a row."""
    opts = model_admin.opts
    return reverse(f"admin:{opts.app_label}_{opts.model_name}_change", args=[row.pk])


def page_or_list_url(model_admin: ModelAdmin[Any], rows: Sequence[Model]) -> str:
    """Return the address of the page of the only row, or of the list if there are several."""
    return page_url(model_admin, rows[0]) if len(rows) == 1 else list_url(model_admin)
