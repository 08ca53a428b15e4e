"""Fixtures of these tests."""

import pytest

from articles.importing.runner import import_sources
from articles.models import Article
from tests.factories import as_document


@pytest.fixture
def desk(client, editor):
    client.force_login(editor)
    return client


@pytest.fixture
def import_story(tmp_path):
    """Return a function that imports a document of these fields, and returns its story."""

    def import_story(**values):
        path = tmp_path / f"{values['webUrl'].rpartition('/')[2]}.md"
        path.write_bytes(as_document(values))
        import_sources([str(path)], hold=False)
        return Article.objects.get(web_url=values["webUrl"])

    return import_story
