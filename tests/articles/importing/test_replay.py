"""A history of exports, imported one after the other: real ones if NEWSROOM_CORPUS names a folder of archives."""

from pathlib import Path

import pytest
from django.db.models import Count

from articles.importing.runner import import_sources
from articles.models import Article, PossibleDuplicate, UpstreamDocument
from tests.articles.documents.sample_documents import CORPUS
from tests.factories import as_document, make_values

ARCHIVES = sorted(Path(CORPUS).glob("*.tar.gz")) if CORPUS else []
FILES, MOMENTS = 30, 4


def generated_moments(place):
    """Yield a folder for each moment of a generated history, in which a third of the files change their URL."""
    place.mkdir()
    stories = [make_values(title=f"Gate {number}", webUrl=f"https://one.example/{number}") for number in range(FILES)]
    for moment in range(MOMENTS):
        for number, values in enumerate(stories):
            if number % 3 == moment % 3:
                # Every second time the former URL returns.
                values["webUrl"] = f"https://{('two', 'one')[moment // 2 % 2]}.example/{number}"
            (place / f"{number}.md").write_bytes(as_document(values))
        yield place


@pytest.mark.django_db
def test_no_file_of_a_history_has_two_stories(tmp_path, settings):
    settings.IMPORT_HOLD_LEAST = 1_000_000
    paths = set()
    for source in ARCHIVES or generated_moments(tmp_path / "history"):
        report = import_sources([str(source)])
        assert report.counts["rejected"] == 0
        paths |= set(UpstreamDocument.objects.values_list("path", flat=True))
    shared = UpstreamDocument.objects.values("path").annotate(number=Count("pk")).filter(number__gt=1)
    assert list(shared) == []
    assert Article.objects.count() <= len(paths)
    assert not PossibleDuplicate.objects.exists()
    # The last moment again changes nothing.
    again = import_sources([str(source)]).counts
    assert (again["created"], again["updated"], again["conflict"]) == (0, 0, 0)
