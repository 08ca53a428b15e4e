from functools import wraps

from csp.decorators import csp
from django.apps import apps
from django.conf import settings
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import FieldDoesNotExist, PermissionDenied
from django.http import Http404, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import redirect
from django.urls import path, reverse
from django.views.decorators.http import require_GET
from unfold.sites import UnfoldAdminSite

from newsroom.security import ADMIN_CSP

DAY = 24 * 3600
# A key of any row has fewer digits; of many more Python makes no number.
KEY_DIGITS = 18


class NewsroomAdminSite(UnfoldAdminSite):
    """The desk: unfold's site under the admin's own Content-Security-Policy."""

    def admin_view(self, view, cacheable=False):
        """Wrap `view` as the stock site does, and give its response the admin's policy."""
        return csp(ADMIN_CSP)(super().admin_view(with_possible_keys(view), cacheable))

    def login(self, request, extra_context=None):
        # Reached without admin_view, as one who signs in is not signed in yet.
        return csp(ADMIN_CSP)(super().login)(request, extra_context)

    def get_urls(self):
        # Before the stock site's own, which tells any staff user the address of anything.
        view_on_site = self.admin_view(self.view_on_site)
        return [
            path("r/<path:content_type_id>/<path:object_id>/", view_on_site, name="view_on_site"),
            path("session.json", self.admin_view(require_GET(self.session)), name="session"),
            *super().get_urls(),
        ]

    def view_on_site(self, request, content_type_id, object_id):
        """Redirect to the readers' page of an object, if it has one and the user may see the object at the desk."""
        try:
            model = ContentType.objects.get_for_id(int(content_type_id)).model_class()
            if model is None or not self.is_registered(model):
                raise Http404
            instance = model._default_manager.get(pk=object_id)
        except (ContentType.DoesNotExist, ValueError, OverflowError):
            raise Http404 from None
        except model.DoesNotExist:
            raise Http404 from None
        model_admin = self.get_model_admin(model)
        if not model_admin.has_view_permission(request, instance) or model_admin.get_view_on_site_url(instance) is None:
            raise Http404
        return redirect(instance.get_absolute_url())

    def session(self, request):
        """Return who is signed in and the present CSRF token, which signing in replaces. Never stored: admin_view."""
        return JsonResponse({"user": request.user.pk, "token": get_token(request)})

    def logout(self, request, extra_context=None):
        """Sign out, and have the browser delete the drafts that it keeps of this user (static/js/session.js)."""
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
        """Answer a search for the values of a field; refuse fields that hold no key, such as a join on other columns.

        The stock view looks for the column that such a field refers to, and fails.
        """
        if not holds_a_key(*(request.GET.get(name, "") for name in ("app_label", "model_name", "field_name"))):
            raise PermissionDenied
        # PostgreSQL takes no text with this character.
        request.GET = request.GET.copy()
        request.GET["term"] = request.GET.get("term", "").replace("\x00", "")
        return super().autocomplete_view(request)


def with_possible_keys(view):
    """Wrap a view so that it gets only those of the selected rows whose keys are numbers; others no list offers."""

    @wraps(view)
    def wrapped(request, *args, **kwargs):
        selected = request.POST.getlist(ACTION_CHECKBOX_NAME) if request.method == "POST" else []
        possible = [key for key in selected if is_row_key(key)]
        if possible != selected:
            request.POST = request.POST.copy()
            request.POST.setlist(ACTION_CHECKBOX_NAME, possible)
        return view(request, *args, **kwargs)

    return wrapped


def is_row_key(text: str) -> bool:
    """Whether a text from outside can be the key of a row."""
    return text.isascii() and text.isdecimal() and len(text) <= KEY_DIGITS


def row_key(text: str) -> int:
    """Return the key, or other number, that a text from outside has; 0 for none."""
    return int(text) if is_row_key(text) else 0


def holds_a_key(app_label, model_name, field_name):
    """Whether a field of a model refers to rows by their keys: a foreign key, or one of many to many."""
    try:
        field = apps.get_model(app_label, model_name)._meta.get_field(field_name)
    except (LookupError, FieldDoesNotExist, ValueError):
        return False
    is_key = field.many_to_many or getattr(field, "column", None)
    return bool(field.is_relation and not field.auto_created and is_key)
