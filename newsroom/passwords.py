"""Password hashes one at a time in each process: they are slow by design, and readers need the processor too."""

import logging
from contextlib import contextmanager
from threading import Lock

from django.contrib.auth.hashers import PBKDF2PasswordHasher

from newsroom.sign_in import BUSY_SECONDS, busy_response

log = logging.getLogger(__name__)

MAX_WAIT_SECONDS = 1
queue = Lock()


class TooManyPasswords(Exception):
    """Other passwords were being hashed for longer than a request may wait."""


@contextmanager
def turn():
    """Wait for the turn of a password hash; raise TooManyPasswords after MAX_WAIT_SECONDS."""
    if not queue.acquire(timeout=MAX_WAIT_SECONDS):
        raise TooManyPasswords
    try:
        yield
    finally:
        queue.release()


class QueuedPBKDF2PasswordHasher(PBKDF2PasswordHasher):
    """Django's default hasher, for the same hashes; it computes one at a time."""

    def encode(self, password, salt, iterations=None):
        with turn():
            return super().encode(password, salt, iterations)


class PasswordQueueMiddleware:
    """Answer 503 where a request waited too long for its password to be checked."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)

    def process_exception(self, request, exception):
        if not isinstance(exception, TooManyPasswords):
            return None
        log.warning("Too many sign-ins at once: answered 503, retry after %d s.", BUSY_SECONDS)
        return busy_response(request)
