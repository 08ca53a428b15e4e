"""What the benchmarks show must hold, on fewer documents: nothing is lost by `kill -9`, by races, or to editors."""

import os
import subprocess
import sys

import pytest
from django.conf import settings

from tests.conftest import ROOT

# Some more than are written at once, so that there is a middle to be killed in.
DOCUMENTS = "3000"


@pytest.mark.parametrize("scene", ["merge", "kill", "race"])
def test_nothing_is_lost(scene):
    database = os.environ.get("DATABASE_URL", "")
    assert bool(database) == (settings.DATABASES["default"]["ENGINE"] != "django.db.backends.sqlite3")
    shown = subprocess.run(
        [sys.executable, "bench/surviving.py", DOCUMENTS, scene],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )
    assert shown.returncode == 0, shown.stdout + shown.stderr
    assert f"{scene}: " in shown.stdout
