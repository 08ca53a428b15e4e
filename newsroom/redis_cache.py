"""The Redis cache, without which every page still works: short time-outs, no retries, a circuit breaker."""

from collections.abc import Callable, Iterable
from typing import Any, ParamSpec, TypeVar

from django.core.cache.backends import redis as backend
from django.core.cache.backends.base import DEFAULT_TIMEOUT
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from newsroom.circuit_breaker import CircuitBreaker

# In seconds. Redis answers within a millisecond; rendering a page without the cache takes about ten.
TIMEOUT = 0.25
PAUSE = 10

P = ParamSpec("P")
Result = TypeVar("Result")


class RedisCache(backend.RedisCache):
    """Django's Redis cache, which behaves as if it were empty while Redis does not answer."""

    def __init__(self, server: str | list[str], params: dict[str, Any]) -> None:
        options = {
            "socket_connect_timeout": TIMEOUT,
            "socket_timeout": TIMEOUT,
            "retry": Retry(NoBackoff(), 0),
            **params.get("OPTIONS", {}),
        }
        super().__init__(server, {**params, "OPTIONS": options})

    def add(self, key: str, value: object, timeout: float | None = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        return guarded(super().add, False, key, value, timeout, version)

    def get(self, key: str, default: Any = None, version: int | None = None) -> Any:
        return guarded(super().get, default, key, default, version)

    def set(self, key: str, value: object, timeout: float | None = DEFAULT_TIMEOUT, version: int | None = None) -> None:
        guarded(super().set, None, key, value, timeout, version)

    def touch(self, key: str, timeout: float | None = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        return guarded(super().touch, False, key, timeout, version)

    def delete(self, key: str, version: int | None = None) -> bool:
        return guarded(super().delete, False, key, version)

    def get_many(self, keys: Iterable[str], version: int | None = None) -> dict[str, Any]:
        return guarded(super().get_many, {}, keys, version)

    def has_key(self, key: str, version: int | None = None) -> bool:
        return guarded(super().has_key, False, key, version)

    def incr(self, key: str, delta: int = 1, version: int | None = None) -> int:
        return guarded(super().incr, delta, key, delta, version)

    def set_many(
        self, data: dict[str, Any], timeout: float | None = DEFAULT_TIMEOUT, version: int | None = None
    ) -> list[str]:
        return guarded(super().set_many, list(data), data, timeout, version)

    def delete_many(self, keys: Iterable[str], version: int | None = None) -> None:
        guarded(super().delete_many, None, keys, version)

    def clear(self) -> None:
        guarded(super().clear, None)


# One for the process, as Django creates a cache for each thread.
breaker = CircuitBreaker("Redis", PAUSE)


def guarded(call: Callable[P, Result], fallback: Result, *args: P.args, **kwargs: P.kwargs) -> Result:
    """Return the result of a call of the cache, or `fallback` if Redis does not answer or the breaker is open."""
    if not breaker.allows_call():
        return fallback
    try:
        result = call(*args, **kwargs)
    except (RedisError, OSError) as error:
        breaker.fail(error)
        return fallback
    breaker.succeed()
    return result
