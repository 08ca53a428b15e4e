"""The scenes of bench/surviving.py and bench/replaying.py with fewer documents: no value is lost."""

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


def test_replayed_history_equals_its_model():
    process = subprocess.run(
        [sys.executable, "bench/replaying.py", "--seed", "1", "--moments", "4", "--documents", "24"],
        cwd=ROOT,
        env={name: value for name, value in os.environ.items() if name != "NEWSROOM_CORPUS"},
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )
    assert process.returncode == 0, process.stdout + process.stderr
    assert process.stdout.splitlines()[0].startswith("History: generated (24 documents); ")
    # One row for the seed.
    assert [line.split(" | ")[0].strip() for line in process.stdout.splitlines()[1:]] == ["seed", "1"]
