import logging
from collections.abc import Callable

from django.core.cache import cache
from django.db import Error, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from redis.exceptions import RedisError

from newsroom.hosts import HEALTH_PATH

logger = logging.getLogger(__name__)


class HealthMiddleware:
    """Answer health checks without a session, and for any host, as they are addressed to the IP address."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return healthz(request) if request.path_info == HEALTH_PATH else self.get_response(request)


@never_cache
def healthz(request: HttpRequest) -> JsonResponse:
    """Return 200 if the database and the cache answer, else 503; the body names each as "ok" or "down"."""
    is_up = {"database": is_database_up(), "cache": is_cache_up()}
    is_healthy = all(is_up.values())
    statuses = {part: "ok" if answers else "down" for part, answers in is_up.items()}
    return JsonResponse({"status": "ok" if is_healthy else "down", **statuses}, status=200 if is_healthy else 503)


def is_database_up() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except Error as error:
        logger.warning("health: the database does not answer: %s", type(error).__name__)
        return False
    return True


def is_cache_up() -> bool:
    try:
        cache.set("healthz", 1, 10)
        return bool(cache.get("healthz") == 1)
    except (RedisError, OSError) as error:
        logger.warning("health: the cache does not answer: %s", error)
        return False
