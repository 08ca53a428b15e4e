from django.conf import settings
from django.utils.functional import SimpleLazyObject

from articles.models import Topic

NAVIGATION_LENGTH = 8


def site(request):
    """Give every template the site's name, and the top topics for its navigation (one query, when used)."""
    return {
        "site_name": settings.SITE_NAME,
        "nav_topics": SimpleLazyObject(lambda: list(Topic.objects.for_navigation()[:NAVIGATION_LENGTH])),
    }
