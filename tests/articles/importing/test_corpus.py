"""Import of a whole archive: a real one if NEWSROOM_CORPUS names a folder, else a generated one."""

import pytest

from articles.importing.runner import import_sources
from tests.articles.documents.sample_documents import SEEDS, documents_given

NO_LINK = "the URL is missing; shown without a link"


@pytest.mark.django_db
@documents_given
def test_archive_is_imported_without_rejections(tmp_path, folder_of):
    sources = [str(folder_of(tmp_path / "documents")), str(SEEDS)]
    report = import_sources(sources)
    rejected = [line for outcome in report.outcomes if outcome.action == "rejected" for line in outcome.lines()]
    assert rejected == []
    assert report.counts["created"] > 40
    # Several sources may hold the same document.
    assert report.counts["created"] + report.counts["duplicate"] == len(report.outcomes)
    warnings = {problem.message for outcome in report.outcomes for problem in outcome.problems}
    assert warnings <= {NO_LINK}
    again = import_sources(sources).counts
    assert (again["unchanged"], again["duplicate"]) == (report.counts["created"], report.counts["duplicate"])
