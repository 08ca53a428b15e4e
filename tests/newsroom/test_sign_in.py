"""Guessing passwords: failures are counted by account and by address, and locked out after a few."""

import logging
from datetime import timedelta

import pytest
from axes.models import AccessAttempt
from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import User
from django.test import RequestFactory

from newsroom.sign_in import client_network, describe_client
from tests.conftest import make_user

pytestmark = pytest.mark.django_db
LOGIN = "/admin/login/"
WRONG = "wrong"


@pytest.fixture(autouse=True)
def throttled(settings):
    settings.AXES_ENABLED = True


@pytest.fixture
def attempt(client):
    def attempt(name="editor", password=WRONG, address="192.0.2.1", **headers):
        client.logout()
        return client.post(LOGIN, {"username": name, "password": password}, REMOTE_ADDR=address, headers=headers)

    return attempt


def fail(attempt, times, **given):
    for number in range(times):
        assert attempt(**given).status_code == 200, number


def test_an_account_is_locked_after_five_failures(attempt, editor, settings):
    fail(attempt, settings.AXES_FAILURE_LIMIT - 1)
    response = attempt()
    assert (response.status_code, response["Retry-After"]) == (429, "900")
    assert attempt(password="pw").status_code == 429


def test_success_before_that_signs_in_and_starts_over(attempt, editor):
    for _round in range(3):
        fail(attempt, 4)
        assert attempt(password="pw").status_code == 302


def test_other_accounts_and_other_addresses_are_not_locked(attempt, editor, reporter):
    fail(attempt, 4)
    assert attempt().status_code == 429
    assert attempt("reporter", "pw").status_code == 302
    assert attempt(password="pw", address="192.0.2.2").status_code == 302


def test_an_address_that_fails_for_many_accounts_is_locked_for_all(attempt, editor):
    for number in range(19):
        assert attempt(f"nobody-{number}").status_code == 200, number
    assert attempt("nobody-19").status_code == 429
    assert attempt(password="pw").status_code == 429
    assert attempt(password="pw", address="192.0.2.2").status_code == 302


def test_signing_in_gains_no_guesses_at_others(attempt, editor, reporter):
    fail(attempt, 2)
    assert attempt("reporter", "pw").status_code == 302
    fail(attempt, 2)
    assert attempt("reporter", "pw").status_code == 302
    assert attempt().status_code == 429


@pytest.mark.parametrize(("more", "status"), [(timedelta(seconds=-1), 429), (timedelta(seconds=1), 302)])
def test_a_lock_ends_after_its_time_which_no_further_try_prolongs(attempt, editor, settings, more, status):
    fail(attempt, 4)
    assert attempt().status_code == 429
    before = AccessAttempt.objects.get().attempt_time
    assert attempt().status_code == 429
    assert AccessAttempt.objects.get().attempt_time == before
    AccessAttempt.objects.update(attempt_time=before - settings.AXES_COOLOFF_TIME - more)
    assert attempt(password="pw").status_code == status


def test_a_locked_sign_in_hashes_nothing(attempt, editor, monkeypatch):
    fail(attempt, 4)
    attempt()

    def refuse(*args):
        raise AssertionError("A password was hashed.")

    monkeypatch.setattr("django.contrib.auth.hashers.MD5PasswordHasher.encode", refuse)
    assert attempt(password="pw").status_code == 429


def test_the_page_is_the_desks_in_plain_words(attempt, editor):
    fail(attempt, 4)
    response = attempt()
    page = response.content.decode()
    assert "Too many sign-ins failed. Try again in 15 minutes, or ask an administrator to unlock the account." in page
    assert "css/desk.css" in page
    assert f'href="{LOGIN}"' in page
    assert "script-src 'self' 'unsafe-eval'" in response["Content-Security-Policy"]


