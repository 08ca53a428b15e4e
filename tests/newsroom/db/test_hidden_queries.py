"""No compiled query is made where test_every_compiled_query.py, which imports all modules, would not find it."""

import ast

import pytest

from tests.conftest import ROOT

PACKAGES = sorted(path.parent for path in ROOT.glob("*/__init__.py"))
# What makes a query, beside the functions that return nothing but one.
MAKERS = {"CompiledQuery", "RawQuery", "of_instances"}


class Finder(ast.NodeVisitor):
    """Finds calls that make a query where no test would find it: in a function that no `query_family` decorates."""

    def __init__(self, makers):
        self.makers, self.functions, self.hidden, self.builders = makers, [], [], set()

    def visit_FunctionDef(self, node):
        self.functions.append(node)
        self.generic_visit(node)
        self.functions.pop()

    def visit_Lambda(self, node):
        self.visit_FunctionDef(node)

    def visit_Return(self, node):
        if self.makes(node.value) and self.functions and not self.is_family():
            self.builders.add(self.functions[-1].name)
            for part in ast.iter_child_nodes(node.value):
                self.visit(part)
        else:
            self.generic_visit(node)

    def visit_Call(self, node):
        if self.makes(node) and self.functions and not self.is_family():
            self.hidden.append(f"line {node.lineno}: {ast.unparse(node)[:60]}")
        self.generic_visit(node)

    def makes(self, node):
        called = isinstance(node, ast.Call) and (getattr(node.func, "id", None) or getattr(node.func, "attr", None))
        return called in self.makers

    def is_family(self):
        decorators = [one for function in self.functions for one in getattr(function, "decorator_list", ())]
        return any("query_family" in ast.unparse(one) for one in decorators)


def hidden_queries(sources):
    """Return, of {name: source}, where queries are made that importing the modules would not show."""
    makers, trees = set(MAKERS), {name: ast.parse(source) for name, source in sources.items()}
    while True:
        finders = {name: Finder(makers) for name in trees}
        for name, tree in trees.items():
            finders[name].visit(tree)
        builders = set().union(*(finder.builders for finder in finders.values())) - {"of_shape"}
        if builders <= makers:
            return {name: finder.hidden for name, finder in finders.items() if finder.hidden}
        makers |= builders


def test_none_is_made_where_this_test_cannot_find_it():
    files = [path for package in PACKAGES for path in package.rglob("*.py")]
    assert len(files) > 100
    assert hidden_queries({str(path): path.read_text() for path in files if path.name != "compiled_queries.py"}) == {}


@pytest.mark.parametrize(
    ("source", "is_hidden"),
    [
        ("A = CompiledQuery(make, ('pk',))", False),
        ("def cards(make):\n    return CompiledQuery(make, ('pk',))\nA = cards(make)", False),
        ("def cards(make):\n    return CompiledQuery(make, ('pk',))\ndef view():\n    return cards(make).rows()", True),
        ("def view():\n    query = CompiledQuery(make, ('pk',))\n    return query.rows()", True),
        ("@lru_cache\ndef family(count):\n    query = RawQuery(make)\n    return query", True),
        ("@query_family(maxsize=2)\ndef family(count):\n    query = RawQuery(make)\n    return query", False),
    ],
)
def test_a_query_in_a_function_is_detected(source, is_hidden):
    assert bool(hidden_queries({"one": source})) == is_hidden
