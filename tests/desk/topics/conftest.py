"""Fixtures of these tests."""

import pytest

from articles.importing.runner import import_sources
from tests.factories import as_document


@pytest.fixture
def desk(client, editor):
    client.force_login(editor)
    return client


@pytest.fixture
def bring(tmp_path):
    """bring(name=fields): import documents, and return the report."""

    def bring(**documents):
        for name, values in documents.items():
            (tmp_path / f"{name}.md").write_bytes(as_document(values))
        return import_sources([str(tmp_path / f"{name}.md") for name in documents], hold=False)

    return bring
