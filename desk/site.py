"""The admin site of the desk, with the views that belong to no model."""

from functools import partial, wraps
from typing import Any

from csp.decorators import csp
from django.apps import apps
from django.conf import settings
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import FieldDoesNotExist, ObjectDoesNotExist, PermissionDenied
from django.http import Http404, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import redirect
from django.urls import path, reverse
from django.views.decorators.http import require_GET
from unfold.sites import UnfoldAdminSite

from newsroom.security import ADMIN_CSP

DAY = 24 * 3600
# The longest keys that fit a database's integers; Python refuses to convert very long ones.
KEY_DIGITS = 18


class NewsroomAdminSite(UnfoldAdminSite):
    """The desk: unfold's site under the admin's own Content-Security-Policy."""

    def admin_view(self, view, cacheable=False):
        """Wrap a view as the stock site does, and give its response the admin's policy."""
        return csp(ADMIN_CSP)(super().admin_view(with_valid_keys(view), cacheable))

    def login(self, request, extra_context=None):
        # Not wrapped by admin_view, which requires a user who is signed in.
        return csp(ADMIN_CSP)(partial(super().login, extra_context=extra_context))(request)

    def get_urls(self):
        # Before the stock view of the same path, which gives any staff user the address of any object.
        view_on_site = self.admin_view(self.view_on_site)
        return [
            path("r/<path:content_type_id>/<path:object_id>/", view_on_site, name="view_on_site"),
            path("session.json", self.admin_view(require_GET(self.session)), name="session"),
            *super().get_urls(),
        ]

    def view_on_site(self, request, content_type_id, object_id):
        """Redirect to an object's page on the reader site, if it has one and the user may see it at the desk."""
        try:
            model = ContentType.objects.get_for_id(int(content_type_id)).model_class()
            if model is None or not self.is_registered(model):
                raise Http404
            instance: Any = model._default_manager.get(pk=object_id)
        except (ObjectDoesNotExist, ValueError, OverflowError):
            raise Http404 from None
        model_admin = self.get_model_admin(model)
        if not model_admin.has_view_permission(request, instance) or model_admin.get_view_on_site_url(instance) is None:
            raise Http404
        return redirect(instance.get_absolute_url())

    def session(self, request):
        """Return the user and the current CSRF token, which signing in replaces. admin_view forbids to cache it."""
        return JsonResponse({"user": request.user.pk, "token": get_token(request)})

    def logout(self, request, extra_context=None):
        """Sign out; a cookie makes the browser delete the user's drafts (static/js/session.js)."""
        user = request.user.pk
        response = super().logout(request, extra_context)
        if user is not None and not request.user.is_authenticated:
            response.set_cookie(
                "desk_signed_out",
                str(user),
                max_age=DAY,
                path=reverse("admin:index"),
                secure=settings.SESSION_COOKIE_SECURE,
                samesite="Lax",
            )
        return response

    def autocomplete_view(self, request):
        """Return the rows that a field offers for a search term.

        Raises PermissionDenied for a field that is no key, such as a join on other columns, where the stock view fails.
        """
        if not is_key_field(*(request.GET.get(name, "") for name in ("app_label", "model_name", "field_name"))):
            raise PermissionDenied
        # PostgreSQL refuses text with this character.
        request.GET = request.GET.copy()
        request.GET["term"] = request.GET.get("term", "").replace("\x00", "")
        return super().autocomplete_view(request)


def with_valid_keys(view):
    """Wrap a view so that the selected rows in its request have keys that are numbers; no list offers others."""

    @wraps(view)
    def wrapped(request, *args, **kwargs):
        selected = request.POST.getlist(ACTION_CHECKBOX_NAME) if request.method == "POST" else []
        valid = [key for key in selected if is_row_key(key)]
        if valid != selected:
            request.POST = request.POST.copy()
            request.POST.setlist(ACTION_CHECKBOX_NAME, valid)
        return view(request, *args, **kwargs)

    return wrapped


def is_row_key(text: str) -> bool:
    """Return whether a text from a request can be the key of a row."""
    return text.isascii() and text.isdecimal() and len(text) <= KEY_DIGITS


def row_key(text: str) -> int:
    """Return the key, or other number, that a text from outside has; 0 for none."""
    return int(text) if is_row_key(text) else 0


def is_key_field(app_label, model_name, field_name):
    """Return whether a model has such a field, and it is a foreign key or many-to-many."""
    try:
        field = apps.get_model(app_label, model_name)._meta.get_field(field_name)
    except (LookupError, FieldDoesNotExist, ValueError):
        return False
    is_key = field.many_to_many or getattr(field, "column", None)
    return bool(field.is_relation and not field.auto_created and is_key)
