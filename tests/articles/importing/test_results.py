"""The report of an import as JSON."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from articles.importing.results import stream_report
from articles.models import ImportBatch

pytestmark = pytest.mark.django_db
BEGIN = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)


def report_of(**fields):
    batch = ImportBatch.objects.create(sources=["a"], **fields)
    batch.started_at = BEGIN
    return json.loads("".join(stream_report(batch)))


def test_report_has_the_time_that_the_import_took():
    report = report_of(state="finished", finished_at=BEGIN + timedelta(seconds=61, microseconds=734_567))
    assert report == {
        "batch": report["batch"],
        "dry_run": False,
        "seconds": 61.735,
        "counts": dict.fromkeys(report["counts"], 0),
        "skipped": {"count": 0, "names": []},
        "written_singly": 0,
        "documents": [],
    }


def test_running_import_has_no_time():
    assert report_of(state="running")["seconds"] is None


def test_report_names_the_first_skipped_files():
    report = report_of(state="running", counts={"skipped": 120}, skipped=["ä.png", "b.png"])
    assert report["skipped"] == {"count": 120, "names": ["ä.png", "b.png"]}
    assert report["counts"]["skipped"] == 120
