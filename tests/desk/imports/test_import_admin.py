"""The lists of imports and their documents, and the report."""

import json

import pytest
from django.urls import reverse

from articles.importing.runner import import_sources
from articles.models import Article
from tests.factories import as_document, make_values

pytestmark = pytest.mark.django_db


@pytest.fixture
def imported(tmp_path):
    path = tmp_path / "a.md"
    values = make_values(title="Before")
    for title, desk in (("Before", None), ("Theirs", "Ours")):
        path.write_bytes(as_document({**values, "title": title}))
        if desk:
            Article.objects.update(title=desk)
        (tmp_path / "bad.md").write_bytes(b"---\ntitle: [\n---\n")
        report = import_sources([str(tmp_path)])
    return report.batch


def test_import_its_documents_and_its_report(client, editor, imported):
    client.force_login(editor)
    listed = client.get(reverse("admin:articles_importbatch_changelist")).content.decode()
    assert "Conflict: 1 · Rejected: 1" in listed
    documents = reverse("admin:articles_importeddocument_changelist")
    query = {"batch__id__exact": imported.pk}
    assert len(client.get(documents, query).context["cl"].result_list) == 2
    page = client.get(documents, query | {"action": "rejected"})
    assert "a list or mapping in brackets is not closed" in page.content.decode()
    report = client.get(reverse("admin:import-report", args=[imported.pk]))
    assert json.loads(report.getvalue())["counts"]["conflict"] == 1
    assert "attachment" in report.headers["Content-Disposition"]
    assert client.get(reverse("admin:articles_importbatch_change", args=[imported.pk])).status_code == 200


def test_imports_require_a_permission(client, reporter, imported):
    client.force_login(reporter)
    for url in (
        reverse("admin:articles_importbatch_changelist"),
        reverse("admin:articles_importeddocument_changelist"),
        reverse("admin:import-report", args=[imported.pk]),
    ):
        assert client.get(url).status_code == 403
