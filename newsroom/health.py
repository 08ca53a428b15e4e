import logging

from django.core.cache import cache
from django.db import Error, connection
from django.http import JsonResponse
from django.views.decorators.cache import never_cache
from redis.exceptions import RedisError

from newsroom.hosts import HEALTH_PATH

logger = logging.getLogger(__name__)


class HealthMiddleware:
    """Answer health checks for any host, as they come by IP address, and without a session."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return healthz(request) if request.path_info == HEALTH_PATH else self.get_response(request)


@never_cache
def healthz(request):
    """Answer 200 when database and cache answer, else 503; each is named, and no detail is given away."""
    parts = {"database": database_answers(), "cache": cache_answers()}
    healthy = all(parts.values())
    states = {part: "ok" if answers else "down" for part, answers in parts.items()}
    return JsonResponse({"status": "ok" if healthy else "down", **states}, status=200 if healthy else 503)


def database_answers():
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except Error as error:
        logger.warning("health: the database does not answer: %s", type(error).__name__)
        return False
    return True


def cache_answers():
    try:
        cache.set("healthz", 1, 10)
        return cache.get("healthz") == 1
    except (RedisError, OSError) as error:
        logger.warning("health: the cache does not answer: %s", error)
        return False
