"""The topics in the head of every page."""

from datetime import UTC, datetime
from functools import lru_cache

from django.db import connection
from django.utils import timezone

from articles.models import Topic

LENGTH = 8
# Stands for the present in a statement that is made once.
SOME_TIME = datetime(1111, 11, 11, tzinfo=UTC)


def navigation():
    """Return the topics for the head of a page, at most eight. One query.

    Every page asks, and Django would take ten times longer to make the statement than the database to run it.
    """
    statement, params = made_once(connection.vendor)
    adapt = connection.ops.adapt_datetimefield_value
    then, now = adapt(SOME_TIME), adapt(timezone.now())
    return list(Topic.objects.raw(statement, [now if param == then else param for param in params]))


@lru_cache
def made_once(vendor):
    """Return the statement for a kind of database, and its parameters with SOME_TIME for the present."""
    return Topic.objects.for_navigation(now=SOME_TIME)[:LENGTH].query.sql_with_params()
