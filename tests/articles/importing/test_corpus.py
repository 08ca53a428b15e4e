"""Real documents, read when they are there: the importer takes every one of them."""

import os
from pathlib import Path

import pytest

from articles.importing.batch import import_sources
from tests.conftest import ROOT

CORPUS = Path(os.environ.get("NEWSROOM_CORPUS", ROOT.parent / "shared" / "corpus"))


@pytest.mark.django_db
@pytest.mark.skipif(not CORPUS.is_dir(), reason="there is no corpus beside the project")
def test_the_corpus_goes_in_without_a_rejection():
    sources = [str(CORPUS), str(ROOT / "fixtures" / "seed")]
    report = import_sources(sources)
    rejected = [line for outcome in report.outcomes if outcome.action == "rejected" for line in outcome.lines()]
    assert rejected == []
    assert report.counts["created"] == len(report.outcomes) > 40
    assert import_sources(sources).counts["unchanged"] == len(report.outcomes)
