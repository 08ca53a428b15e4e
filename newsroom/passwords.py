"""Passwords are hashed one at a time in each process: hashing is slow by design, and readers need the CPU too."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Lock

from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from newsroom.sign_in import BUSY_SECONDS, busy_response

log = logging.getLogger(__name__)

MAX_WAIT_SECONDS = 1
queue = Lock()


class TooManyPasswords(Exception):
    """A request waited for longer than MAX_WAIT_SECONDS while other passwords were being hashed."""


@contextmanager
def turn() -> Iterator[None]:
    """Wait until no other password is being hashed; raise TooManyPasswords after MAX_WAIT_SECONDS."""
    if not queue.acquire(timeout=MAX_WAIT_SECONDS):
        raise TooManyPasswords
    try:
        yield
    finally:
        queue.release()


class QueuedPBKDF2PasswordHasher(PBKDF2PasswordHasher):
    """Django's default hasher, with the same hashes, computed one at a time."""

    def encode(self, password: str, salt: str, iterations: int | None = None) -> str:
        with turn():
            return super().encode(password, salt, iterations)


class PasswordQueueMiddleware:
    """Answer 503 if a request waited too long for its password to be checked."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponseBase | None:
        if not isinstance(exception, TooManyPasswords):
            return None
        log.warning("Too many sign-ins at once: answered 503, retry after %d s.", BUSY_SECONDS)
        return busy_response(request)
