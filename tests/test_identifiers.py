"""Identifiers follow the house style: nouns for things, verbs for functions."""

import ast

import pytest

from tests.conftest import ROOT

# Bare participles and verbs of speech say nothing about what a name holds.
BANNED = {"asked", "found", "kept", "said", "seen", "told", "wanted"}
# The name of a posted field, which drafts that browsers store have too.
ALLOWED = {("desk/stories/story_form.py", "seen")}


def modules():
    """Return the paths of our modules, without migrations, which describe the past, and fixtures."""
    packages = sorted(path.parent for path in ROOT.glob("*/__init__.py"))
    folders = [*packages, ROOT / "tests", ROOT / "bench"]
    paths = [path for folder in folders for path in folder.rglob("*.py") if "migrations" not in path.parts]
    return [*paths, ROOT / "manage.py"]


def banned_names(source):
    """Return [(line, name)] of variables, parameters, attributes, functions and classes with a banned name."""
    names = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Name):
            names.append((node.lineno, node.id))
        elif isinstance(node, ast.Attribute):
            names.append((node.lineno, node.attr))
        elif isinstance(node, ast.arg):
            names.append((node.lineno, node.arg))
        elif isinstance(node, ast.keyword) and node.arg:
            names.append((node.value.lineno, node.arg))
        elif isinstance(node, ast.alias):
            names.append((node.lineno, node.asname or node.name))
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) or (
            isinstance(node, ast.ExceptHandler) and node.name
        ):
            names.append((node.lineno, node.name))
    return sorted({(line, name) for line, name in names if name.lower() in BANNED})


def test_no_identifier_is_banned():
    wrong = [
        f"{path.relative_to(ROOT)}:{line}: {name}"
        for path in modules()
        for line, name in banned_names(path.read_text())
        if (str(path.relative_to(ROOT)), name) not in ALLOWED
    ]
    assert not wrong, "Name these by what they hold:\n" + "\n".join(wrong)


@pytest.mark.parametrize(
    "source",
    [
        "found = 1",
        "def told(): pass",
        "def f(seen): pass",
        "f(seen=1)",
        "row.kept",
        "class Said: pass",
        "from a import b as asked",
        "for wanted in []: pass",
    ],
)
def test_banned_names_are_noticed(source):
    assert banned_names(source)


def test_names_that_contain_a_banned_word_are_allowed():
    assert not banned_names("kept_fields = first_found = {}\nseen_at = row.kept_fields")
