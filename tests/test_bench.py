"""The scenes of bench/surviving.py with fewer documents: `kill -9`, races and edits lose nothing."""

import os
import subprocess
import sys

import pytest
from django.conf import settings

from tests.conftest import ROOT

# More than one transaction writes, so that the import can be killed between two.
DOCUMENTS = "3000"


@pytest.mark.parametrize("scene", ["merge", "kill", "race"])
def test_no_value_is_lost(scene):
    database = os.environ.get("DATABASE_URL", "")
    assert bool(database) == (settings.DATABASES["default"]["ENGINE"] != "django.db.backends.sqlite3")
    process = subprocess.run(
        [sys.executable, "bench/surviving.py", DOCUMENTS, scene],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )
    assert process.returncode == 0, process.stdout + process.stderr
    assert f"{scene}: " in process.stdout
