"""Fixtures of these tests."""

import pytest


@pytest.fixture
def desk(client, editor):
    client.force_login(editor)
    return client
