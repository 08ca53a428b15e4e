"""Warnings that a fast path failed, all on one logger, whose name is documented in docs/operations.md."""

import logging

log = logging.getLogger("newsroom.fallbacks")


def warn_of_fallback(instead: str, cause: BaseException | str) -> None:
    """Log that a fast path failed, why, and what is done instead.

    Pass the cause as text if the exception's message may quote a row, as that could contain `secured`. Data that a fast
    path leaves to the slow one by design is not a failure and is not logged.
    """
    reason = cause if isinstance(cause, str) else f"{type(cause).__name__}: {cause}"
    log.warning("%s because the fast path failed: %s", instead, reason)


def describe_cause(error: Exception) -> str:
    """Return the name of the constraint that was violated, else the exception's class; nothing of a row."""
    return getattr(getattr(error.__cause__, "diag", None), "constraint_name", None) or type(error).__name__
