"""In production the demo is not there."""

import pytest

from tests.conftest import ROOT
from tests.newsroom.test_settings import SAFE, run_manage

SHOW = "from django.conf import settings; print('demo' in settings.INSTALLED_APPS)"


@pytest.mark.parametrize(("environment", "is_installed"), [({}, True), (SAFE, False)], ids=["laptop", "production"])
def test_the_demo_is_an_app_on_a_laptop_only(tmp_path, environment, is_installed):
    result = run_manage(tmp_path, "shell", "--no-imports", "-c", SHOW, **environment)
    assert result.stdout == f"{is_installed}\n", result.stderr


def test_production_does_not_know_the_command_and_the_docs_say_why(tmp_path):
    result = run_manage(tmp_path, "load_demo", **SAFE)
    assert result.returncode == 1
    assert result.stderr.startswith("Unknown command: 'load_demo'")
    operations = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    assert "`manage.py load_demo` answers “Unknown command”" in operations
