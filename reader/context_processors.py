from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from reader.navigation import navigation
from reader.page_cache import theme_of


def site(request: HttpRequest) -> dict[str, Any]:
    """Return the site's name, the reader's theme and the navigation (one query, when used) for every template."""
    return {
        "site_name": settings.SITE_NAME,
        "theme": theme_of(request),
        "navigation": SimpleLazyObject(navigation),
    }
