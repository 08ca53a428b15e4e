"""The SQL of a queryset: the only place that calls an undocumented part of Django's ORM (decision 10)."""

from typing import Any

from django.db.models import Model, QuerySet


def sql_of(queryset: QuerySet[Model, Any]) -> tuple[str, tuple[Any, ...]]:
    """Return the SQL of a queryset, with a %s for each parameter, and the parameters. Runs no query.

    Raises EmptyResultSet if no row can match. `Query.sql_with_params` is not documented, but all documented ways either
    run the query or put the parameters into the text. tests/newsroom/db/test_sql.py fails if it changes.
    """
    sql, params = queryset.query.sql_with_params()
    return sql, tuple(params)
