"""What nobody known sends is not read if it is large, and its files are never kept."""

from io import BytesIO

import pytest
from django.contrib.auth.models import Permission, User
from django.core.files.uploadedfile import SimpleUploadedFile, TemporaryUploadedFile
from django.test import Client

pytestmark = pytest.mark.django_db
LIMIT = 1_048_576
FORM = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data; boundary=x"


class Unread(BytesIO):
    """A body that must not be read."""

    def read(self, *args):
        raise AssertionError("The body was read.")

    readline = read


@pytest.fixture
def strict():
    return Client(enforce_csrf_checks=True)


@pytest.fixture
def temporary_files(monkeypatch):
    """Return the names of the files that are written to disk."""
    names = []
    original = TemporaryUploadedFile.__init__

    def record(self, name, *args, **kwargs):
        names.append(name)
        original(self, name, *args, **kwargs)

    monkeypatch.setattr(TemporaryUploadedFile, "__init__", record)
    return names


def announce(client, path, length, content_type=FORM, method="POST", **environ):
    body = {"wsgi.input": Unread(), "CONTENT_LENGTH": str(length), **environ}
    return client.generic(method, path, content_type=content_type, **body)


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "GET"])
@pytest.mark.parametrize("content_type", [FORM, MULTIPART, "application/json"])
@pytest.mark.parametrize("path", ["/", "/preferences/", "/admin/login/", "/admin/articles/importbatch/import/", "/x/"])
def test_a_large_body_is_refused_unread(strict, path, content_type, method):
    response = announce(strict, path, LIMIT + 1, content_type, method)
    assert response.status_code == 413
    assert "1.0\xa0MB" in response.content.decode()


def test_one_of_the_limit_is_read(client):
    body = b"theme=dark&x=".ljust(LIMIT, b"x")
    assert client.generic("POST", "/preferences/", body, content_type=FORM).status_code == 302
    assert client.generic("POST", "/preferences/", body + b"x", content_type=FORM).status_code == 413


@pytest.mark.parametrize("cookie", ["", "made-up", "x" * 4000])
def test_an_invalid_session_changes_nothing(strict, cookie):
    strict.cookies["sessionid"] = cookie
    assert announce(strict, "/admin/login/", LIMIT + 1).status_code == 413


def test_who_is_signed_in_but_not_at_the_desk_is_refused(strict):
    strict.force_login(User.objects.create_user("reader"))
    assert announce(strict, "/admin/", LIMIT + 1).status_code == 413


def test_a_body_without_a_length_is_not_read(strict):
    environ = {"wsgi.input": Unread(), "CONTENT_LENGTH": "", "HTTP_TRANSFER_ENCODING": "chunked"}
    response = strict.generic("POST", "/admin/login/", content_type=MULTIPART, **environ)
    assert response.status_code == 403


@pytest.mark.parametrize("path", ["/preferences/", "/admin/login/", "/admin/articles/importbatch/import/"])
def test_uploads_of_unknown_users_are_not_stored(strict, client, temporary_files, path):
    for one in (strict, client):
        one.post(path, {"files": SimpleUploadedFile("a.md", b"x" * 1000), "username": "a", "password": "b"})
    assert temporary_files == []


def test_nor_are_those_of_who_may_not_import(client, reporter, temporary_files):
    client.force_login(reporter)
    assert not reporter.has_perm("articles.import_article")
    response = client.post("/admin/articles/importbatch/import/", {"files": SimpleUploadedFile("a.md", b"x" * 1000)})
    assert response.status_code == 403
    assert temporary_files == []


def test_who_may_not_import_sends_no_more_than_a_form(client, reporter, settings):
    client.force_login(reporter)
    most = 2 * settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    assert announce(client, "/admin/logout/", most).status_code == 200
    assert announce(client, "/admin/logout/", most + 1).status_code == 413


def test_who_may_import_uploads_to_disk(client, reporter, temporary_files):
    reporter.user_permissions.add(Permission.objects.get(codename="import_article"))
    client.force_login(User.objects.get(pk=reporter.pk))
    response = client.post("/admin/articles/importbatch/import/", {"files": SimpleUploadedFile("a.md", b"x" * 1000)})
    assert response.status_code in (200, 302)
    assert temporary_files == ["a.md"]


STORIES = "/admin/articles/article/"
# The test client leaves the type out of a request without data.
PARTS = {"CONTENT_TYPE": MULTIPART}


def test_pages_of_stories_take_pictures_up_to_their_limit(client, reporter, settings, temporary_files):
    settings.PICTURES_MAX_UPLOAD_BYTES = 5000
    client.force_login(reporter)
    path = f"{STORIES}pictures/upload/"
    assert announce(client, path, 5001, **PARTS).status_code == 413
    assert client.post(path, {"file": SimpleUploadedFile("a.jpg", b"x" * 3000)}).status_code == 422
    assert temporary_files == ["a.jpg"]


def test_who_may_import_sends_stories_no_more_than_pictures(client, editor, settings):
    client.force_login(editor)
    length = settings.PICTURES_MAX_UPLOAD_BYTES + 1
    assert announce(client, f"{STORIES}add/", length, **PARTS).status_code == 413


def test_who_may_not_edit_pictures_sends_none(client, reporter, temporary_files):
    reporter.groups.clear()
    reporter.user_permissions.add(Permission.objects.get(codename="change_article"))
    client.force_login(User.objects.get(pk=reporter.pk))
    response = client.post(f"{STORIES}pictures/upload/", {"file": SimpleUploadedFile("a.jpg", b"x" * 1000)})
    assert response.status_code == 403
    assert temporary_files == []
