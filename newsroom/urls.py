from django.conf import settings
from django.contrib import admin
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.urls import include, path
from django.views.static import serve

from newsroom import well_known
from newsroom.health import healthz


def media(request: HttpRequest, path: str) -> HttpResponseBase:
    """Serve a picture on a laptop."""
    try:
        return serve(request, path, document_root=str(settings.MEDIA_ROOT))
    except OSError:
        # The file system refuses the name, as it is too long.
        raise Http404 from None


handler400 = "newsroom.errors.bad_request"
handler403 = "newsroom.errors.permission_denied"
handler404 = "newsroom.errors.page_not_found"

urlpatterns = [
    path("admin/", admin.site.urls),
    path("healthz", healthz, name="healthz"),
    path("robots.txt", well_known.robots, name="robots"),
    path(".well-known/security.txt", well_known.security, name="security"),
    path("site.webmanifest", well_known.manifest, name="manifest"),
    path("favicon.ico", well_known.favicon, name="favicon"),
    path("", include("reader.urls")),
]

if settings.SERVE_MEDIA:
    urlpatterns.append(path("media/<path:path>", media))
