from csp.decorators import csp
from django.apps import apps
from django.core.exceptions import FieldDoesNotExist, PermissionDenied
from unfold.sites import UnfoldAdminSite

from newsroom.security import ADMIN_CSP


class NewsroomAdminSite(UnfoldAdminSite):
    """The desk: unfold's site under the admin's own Content-Security-Policy."""

    def admin_view(self, view, cacheable=False):
        """Wrap `view` as the stock site does, and give its response the admin's policy."""
        return csp(ADMIN_CSP)(super().admin_view(view, cacheable))

    def login(self, request, extra_context=None):
        # Reached without admin_view, as one who signs in is not signed in yet.
        return csp(ADMIN_CSP)(super().login)(request, extra_context)

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


def holds_a_key(app_label, model_name, field_name):
    """Whether a field of a model refers to rows by their keys: a foreign key, or one of many to many."""
    try:
        field = apps.get_model(app_label, model_name)._meta.get_field(field_name)
    except (LookupError, FieldDoesNotExist, ValueError):
        return False
    is_key = field.many_to_many or getattr(field, "column", None)
    return bool(field.is_relation and not field.auto_created and is_key)
