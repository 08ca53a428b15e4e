"""Files at fixed addresses: robots.txt, security.txt, the web manifest and the favicon."""

from datetime import timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponsePermanentRedirect, JsonResponse
from django.templatetags.static import static
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from newsroom.addresses import full_url, site_origin

BACKGROUND_COLOR = "#fbfaf7"


def text_response(*lines: str) -> HttpResponse:
    return HttpResponse("\n".join([*lines, ""]), content_type="text/plain; charset=utf-8")


@require_safe
@cache_control(max_age=3600)
def robots(request: HttpRequest) -> HttpResponse:
    """Return robots.txt, with the pages closed to crawlers and the addresses of the sitemaps."""
    return text_response(
        "User-agent: *",
        f"Disallow: {reverse('admin:index')}",
        f"Disallow: {reverse('search')}",
        f"Disallow: {reverse('preferences')}",
        "",
        f"Sitemap: {full_url(request, reverse('sitemap-index'))}",
        f"Sitemap: {full_url(request, reverse('sitemap-news'))}",
    )


@require_safe
@cache_control(max_age=3600)
def security(request: HttpRequest) -> HttpResponse:
    """Return security.txt, with the contact for reports of vulnerabilities (RFC 9116)."""
    expires = (timezone.now() + timedelta(days=180)).replace(hour=0, minute=0, second=0, microsecond=0)
    contact = settings.SECURITY_CONTACT or f"mailto:security@{urlsplit(site_origin(request)).hostname}"
    return text_response(
        f"Contact: {contact}",
        f"Expires: {expires:%Y-%m-%dT%H:%M:%SZ}",
        f"Preferred-Languages: {', '.join(code for code, _name in settings.LANGUAGES)}",
        f"Canonical: {full_url(request, request.path)}",
    )


@require_safe
@cache_control(max_age=3600)
def manifest(request: HttpRequest) -> JsonResponse:
    """Return the web manifest, which phones read to add the site to their home screen."""
    return JsonResponse(
        {
            "name": settings.SITE_NAME,
            "short_name": settings.SITE_NAME[:12],
            "id": "/",
            "start_url": reverse("front-page"),
            "scope": "/",
            "display": "minimal-ui",
            "lang": get_language(),
            "background_color": BACKGROUND_COLOR,
            "theme_color": BACKGROUND_COLOR,
            "icons": [
                {"src": static("icons/favicon.svg"), "sizes": "any", "type": "image/svg+xml"},
                {"src": static("icons/icon-192.png"), "sizes": "192x192", "type": "image/png"},
                {"src": static("icons/icon-512.png"), "sizes": "512x512", "type": "image/png"},
            ],
        },
        content_type="application/manifest+json",
    )


@require_safe
def favicon(request: HttpRequest) -> HttpResponse:
    """Redirect browsers that request the icon at the root."""
    return HttpResponsePermanentRedirect(static("icons/favicon.ico"))
