"""Pages about the site itself, the offline page with its service worker, and readers' preferences."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import check_for_language
from django.views.decorators.cache import cache_control
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from reader.page_cache import THEME_COOKIE, THEMES, shared_page

YEAR = 365 * 24 * 3600


@require_safe
@shared_page
def about(request: HttpRequest) -> HttpResponse:
    """Show what this site is, how it is made, and its feeds."""
    return render(request, "about.html")


@require_safe
def offline(request: HttpRequest) -> HttpResponse:
    """Show the page that the service worker shows without network."""
    return render(request, "offline.html")


@require_safe
@cache_control(max_age=3600)
def service_worker(request: HttpRequest) -> HttpResponse:
    """Serve the script that caches the offline page; at the root, as its scope is the path it is served from."""
    body = render(request, "service_worker.js").content
    return HttpResponse(body, content_type="text/javascript; charset=utf-8")


# A form of another site could at worst change a reader's theme; with a token, pages could not be shared.
@csrf_exempt
@require_POST
def preferences(request: HttpRequest) -> HttpResponse:
    """Store a reader's theme or language in a cookie, and redirect back."""
    back = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(back, {request.get_host()}, require_https=request.is_secure()):
        back = reverse("front-page")
    response = HttpResponseRedirect(back)
    theme, language = request.POST.get("theme", ""), request.POST.get("language", "")

    def store(name: str, value: str) -> None:
        response.set_cookie(name, value, max_age=YEAR, samesite="Lax", secure=request.is_secure(), httponly=True)

    if theme in THEMES:
        store(THEME_COOKIE, theme)
    elif theme == "auto":
        response.delete_cookie(THEME_COOKIE)
    if language in dict(settings.LANGUAGES) and check_for_language(language):
        store(settings.LANGUAGE_COOKIE_NAME, language)
    return response
