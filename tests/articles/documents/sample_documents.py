"""Documents to import in tests: real ones where NEWSROOM_CORPUS names a folder of them, else generated ones."""

import os
from pathlib import Path

import pytest

from bench.corpus import documents
from tests.conftest import ROOT

CORPUS = os.environ.get("NEWSROOM_CORPUS", "")
KIND = f"real documents in {CORPUS}" if CORPUS else "generated documents (NEWSROOM_CORPUS is not set)"
SEEDS = ROOT / "fixtures" / "seed"


def folder_of_documents(place):
    """Return the folder that NEWSROOM_CORPUS names, else `place` with generated documents in it."""
    print(f"importing {KIND}")  # noqa: T201 - shown with -s and for failures
    if CORPUS:
        return Path(CORPUS)
    place.mkdir()
    for name, text in documents(60):
        (place / name).write_bytes(text.encode())
    return place


documents_given = pytest.mark.parametrize("folder_of", [folder_of_documents], ids=["corpus" if CORPUS else "generated"])
