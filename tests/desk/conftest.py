"""Users at the desk."""

import pytest

from tests.conftest import make_user


@pytest.fixture
def desk(client, editor):
    """The client, signed in as an editor."""
    client.force_login(editor)
    return client


@pytest.fixture
def other(db):
    """Another editor."""
    return make_user("other", "editor")
