"""A wrong setting: the process says which, and does not start."""

import os
import subprocess
import sys

import pytest

from tests.conftest import ROOT

SAFE = {"NEWSROOM_ENV": "production", "SECRET_KEY": "x7" * 40, "ALLOWED_HOSTS": "newsroom.example"}


def run_check(tmp_path, **environment):
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "HOME") if name in os.environ}
    return subprocess.run(
        [sys.executable, str(ROOT / "manage.py"), "check"],
        env={**kept, "DATA_DIR": str(tmp_path), **environment},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    ("environment", "named"),
    [
        ({"DATABASE_URL": "bogus"}, ["DATABASE_URL"]),
        ({"DEBUG": "maybe", "RANK_HALF_LIFE_HOURS": "0"}, ["DEBUG", "RANK_HALF_LIFE_HOURS"]),
        ({"NEWSROOM_ENV": "staging"}, ["NEWSROOM_ENV"]),
        ({"TIME_ZONE": "Mars/Olympus"}, ["TIME_ZONE"]),
        ({"REDIS_URL": "http://127.0.0.1"}, ["REDIS_URL"]),
        ({"NEWSROOM_ENV": "production"}, ["SECRET_KEY", "ALLOWED_HOSTS"]),
        ({**SAFE, "DEBUG": "1"}, ["DEBUG"]),
    ],
)
def test_a_wrong_setting_is_named(tmp_path, environment, named):
    result = run_check(tmp_path, **environment)
    assert result.returncode == 2
    assert "Traceback" not in result.stderr
    for name in named:
        assert f"  {name}: " in result.stderr


def test_production_starts_with_the_right_ones(tmp_path):
    result = run_check(tmp_path, **SAFE)
    assert result.returncode == 0, result.stderr


def test_a_laptop_needs_none_and_keeps_its_key(tmp_path):
    assert run_check(tmp_path).returncode == 0
    key = (tmp_path / "secret_key").read_text()
    assert len(key) >= 50
    assert (tmp_path / "secret_key").stat().st_mode & 0o077 == 0
    run_check(tmp_path)
    assert (tmp_path / "secret_key").read_text() == key
