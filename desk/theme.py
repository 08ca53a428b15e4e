"""The look of the desk: settings of unfold, the admin's theme."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest
from django.templatetags.static import static
from django.utils.translation import gettext_lazy as _

from desk.menu import NAVIGATION

STYLESHEETS = (
    *("desk", "desk-list", "desk-dashboard", "desk-story", "desk-pictures", "desk-bulk", "desk-imports"),
    "desk-figures",
)
SCRIPTS = ("session", "desk")

COLORS = {
    "base": {
        "50": "oklch(0.985 0.002 85)",
        "100": "oklch(0.967 0.003 85)",
        "200": "oklch(0.922 0.004 85)",
        "300": "oklch(0.87 0.006 80)",
        "400": "oklch(0.71 0.01 75)",
        "500": "oklch(0.55 0.012 70)",
        "600": "oklch(0.44 0.012 65)",
        "700": "oklch(0.37 0.012 60)",
        "800": "oklch(0.27 0.01 60)",
        "900": "oklch(0.21 0.01 60)",
        "950": "oklch(0.14 0.01 60)",
    },
    "primary": {
        "50": "oklch(0.97 0.014 27)",
        "100": "oklch(0.94 0.03 27)",
        "200": "oklch(0.88 0.06 27)",
        "300": "oklch(0.80 0.10 27)",
        "400": "oklch(0.70 0.15 27)",
        "500": "oklch(0.60 0.17 27)",
        "600": "oklch(0.52 0.17 27)",
        "700": "oklch(0.45 0.15 27)",
        "800": "oklch(0.39 0.12 27)",
        "900": "oklch(0.34 0.09 27)",
        "950": "oklch(0.24 0.06 27)",
    },
}


def static_url(path: str) -> Callable[[HttpRequest], str]:
    """Return a function that gives unfold the URL of a static file, which is known once the apps are loaded."""
    return lambda request: static(path)


def unfold_settings(site_name: str) -> dict[str, Any]:
    """Return the UNFOLD setting."""
    return {
        "SITE_TITLE": site_name,
        "SITE_HEADER": site_name,
        "SITE_SUBHEADER": _("Desk"),
        "SITE_SYMBOL": "newspaper",
        "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": static_url("icons/favicon.svg")}],
        "STYLES": [static_url(f"css/{name}.css") for name in STYLESHEETS],
        "SCRIPTS": [static_url(f"js/{name}.js") for name in SCRIPTS],
        "DASHBOARD_CALLBACK": "desk.dashboard.dashboard",
        "SHOW_BACK_BUTTON": True,
        "COLORS": COLORS,
        "SIDEBAR": {"show_search": False, "navigation": NAVIGATION},
    }
