"""Fixtures for imports."""

import pytest

from tests.factories import as_document


@pytest.fixture
def place(tmp_path):
    """Write documents: place(a=values); `place.name` is the folder."""

    def write(**documents):
        for name, values in documents.items():
            (tmp_path / f"{name}.md").write_bytes(as_document(values))

    write.name = str(tmp_path)
    return write
