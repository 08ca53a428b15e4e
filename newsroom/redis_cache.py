"""The cache in Redis, without which every page still works: short time-outs, no retries, a circuit breaker."""

from django.core.cache.backends import redis as backend
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from newsroom.circuit_breaker import CircuitBreaker

# Seconds. Redis answers within a millisecond; a page made without the cache takes some ten.
TIMEOUT = 0.25
PAUSE = 10


class RedisCache(backend.RedisCache):
    """Django's Redis cache that finds nothing and stores nothing while Redis does not answer."""

    def __init__(self, server, params):
        options = {
            "socket_connect_timeout": TIMEOUT,
            "socket_timeout": TIMEOUT,
            "retry": Retry(NoBackoff(), 0),
            **params.get("OPTIONS", {}),
        }
        super().__init__(server, {**params, "OPTIONS": options})

    def add(self, *args, **kwargs):
        return guarded(super().add, False, *args, **kwargs)

    def get(self, key, default=None, version=None):
        return guarded(super().get, default, key, default, version)

    def set(self, *args, **kwargs):
        return guarded(super().set, None, *args, **kwargs)

    def touch(self, *args, **kwargs):
        return guarded(super().touch, False, *args, **kwargs)

    def delete(self, *args, **kwargs):
        return guarded(super().delete, False, *args, **kwargs)

    def get_many(self, keys, version=None):
        return guarded(super().get_many, {}, keys, version)

    def has_key(self, *args, **kwargs):
        return guarded(super().has_key, False, *args, **kwargs)

    def incr(self, *args, **kwargs):
        return guarded(super().incr, None, *args, **kwargs)

    def set_many(self, data, *args, **kwargs):
        return guarded(super().set_many, list(data), data, *args, **kwargs)

    def delete_many(self, *args, **kwargs):
        return guarded(super().delete_many, None, *args, **kwargs)

    def clear(self):
        return guarded(super().clear, False)


# Of the process, as Django makes a cache for each thread.
breaker = CircuitBreaker("Redis", PAUSE)


def guarded(call, fallback, *args, **kwargs):
    """Return what a call of the cache returns, or `fallback` where Redis does not answer or is not asked."""
    if not breaker.allows_call():
        return fallback
    try:
        result = call(*args, **kwargs)
    except (RedisError, OSError) as error:
        breaker.fail(error)
        return fallback
    breaker.succeed()
    return result
