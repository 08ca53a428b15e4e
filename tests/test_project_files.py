"""The files for contributors agree: pre-commit, .editorconfig, the licence, the metadata, the index of the docs."""

import configparser
import re
import tomllib

import yaml

from newsroom import __version__
from tests.conftest import ROOT

MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PRE_COMMIT = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))
HOOKS = [hook for repo in PRE_COMMIT["repos"] for hook in repo["hooks"]]


def targets():
    return set(re.findall(r"^([a-z-]+):(?!=)", MAKEFILE, re.MULTILINE))


def steps_of_check():
    return re.search(r"^check: ([a-z -]+?) ##", MAKEFILE, re.MULTILINE)[1].split()


def recipe(target):
    """Return the commands of a target of the Makefile."""
    lines = re.search(rf"^{target}:.*\n((?:\t.*\n)+)", MAKEFILE, re.MULTILINE)[1].splitlines()
    return [line.strip().replace("$(BIN)", ".venv/bin") for line in lines]


def test_pre_commit_runs_each_step_of_make_check():
    entries = {hook["entry"] for hook in HOOKS}
    steps = steps_of_check()
    assert {"lint", "imports", "types", "catalogues", "migrations", "deploy-check", "coverage"} <= set(steps)
    missing = [step for step in steps if f"make {step}" not in entries and not {*recipe(step)} <= entries]
    assert not missing


def test_pre_commit_runs_targets_of_the_makefile_or_commands_of_lint():
    other_entries = {hook["entry"] for hook in HOOKS} - {f"make {target}" for target in targets()}
    assert other_entries == {*recipe("lint")}


def test_pre_commit_uses_the_tools_of_the_virtual_environment():
    assert [repo["repo"] for repo in PRE_COMMIT["repos"]] == ["local"]
    assert {(hook["language"], hook["pass_filenames"]) for hook in HOOKS} == {("system", False)}
    assert len({hook["id"] for hook in HOOKS}) == len(HOOKS)


def test_pre_commit_leaves_slow_steps_to_the_push():
    assert PRE_COMMIT["default_install_hook_types"] == ["pre-commit", "pre-push"]
    assert PRE_COMMIT["default_stages"] == ["pre-commit"]
    late = {hook["id"]: hook["stages"] for hook in HOOKS if "stages" in hook}
    assert late == {"deploy-check": ["pre-push"], "coverage": ["pre-push"]}


def test_editorconfig_has_the_settings_of_the_formatters():
    config = configparser.ConfigParser()
    text = (ROOT / ".editorconfig").read_text(encoding="utf-8")
    # Properties before the first section, as EditorConfig has them.
    config.read_string(f"[top]\n{text}")
    tools = PYPROJECT["tool"]
    assert config["top"].getboolean("root")
    assert config["*.{py,toml}"].getint("max_line_length") == tools["ruff"]["line-length"]
    assert config["*.html"].getint("max_line_length") == tools["djlint"]["max_line_length"]
    assert config["*"].getint("indent_size") == tools["djlint"]["indent"]
    assert config["Makefile"]["indent_style"] == "tab"


def test_metadata_name_the_licence_and_readme_that_are_there():
    project = PYPROJECT["project"]
    assert project["license"] == "BSD-3-Clause"
    assert (ROOT / "LICENSE").read_text(encoding="utf-8").startswith("BSD 3-Clause License\n")
    for name in [project["readme"], *project["license-files"]]:
        assert (ROOT / name).is_file(), name


def test_index_leads_to_every_document():
    index = (ROOT / "docs" / "index.md").read_text(encoding="utf-8")
    linked = {(ROOT / "docs" / target).resolve() for target in re.findall(r"\]\(([^)#]+)", index)}
    documents = {*(ROOT / "docs").rglob("*.md"), *ROOT.glob("*.md"), ROOT / "LICENSE"}
    assert documents - linked == {ROOT / "docs" / "index.md", ROOT / "README.md"}


def test_the_version_of_the_code_is_that_of_the_metadata():
    assert PYPROJECT["project"]["version"] == __version__
