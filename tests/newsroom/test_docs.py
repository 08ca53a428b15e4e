"""What the docs say is held against the code."""

import ast
import re

import pytest
from django.core.management import get_commands

from articles import workflow
from articles.choices import Result, State
from articles.documents import schema
from articles.documents.problems import Problem
from articles.importing.results import Outcome
from tests.conftest import ROOT

# Methods of Environment that read a setting.
ENV_TYPE = re.compile(r"env\.(?!refuse).+")
DOCS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
OPERATIONS = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
IMPORT_FORMAT = (ROOT / "docs" / "import-format.md").read_text(encoding="utf-8")


def test_every_setting_is_documented_and_every_documented_one_is_read():
    source = (ROOT / "newsroom" / "settings.py").read_text(encoding="utf-8")
    read = set(re.findall(r'env\.\w+\("([A-Z_]+)"', source))
    documented = set(re.findall(r"^\| `([A-Z_]+)` \|", OPERATIONS, re.MULTILINE))
    assert documented == read


def constant_defaults():
    """Return {name: documented form of its default} of the settings with a constant default that is not empty."""
    defaults = {}
    for call in ast.walk(ast.parse((ROOT / "newsroom" / "settings.py").read_text(encoding="utf-8"))):
        is_setting = isinstance(call, ast.Call) and ENV_TYPE.fullmatch(ast.unparse(call.func)) and len(call.args) == 2
        if not is_setting or any(
            isinstance(node, ast.Name | ast.IfExp | ast.JoinedStr) for node in ast.walk(call.args[1])
        ):
            continue
        name = call.args[0].value
        # Arithmetic such as 4 * 1024**3.
        value = eval(compile(ast.Expression(call.args[1]), name, "eval"))  # noqa: S307 - constants of our settings
        if isinstance(value, bool):
            defaults[name] = "on" if value else "off"
        elif isinstance(value, int):
            defaults[name] = str(value)
        elif isinstance(value, float):
            defaults[name] = f"{value:g}"
        elif isinstance(value, str) and value:
            defaults[name] = f"`{value}`"
    return defaults


def test_documented_defaults_are_those_of_the_settings():
    defaults = constant_defaults()
    assert len(defaults) > 20
    documented = dict(re.findall(r"^\| `([A-Z_]+)` \| (.+?) \|", OPERATIONS, re.MULTILINE))
    assert {name: documented[name] for name in defaults} == defaults


def test_every_command_is_documented_and_there():
    apps = ("articles", "providers", "pictures", "newsroom", "demo")
    ours = {name for name, app in get_commands().items() if app in apps}
    documented = set(re.findall(r"^\| `([a-z_]+)` \|", OPERATIONS, re.MULTILINE))
    assert documented == ours
    named = {name for path in DOCS for name in re.findall(r"manage\.py ([a-z_]+)", path.read_text(encoding="utf-8"))}
    assert named <= set(get_commands())


def test_every_make_target_that_is_named_is_there():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))
    named = {
        name
        for path in DOCS
        for line in path.read_text(encoding="utf-8").splitlines()
        for name in re.findall(r"(?:^ {4}|`)(?:[A-Z]+=\S+ )?make ([a-z-]+)", line)
    }
    assert {"run", "test", "check"} <= named <= targets


@pytest.mark.parametrize("path", DOCS, ids=lambda path: path.name)
def test_links_between_documents_lead_somewhere(path):
    for target in re.findall(r"\]\(([^)#:]+)\)", path.read_text(encoding="utf-8")):
        assert (path.parent / target).exists(), target


def test_the_table_of_the_workflow_is_the_codes():
    text = (ROOT / "docs" / "workflow.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (\w+) \| ([\w, ]+) \| ([\w ]+) \| `([\w.]+)`", text, re.MULTILINE)
    names = {state.label.lower(): state for state in State}
    names |= {"scheduled": "is_scheduled", "expired": "is_expired", "visible": "is_visible"}
    documented = {
        action: ({names[name] for name in before.split(", ")}, names[after], permission)
        for action, before, after, permission in rows
    }
    assert documented == {
        action.value: ({*rule.from_states, *rule.from_phases}, rule.to_state, rule.permission)
        for action, rule in workflow.RULES.items()
    }


def test_every_field_of_the_format_is_documented():
    for key in {*schema.STORY.fields, *schema.ORGANIZATION.fields, *schema.TOPIC.fields, *schema.IMAGE.fields}:
        assert f"`{key}`" in IMPORT_FORMAT or f"`{key}:" in IMPORT_FORMAT, key


def test_the_reports_contract_names_every_key():
    outcome = Outcome(Result.CREATED, problems=[Problem("x")]).as_json()
    for key in {*outcome, *outcome["problems"][0], *map(str, Result)}:
        assert f'"{key}"' in IMPORT_FORMAT, key


MODULE_IN_DOCS = re.compile(r"`([a-z_/]+\.py)`")


@pytest.mark.parametrize("path", DOCS, ids=lambda path: path.name)
def test_every_module_that_is_named_is_there(path):
    modules = [module.as_posix() for module in ROOT.rglob("*.py") if ".venv" not in module.parts]
    missing = [
        name
        for name in MODULE_IN_DOCS.findall(path.read_text())
        if not any(module.endswith(f"/{name}") for module in modules)
    ]
    assert not missing
