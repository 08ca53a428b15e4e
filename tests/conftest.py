"""What every test shares."""

from pathlib import Path

import pytest
from django.contrib.auth.models import Group, User
from django.test.signals import template_rendered
from django.utils import translation

from articles.importing.runner import import_sources
from reader.template_environment import ReaderTemplate
from tests import connection_guard
from tests.factories import as_document

ROOT = Path(__file__).resolve().parent.parent

connection_guard.install()


@pytest.fixture(autouse=True)
def no_connection_beyond_loopback():
    """Fail if the code under test tried to reach another machine and handled the guard's exception."""
    yield
    connection_guard.attempts.expect_none()


@pytest.fixture(autouse=True)
def reader_template_signals(monkeypatch):
    """Send Django's signal for the reader site's templates too, for `response.context` and assertTemplateUsed."""
    render = ReaderTemplate.render

    def render_with_signal(template, context=None, request=None):
        template_rendered.send(sender=template, template=template, context=context or {})
        return render(template, context, request)

    monkeypatch.setattr(ReaderTemplate, "render", render_with_signal)


@pytest.fixture(autouse=True)
def own_files(settings, tmp_path):
    """Keep what tests write out of the laptop's data, run tasks at once, and make passwords cheap."""
    settings.MEDIA_ROOT = tmp_path / "media"
    stored = settings.STORAGES["imports"]
    place = {**stored, "OPTIONS": {**stored["OPTIONS"], "location": tmp_path / "imports"}}
    settings.STORAGES = {**settings.STORAGES, "imports": place}
    # Cached pages outlive a test's transaction; tests of the cache turn it on.
    settings.READER_CACHE = "off"
    settings.TASKS = {"default": {"BACKEND": "django_tasks.backends.immediate.ImmediateBackend"}}
    settings.AXES_ENABLED = False
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher", *settings.PASSWORD_HASHERS]
    yield
    # The last request's language would be the next test's.
    translation.activate(settings.LANGUAGE_CODE)


def make_user(name, group=None, **fields):
    user = User.objects.create_user(name, password="pw", is_staff=True, **fields)
    if group:
        user.groups.add(Group.objects.get(name=group))
    return user


@pytest.fixture
def administrator(db):
    return make_user("administrator", is_superuser=True)


@pytest.fixture
def editor(db):
    return make_user("editor", "editor")


@pytest.fixture
def reporter(db):
    return make_user("reporter", "reporter")


@pytest.fixture
def folder(tmp_path):
    """A folder to put documents in: folder(name=values_or_bytes) writes them and imports all of it."""
    place = tmp_path / "documents"
    place.mkdir()

    def put_and_import(**documents):
        for name, document in documents.items():
            content = document if isinstance(document, bytes) else as_document(document)
            (place / f"{name}.md").write_bytes(content)
        return import_sources([str(place)])

    put_and_import.place = place
    return put_and_import
