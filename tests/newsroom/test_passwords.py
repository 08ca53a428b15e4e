"""Passwords are hashed one at a time, and nobody waits long for a turn."""

from threading import Thread
from time import sleep

import pytest
from django.contrib.auth.hashers import PBKDF2PasswordHasher, check_password, identify_hasher, make_password

from newsroom import passwords
from newsroom.passwords import QueuedPBKDF2PasswordHasher, TooManyPasswords

LOGIN = "/admin/login/"
OURS = "newsroom.passwords.QueuedPBKDF2PasswordHasher"


@pytest.fixture
def cheap(monkeypatch, settings):
    settings.PASSWORD_HASHERS = [OURS]
    monkeypatch.setattr(PBKDF2PasswordHasher, "iterations", 10)


@pytest.fixture
def busy(cheap, monkeypatch):
    """Another request is hashing a password, and takes too long."""
    monkeypatch.setattr(passwords, "MAX_WAIT_SECONDS", 0.01)
    with passwords.turn():
        yield


def test_it_is_the_hasher_of_the_site():
    from newsroom import settings

    assert settings.PASSWORD_HASHERS == [OURS]
    assert passwords.MAX_WAIT_SECONDS == 1


def test_hashes_are_djangos_own(cheap):
    stored = PBKDF2PasswordHasher().encode("secret", "salt" * 6, 10)
    assert check_password("secret", stored)
    assert not check_password("other", stored)
    assert isinstance(identify_hasher(make_password("secret")), QueuedPBKDF2PasswordHasher)


def test_one_is_hashed_at_a_time(cheap, monkeypatch):
    running, most, results = [], [], []

    def encode(self, password, salt, iterations=None):
        running.append(password)
        most.append(len(running))
        sleep(0.01)
        running.remove(password)
        return "hash"

    monkeypatch.setattr(PBKDF2PasswordHasher, "encode", encode)
    hasher = QueuedPBKDF2PasswordHasher()
    threads = [
        Thread(target=lambda number=number: results.append(hasher.encode(str(number), "salt"))) for number in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == ["hash"] * 8
    assert most == [1] * 8


def test_a_turn_ends_when_hashing_fails(cheap):
    with pytest.raises(TypeError):
        QueuedPBKDF2PasswordHasher().encode(None, "salt")
    assert make_password("secret").startswith("pbkdf2_sha256$")


def test_who_waits_too_long_is_refused(busy):
    with pytest.raises(TooManyPasswords):
        make_password("secret")


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["editor", "nobody"])
def test_a_sign_in_is_asked_to_try_again_later(editor, busy, client, name, caplog):
    type(editor).objects.update(password="pbkdf2_sha256$10$salt$hash")
    response = client.post(LOGIN, {"username": name, "password": "pw"})
    assert (response.status_code, response["Retry-After"]) == (503, "5")
    page = response.content.decode()
    assert "Many people are signing in. Wait a few seconds and try again." in page
    assert "css/desk.css" in page
    assert "Too many sign-ins at once" in caplog.text


@pytest.mark.django_db
def test_readers_do_not_wait(busy, client):
    assert client.get("/").status_code == 200
