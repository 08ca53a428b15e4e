"""Fast ways that failed: each is logged on one logger, whose name docs/operations.md promises."""

import logging

log = logging.getLogger("newsroom.fallbacks")


def warn_of_fallback(instead: str, cause: BaseException | str) -> None:
    """Log that a fast way failed, why, and what is done instead.

    Give the cause as text where an exception's message may quote a row, and with it `secured`. What a fast way leaves
    to the slow one by design, because of what the data is like, is not a failure and is not logged.
    """
    reason = cause if isinstance(cause, str) else f"{type(cause).__name__}: {cause}"
    log.warning("%s because the fast path failed: %s", instead, reason)
