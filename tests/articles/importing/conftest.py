import pytest

from articles.importing.runner import import_sources
from tests.factories import as_document


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
