import pytest
from django.core.cache import cache
from django.db import OperationalError, connection

pytestmark = pytest.mark.django_db


def test_healthy(client):
    response = client.get("/healthz")
    assert response.status_code == 200
    assert response.json() == {"status": "ok", "database": "ok", "cache": "ok"}
    assert "no-store" in response.headers["Cache-Control"]


@pytest.mark.parametrize("host", ["10.1.2.3", "10.1.2.3:8000", "[fd00::1]:8000", "unknown.example"])
@pytest.mark.parametrize("secure", [False, True])
def test_ip_address_and_plain_http_work(client, settings, host, secure):
    settings.SECURE_SSL_REDIRECT = True
    settings.SECURE_REDIRECT_EXEMPT = [r"^healthz$"]
    assert client.get("/healthz", headers={"host": host}, secure=secure).status_code == 200


def test_database_down(client, monkeypatch):
    def refuse(*_args):
        raise OperationalError("password of postgres://user:hush@host")

    monkeypatch.setattr(connection, "cursor", refuse)
    response = client.get("/healthz")
    assert response.status_code == 503
    assert response.json()["database"] == "down"
    assert b"hush" not in response.content


def test_cache_down(client, monkeypatch):
    def refuse(*_args):
        raise ConnectionError

    monkeypatch.setattr(cache, "set", refuse)
    response = client.get("/healthz")
    assert (response.status_code, response.json()["cache"]) == (503, "down")