def test_it_is_logged_with_account_and_address(attempt, editor, caplog):
    caplog.set_level(logging.INFO)
    attempt()
    attempt(password="pw")
    assert "New login failure by 'editor' from 192.0.2.1" in caplog.text
    assert "Successful login by 'editor' from 192.0.2.1" in caplog.text
    assert WRONG not in caplog.text


def test_no_password_is_stored(attempt, editor):
    attempt(password="not-for-the-database")
    stored = AccessAttempt.objects.values().get()
    assert "not-for-the-database" not in str(stored)


def test_a_name_cannot_forge_a_line_of_the_log():
    assert describe_client("a\nINFO fine", "192.0.2.1", "", "", None) == r"'a\nINFO fine' from 192.0.2.1"
    assert describe_client(None, None, "", "", None) == "'' from an unknown address"
    assert len(describe_client("x" * 9000, "192.0.2.1", "", "", None)) < 120


def test_its_tables_are_not_at_the_desk():
    models = list(apps.get_app_config("axes").get_models())
    assert models
    assert not any(admin.site.is_registered(model) for model in models)


@pytest.mark.parametrize(
    ("proxies", "address", "forwarded", "expected"),
    [
        (0, "192.0.2.1", None, "192.0.2.1"),
        (0, "192.0.2.1", "198.51.100.7", "192.0.2.1"),
        (1, "127.0.0.1", "198.51.100.7", "198.51.100.7"),
        (1, "127.0.0.1", "203.0.113.9, 198.51.100.7", "198.51.100.7"),
        (2, "127.0.0.1", "203.0.113.9, 198.51.100.7, 10.0.0.1", "198.51.100.7"),
        (2, "127.0.0.1", "198.51.100.7", "198.51.100.7"),
        (1, "192.0.2.1", None, "192.0.2.1"),
        (1, "192.0.2.1", "", "192.0.2.1"),
        (1, "127.0.0.1", "198.51.100.7:4711", "198.51.100.7"),
        (1, "127.0.0.1", "[2001:db8:1:2:3::4]:4711", "2001:db8:1:2::"),
        (0, "2001:db8:1:2:ffff::1", None, "2001:db8:1:2::"),
        (0, "::ffff:192.0.2.1", None, "192.0.2.1"),
        (0, "", None, None),
        (1, "127.0.0.1", "unknown", None),
    ],
)
def test_the_address_of_a_client_is_read_from_the_last_trusted_proxy(settings, proxies, address, forwarded, expected):
    settings.TRUSTED_PROXIES = proxies
    headers = {} if forwarded is None else {"x-forwarded-for": forwarded}
    request = RequestFactory().get("/", REMOTE_ADDR=address, headers=headers)
    assert client_network(request) == expected


def test_a_client_cannot_invent_addresses_behind_a_proxy(attempt, editor, settings):
    settings.TRUSTED_PROXIES = 1
    for number in range(4):
        fail(attempt, 1, address="127.0.0.1", **{"x-forwarded-for": f"203.0.113.{number}, 198.51.100.7"})
    locked = attempt(address="127.0.0.1", **{"x-forwarded-for": "203.0.113.99, 198.51.100.7"})
    assert locked.status_code == 429
    other = attempt(password="pw", address="127.0.0.1", **{"x-forwarded-for": "198.51.100.8"})
    assert other.status_code == 302


def test_from_a_socket_without_an_address_too(attempt):
    make_user("alone")
    fail(attempt, 4, name="alone", address="")
    assert attempt("alone", address="").status_code == 429


@pytest.mark.parametrize(
    ("password", "is_taken"),
    [("abcdefghijk", False), ("xqzjvkwpmbty", True), ("1qaz2wsx3edc", False), ("918273645546372", False)],
)
def test_passwords_have_twelve_characters_and_are_not_common(client, password, is_taken):
    client.force_login(User.objects.create_superuser("chief"))
    posted = {"username": "new", "password1": password, "password2": password, "usable_password": "true"}
    client.post("/admin/auth/user/add/", posted)
    assert User.objects.filter(username="new").exists() is is_taken
