"""A wrong setting: the process says which, and does not start."""

import os
import subprocess
import sys

import pytest
from environs import ValidationError

from newsroom.environment import has_unescaped_password, validate_site_url
from tests.conftest import ROOT

SAFE = {"NEWSROOM_ENV": "production", "SECRET_KEY": "x7" * 40, "ALLOWED_HOSTS": "newsroom.example"}


def run_check(tmp_path, **environment):
    return run_manage(tmp_path, "check", **environment)


def run_manage(tmp_path, *arguments, **environment):
    """Run a command of manage.py, as `run` does."""
    return run(tmp_path, str(ROOT / "manage.py"), *arguments, **environment)


def run(tmp_path, *arguments, **environment):
    """Run Python in `tmp_path` with no environment but the given one; return its result."""
    inherited = {name: os.environ[name] for name in ("PATH", "LANG", "HOME") if name in os.environ}
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=tmp_path,
        env={**inherited, "DATA_DIR": str(tmp_path), **environment},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    ("environment", "named"),
    [
        ({"DATABASE_URL": "bogus"}, ["DATABASE_URL"]),
        ({"DEBUG": "maybe", "RANK_HALF_LIFE_HOURS": "0"}, ["DEBUG", "RANK_HALF_LIFE_HOURS"]),
        ({"IMPORT_POLICIES": '{"title": "coin"}'}, ["IMPORT_POLICIES"]),
        ({"IMPORT_POLICIES": "title=desk"}, ["IMPORT_POLICIES"]),
        ({"IMPORT_POLICIES": '["title"]', "IMPORT_REMOVED": "delete"}, ["IMPORT_POLICIES", "IMPORT_REMOVED"]),
        ({"FETCH_ALLOW_NETWORKS": "10.1.0.0/16,intranet.example"}, ["FETCH_ALLOW_NETWORKS"]),
        ({"NEWSROOM_ENV": "staging"}, ["NEWSROOM_ENV"]),
        ({"TIME_ZONE": "Mars/Olympus"}, ["TIME_ZONE"]),
        ({"REDIS_URL": "http://127.0.0.1"}, ["REDIS_URL"]),
        ({"NEWSROOM_ENV": "production"}, ["SECRET_KEY", "ALLOWED_HOSTS"]),
        ({**SAFE, "DEBUG": "1"}, ["DEBUG"]),
        ({"SITE_URL": "news.example", "TRUSTED_PROXIES": "-1"}, ["SITE_URL", "TRUSTED_PROXIES"]),
        ({"LOGIN_FAILURE_LIMIT": "0", "LOGIN_LOCKOUT_MINUTES": "0"}, ["LOGIN_FAILURE_LIMIT", "LOGIN_LOCKOUT_MINUTES"]),
    ],
)
def test_a_wrong_setting_is_named(tmp_path, environment, named):
    result = run_check(tmp_path, **environment)
    assert result.returncode == 2
    assert "Traceback" not in result.stderr
    for name in named:
        assert f"  {name}: " in result.stderr


@pytest.mark.parametrize("name", ["DATABASE_URL", "REDIS_URL"])
def test_a_password_that_breaks_a_url_is_explained_and_not_shown(tmp_path, name):
    result = run_check(tmp_path, **{name: "redis://user:hush#1/2@127.0.0.1/0"})
    assert result.returncode == 2
    assert f"  {name}: " in result.stderr
    assert "# is %23" in result.stderr
    assert "hush" not in result.stderr


@pytest.mark.parametrize(
    ("url", "is_escaped"),
    [
        ("postgres://user:pass@host/name", True),
        ("postgres://user:p%40%2F%23s@host/name?sslmode=require", True),
        ("postgres://host/name", True),
        ("redis://127.0.0.1:6379/0", True),
        ("", True),
        ("postgres://user:p@ss@host/name", False),
        ("postgres://user:p#ss@host/name", False),
        ("postgres://user:p/ss@host/name", False),
        ("postgres://user:100%@host/name", False),
        ("redis://:p?ss@host/0", False),
        ("redis://:p ss@host/0", False),
    ],
)
def test_passwords_that_need_escaping(url, is_escaped):
    assert has_unescaped_password(url) is not is_escaped


@pytest.mark.parametrize(
    ("url", "is_good"),
    [
        ("https://news.example.org", True),
        ("https://news.example.org/", True),
        ("http://127.0.0.1:8000", True),
        ("https://news.example.org/paper", True),
        ("", True),
        ("news.example.org", False),
        ("ftp://news.example.org", False),
        ("https://", False),
        ("https://user@news.example.org", False),
        ("https://news.example.org?x=1", False),
        ("https://news.example.org//paper", False),
        ("https://news.example.org:99999", False),
        ("https://news example.org", False),
    ],
)
def test_valid_values_of_site_url(url, is_good):
    if is_good:
        validate_site_url(url)
    else:
        with pytest.raises(ValidationError):
            validate_site_url(url)


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({"SITE_URL": "https://News.example/paper/"}, "https://news.example /paper ['news.example'] /paper/static/"),
        (
            {"SITE_URL": "https://[::1]:8443", "ALLOWED_HOSTS": "a, b"},
            "https://[::1]:8443  ['a', 'b', '[::1]'] /static/",
        ),
        ({"ALLOWED_HOSTS": "a, b"}, "  ['a', 'b'] /static/"),
    ],
)
def test_settings_derived_from_site_url(tmp_path, environment, expected):
    names = ("SITE_ORIGIN", "FORCE_SCRIPT_NAME", "ALLOWED_HOSTS", "STATIC_URL")
    show = f"from django.conf import settings; print(*(getattr(settings, name) for name in {names}))"
    given = {**SAFE, "ALLOWED_HOSTS": "", **environment}
    result = run_manage(tmp_path, "shell", "--no-imports", "-c", show, **given)
    assert result.stdout.strip("\n") == expected, result.stderr


@pytest.mark.parametrize(("given", "preload"), [({}, False), ({"HSTS_PRELOAD": "1"}, True)])
def test_preloading_is_a_choice(tmp_path, given, preload):
    show = "from django.conf import settings as s; print(s.SECURE_HSTS_PRELOAD)"
    assert run_manage(tmp_path, "shell", "--no-imports", "-c", show, **SAFE, **given).stdout == f"{preload}\n"


def test_webp_is_known_on_a_system_without_mime_types(tmp_path):
    script = (
        "import mimetypes; mimetypes.knownfiles.clear()\n"
        "import newsroom.settings; print(mimetypes.guess_type('pictures/lead.webp'))"
    )
    result = run(tmp_path, "-c", script, PYTHONPATH=str(ROOT))
    assert result.stdout == "('image/webp', None)\n", result.stderr


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


@pytest.mark.parametrize(
    ("given", "reloads"),
    [
        ({}, False),
        ({"DEBUG": "1"}, True),
        ({"DEBUG": "1", "RELOAD_TEMPLATES": "0"}, False),
        ({"RELOAD_TEMPLATES": "1"}, True),
    ],
)
def test_templates_are_reloaded_where_people_develop(tmp_path, given, reloads):
    show = "from django.conf import settings as s; print(s.RELOAD_TEMPLATES)"
    assert run_manage(tmp_path, "shell", "-v0", "-c", show, **given).stdout.split()[-1] == str(reloads)
    assert "RELOAD_TEMPLATES" in (ROOT / "Makefile").read_text()
