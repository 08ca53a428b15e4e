from csp.decorators import csp
from django.contrib.contenttypes.models import ContentType
from django.http import Http404
from django.shortcuts import redirect
from django.urls import path
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

    def get_urls(self):
        # Before the stock site's own, which tells any staff user the address of anything.
        view = self.admin_view(self.view_on_site)
        return [path("r/<path:content_type_id>/<path:object_id>/", view, name="view_on_site"), *super().get_urls()]

    def view_on_site(self, request, content_type_id, object_id):
        """Redirect to the readers' page of an object, if it has one and the user may see the object at the desk."""
        try:
            model = ContentType.objects.get_for_id(int(content_type_id)).model_class()
            if model is None or not self.is_registered(model):
                raise Http404
            found = model._default_manager.get(pk=object_id)
        except (ContentType.DoesNotExist, ValueError, OverflowError):
            raise Http404 from None
        except model.DoesNotExist:
            raise Http404 from None
        model_admin = self.get_model_admin(model)
        if not model_admin.has_view_permission(request, found) or model_admin.get_view_on_site_url(found) is None:
            raise Http404
        return redirect(found.get_absolute_url())
