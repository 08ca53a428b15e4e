from django.contrib import admin
from django.urls import include, path

from newsroom import well_known
from newsroom.health import healthz

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
    path("media/", include("pictures.urls")),
    path("", include("reader.urls")),
]
