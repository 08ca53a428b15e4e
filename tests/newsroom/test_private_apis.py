"""The code calls and overrides no private part of Django or of another library."""

import ast
from pathlib import Path

import pytest

from tests.conftest import ROOT

PACKAGES = sorted(path.parent for path in ROOT.glob("*/__init__.py"))
FILES = [path for package in [*PACKAGES, ROOT / "tests"] for path in package.rglob("*.py") if path != Path(__file__)]
# With an underscore, and documented all the same: of models, named tuples and enums, and os._exit.
DOCUMENTED = {"_meta", "_state", "_default_manager", "_base_manager", "_asdict", "_replace", "_fields", "_exit"}
# Undocumented parts without an underscore that the code once used.
UNDOCUMENTED = {"ForeignObject", "get_compiler", "get_related_populators", "klass_info", "sql_with_params"}
# The one place each of these is called in, with a test that fails when it changes (decision 10).
ALLOWED = {("newsroom/db/sql.py", "sql_with_params")}


def is_private(name):
    return name.startswith("_") and not name.startswith("__") and name not in DOCUMENTED


def private_parts(source):
    """Return the private names of others that a module uses: attributes, imports, and methods it overrides."""
    tree = ast.parse(source)
    own = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
    own |= {target.attr for node in ast.walk(tree) for target in assigned(node) if is_of_self(target)}
    parts = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and (
            node.attr in UNDOCUMENTED or (is_private(node.attr) and not (is_of_self(node) and node.attr in own))
        ):
            parts.add(node.attr)
        elif isinstance(node, ast.ImportFrom) and "__future__" not in (node.module or ""):
            parts |= {one.name for one in node.names if is_private(one.name) or one.name in UNDOCUMENTED}
        elif isinstance(node, ast.ClassDef) and node.bases:
            parts |= {one.name for one in node.body if isinstance(one, ast.FunctionDef) and is_private(one.name)}
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.endswith("_objects_cache"):
            parts.add(node.value)
    return parts


def assigned(node):
    targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
    return [target for target in targets if isinstance(target, ast.Attribute)]


def is_of_self(node):
    return isinstance(node.value, ast.Name) and node.value.id in ("self", "cls")


def test_no_private_part_is_used():
    used = {(str(path.relative_to(ROOT)), name) for path in FILES for name in private_parts(path.read_text())}
    assert used == ALLOWED


@pytest.mark.parametrize(
    ("source", "parts"),
    [
        ("story._prefetched_objects_cache = {}", {"_prefetched_objects_cache"}),
        ("story.__dict__['_prefetched_objects_cache']", {"_prefetched_objects_cache"}),
        ("from django.db.models.query import get_related_populators", {"get_related_populators"}),
        ("queryset.query.get_compiler('default')", {"get_compiler"}),
        ("class One(Environment):\n    def _generate(self):\n        pass", {"_generate"}),
        ("class One(Environment):\n    def compile(self):\n        self._parse('')", {"_parse"}),
        ("class One:\n    def _own(self):\n        self._own()", set()),
        ("class One(Base):\n    def __init__(self):\n        self._own = 1\n        self._own += 1", set()),
        ("row._asdict(); model._meta.pk; model._default_manager.all()", set()),
        ("from django.utils.translation import gettext as _", set()),
    ],
)
def test_private_attributes_are_detected(source, parts):
    assert private_parts(source) == parts
