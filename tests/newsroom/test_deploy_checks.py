"""What `check --deploy` reports, and that a right installation gets no report."""

import json
import re

import pytest
from django.core.checks import run_checks

from newsroom import deploy_checks
from tests.conftest import ROOT
from tests.newsroom.test_settings import SAFE, run_manage

OPERATIONS = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")


def ids(messages):
    return [message.id for message in messages]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (["news.example", ".news.example", "[::1]", "127.0.0.1"], []),
        (["https://news.example"], ["newsroom.E001"]),
        (["news.example/"], ["newsroom.E001"]),
        (["news.example:8000"], ["newsroom.E001"]),
        (["*"], ["newsroom.W001"]),
        (["a.example", " b.example"], ["newsroom.W002"]),
        (["a.example b.example"], ["newsroom.W002"]),
        (["a.example", ""], ["newsroom.W002"]),
        ([" *", "http://a.example"], ["newsroom.W001", "newsroom.E001"]),
    ],
)
def test_hosts(settings, given, expected):
    settings.CONFIGURED_HOSTS = given
    assert ids(deploy_checks.check_hosts(None)) == expected


@pytest.mark.parametrize(
    ("url", "expected"),
    [("https://news.example", []), ("", ["newsroom.W003"]), ("http://news.example", ["newsroom.W004"])],
)
def test_site_url(settings, url, expected):
    settings.SITE_URL = url
    assert ids(deploy_checks.check_site_url(None)) == expected


@pytest.mark.parametrize(("value", "expected"), [(None, ["newsroom.W005"]), (False, []), (True, [])])
def test_proxy(settings, value, expected):
    settings.BEHIND_TLS_PROXY = value
    assert ids(deploy_checks.check_proxy(None)) == expected


def test_static_files(settings, tmp_path):
    settings.STATIC_ROOT = tmp_path
    names = deploy_checks.uncollected_files()
    assert ids(deploy_checks.check_static_files(None)) == ["newsroom.E002"]
    manifest = tmp_path / "staticfiles.json"
    manifest.write_text(json.dumps({"paths": dict.fromkeys(names, "x")}))
    assert deploy_checks.check_static_files(None) == []
    manifest.write_text(json.dumps({"paths": dict.fromkeys(names[1:], "x")}))
    assert deploy_checks.uncollected_files() == names[:1]
    for broken in ("", "[]", "{}"):
        manifest.write_text(broken)
        assert deploy_checks.uncollected_files() == names


@pytest.mark.parametrize(
    ("engine", "name", "expected"),
    [
        ("django.db.backends.sqlite3", "newsroom.sqlite3", ["newsroom.E003"]),
        ("django.db.backends.sqlite3", "/srv/newsroom.sqlite3", []),
        ("django.db.backends.postgresql", "newsroom", []),
    ],
)
def test_the_path_of_sqlite(settings, engine, name, expected, monkeypatch):
    # Overriding DATABASES itself is not supported.
    monkeypatch.setitem(settings.DATABASES["default"], "ENGINE", engine)
    monkeypatch.setitem(settings.DATABASES["default"], "NAME", name)
    assert ids(deploy_checks.check_sqlite_path(None)) == expected


def test_passwords_in_urls(settings):
    settings.UNESCAPED_URLS = ["DATABASE_URL", "REDIS_URL"]
    messages = deploy_checks.check_url_passwords(None)
    assert ids(messages) == ["newsroom.E004"] * 2
    assert "%40" in messages[0].hint


@pytest.mark.parametrize(
    ("networks", "expected"),
    [
        ([], []),
        (["10.1.0.0/16", "fd12::/48", "127.0.0.2", "169.254.169.0/25"], []),
        (["10.1.0.0/16", "0.0.0.0/0"], ["newsroom.E005"]),
        (["::/0", "0.0.0.0/0"], ["newsroom.E005"] * 2),
        (["127.0.0.0/8"], ["newsroom.W006"]),
        (["169.254.169.254"], ["newsroom.W006"]),
        (["0.0.0.0/1", "::1", "fd00::/8"], ["newsroom.W006"] * 3),
    ],
)
def test_networks_open_to_downloads(settings, networks, expected):
    settings.FETCH_ALLOW_NETWORKS = networks
    assert ids(deploy_checks.check_fetch_networks(None)) == expected


def test_each_number_is_used_once_and_documented():
    used = re.findall(r'id="(newsroom\.[EW]\d{3})"', (ROOT / "newsroom" / "deploy_checks.py").read_text())
    documented = re.findall(r"^\| `(newsroom\.[EW]\d{3})` \|", OPERATIONS, re.MULTILINE)
    assert sorted(used) == sorted(documented)
    assert len(set(used)) == len(used)


def test_no_checks_in_development():
    assert [message for message in run_checks() if (message.id or "").startswith("newsroom.")] == []


WRONG = {
    **SAFE,
    "ALLOWED_HOSTS": "https://news.example,*,a.example, b.example",
    "DATABASE_URL": "sqlite:///newsroom.sqlite3",
    "REDIS_URL": "redis://:p@ss@127.0.0.1/0",
}


def test_all_invalid_settings_are_reported_together(tmp_path):
    result = run_manage(tmp_path, "check", "--deploy", **WRONG)
    reported = re.findall(r"\((newsroom\.[EW]\d{3})\)", result.stderr)
    assert sorted(reported) == [f"newsroom.{number}" for number in ("E001", "E002", "E003", "E004", "W001", "W002")] + [
        "newsroom.W003",
        "newsroom.W005",
    ]
    assert result.returncode == 1
    assert "p@ss" not in result.stderr + result.stdout


def test_a_right_installation_passes(tmp_path):
    right = {**SAFE, "SECRET_KEY": "aBcDe12345" * 8, "BEHIND_TLS_PROXY": "1", "SITE_URL": "https://newsroom.example"}
    assert run_manage(tmp_path, "collectstatic", "--no-input", **right).returncode == 0
    result = run_manage(tmp_path, "check", "--deploy", "--fail-level", "WARNING", **right)
    assert result.returncode == 0, result.stderr
