"""Every compiled query of the site gives what its queryset gives when Django compiles and runs it.

They are found by importing all modules, so a new one fails here until query_samples.py has values for it.
"""

from datetime import datetime
from importlib import import_module
from pkgutil import walk_packages

import pytest
from django.conf import settings
from django.db import connection

from newsroom.db.compiled_queries import CompiledQuery, Param, QueryFamily, RawQuery, Slot
from newsroom.db.instances import Instances
from reader.front_page import list_querysets
from tests.conftest import ROOT
from tests.newsroom.db.query_samples import SAMPLES, fill_site

PACKAGES = sorted(path.parent.name for path in ROOT.glob("*/__init__.py"))


def queries_of_the_site():
    """Return {name: query or family} of all modules."""
    queries = {}
    # Its converters are needed by other modules.
    import_module(settings.ROOT_URLCONF)
    for package in PACKAGES:
        for module in walk_packages([str(ROOT / package)], f"{package}."):
            if ".migrations." in module.name:
                continue
            for name, value in vars(import_module(module.name)).items():
                if isinstance(value, CompiledQuery | RawQuery | QueryFamily):
                    assert queries.setdefault(name, value) is value, f"two compiled queries are called {name}"
    return queries


QUERIES = queries_of_the_site()


def test_each_has_sample_values():
    assert sorted(QUERIES) == sorted(SAMPLES), "add the missing ones to tests/newsroom/db/query_samples.py"


@pytest.mark.django_db
def test_each_query_returns_the_rows_of_its_queryset(monkeypatch):
    # One test, as it takes longer to fill the site than to ask it.
    site = fill_site()
    wrong = []
    for name, query_or_family in QUERIES.items():
        row_counts = []
        for shape, values in SAMPLES[name](site):
            query = query_or_family(*shape) if isinstance(query_or_family, QueryFamily) else query_or_family
            expected, is_ordered = EXPECTED.get(name, rows_of_queryset)(query, values, monkeypatch)
            rows = [describe(row, query) for row in query.rows(**values)]
            row_counts.append(len(rows))
            if in_order(rows, is_ordered) != in_order(expected, is_ordered):
                wrong.append((name, shape, values, rows, expected))
        if not max(row_counts):
            wrong.append((name, "no sample has rows"))
    assert not wrong


def rows_of_queryset(query, values, monkeypatch):
    """Return (what a query's queryset gives with `values` in place, whether it has an order)."""
    with monkeypatch.context() as patch:
        put_in_place(values, patch)
        queryset = query.make_queryset()
        if isinstance(query.make_row, Instances):
            instances = query.make_row
            columns = [name for name in instances.columns if name not in instances.annotations]
            rows = list(queryset.select_related(*instances.related).only(*columns))
        else:
            rows = [query.make_row(*row) if query.make_row else row for row in queryset.values_list(*query.columns)]
    return [describe(row, query) for row in rows], queryset.ordered


def rows_of_lists(_query, values, monkeypatch):
    """Return the rows of the front page's lists, each list's queryset run by itself."""
    lists, of_topic = list_querysets(values["now"])
    rows = [row for queryset in lists for row in queryset]
    for topic in (value for name, value in values.items() if name.startswith("topic_")):
        with monkeypatch.context() as patch:
            put_in_place({"topic": topic}, patch)
            rows += of_topic.all()
    return [describe(row, None) for row in rows], False


EXPECTED = {"first_of_each_list": rows_of_lists}


def put_in_place(values, patch):
    """Have Params compile to these values, by name, instead of to Slots."""

    def slot(param):
        if param.name not in values:
            return Slot(param.name, param.output_field)
        return param.output_field.get_db_prep_value(values[param.name], connection)

    patch.setattr(Param, "slot", property(slot))


def describe(row, query):
    """Return the type and the values of a row or instance; the values with their types, as 1 equals True."""
    make_row = query and getattr(query, "make_row", None)
    if isinstance(make_row, Instances):
        return describe_instance(row, make_row)
    if query is None or isinstance(query, RawQuery):
        # SQLite's own times do not say that they are UTC.
        row = tuple(value.replace(tzinfo=None) if isinstance(value, datetime) else value for value in row)
    return type(row).__name__, [(type(value).__name__, value) for value in row]


def describe_instance(instance, instances):
    deferred = instance.get_deferred_fields()
    names = [field.attname for field in instance._meta.concrete_fields if field.attname not in deferred]
    values = {name: getattr(instance, name) for name in [*names, *instances.annotations]}
    related = {name: getattr(instance, name) for name in instances.related}
    return (
        type(instance).__name__,
        sorted(deferred),
        (instance._state.adding, instance._state.db),
        {name: (type(value).__name__, str(value)) for name, value in values.items()},
        {name: other and describe_instance(other, instances.related[name]) for name, other in related.items()},
    )


def in_order(rows, is_ordered):
    return rows if is_ordered else sorted(rows, key=repr)
