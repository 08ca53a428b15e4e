from csp.decorators import csp
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
