from django.conf import settings
from django.utils.functional import SimpleLazyObject

from reader.navigation import navigation
from reader.page_cache import theme_of


def site(request):
    """Give every template the site's name, the reader's theme, and the top topics (one query, when used)."""
    return {
        "site_name": settings.SITE_NAME,
        "theme": theme_of(request),
        "nav_topics": SimpleLazyObject(navigation),
    }
