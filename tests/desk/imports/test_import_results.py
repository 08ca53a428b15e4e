"""The documents of an import, and its approval."""

import json
import re

import pytest
from django.urls import reverse
from pytest_django.asserts import assertNumQueries

from articles.importing.batches import new_batch
from articles.importing.runner import run_batch
from articles.importing.sources import uploads
from articles.models import Article, ImportBatch
from tests.desk.imports.pages import LIST, applied, archive, page_of, previewed, text_of, url
from tests.factories import as_document, make_document, make_values

pytestmark = pytest.mark.django_db


class TestResults:
    def mixed(self, desk):
        known = [make_values(title=f"Known {n}") for n in range(3)]
        applied(desk, *map(as_document, known))
        Article.objects.filter(title="Known 1").update(title="Ours")
        return applied(
            desk,
            as_document(known[0] | {"secured": "whisper;other", "excerpt": "New <script>alert(1)</script>"}),
            as_document(known[1] | {"title": "Theirs", "secured": "whisper;other"}),
            as_document(known[2]),
            make_document(title="<img src=x onerror=alert(1)>Fresh"),
            b"---\ntitle: 3\nwebUrl: hot\n---\n",
            as_document(known[2]),
        )

    def test_documents_with_problems_come_first(self, desk):
        batch = self.mixed(desk)
        page = desk.get(page_of(batch))
        rows = page.context["documents"].rows
        assert [row["result"] for row in rows] == ["Rejected", "Conflict", "Updated", "Created", "Duplicate"]
        assert "line 3, column 9: webUrl: only http" in rows[0]["problems"][0][1]
        assert rows[1]["changes"][0]["theirs"] == "Theirs"
        assert rows[1]["changes"][0]["stays"]
        text = text_of(page)
        assert "whisper" not in text
        assert "<script>alert" not in text
        assert "<img" not in text
        story = Article.objects.get(title__contains="Fresh")
        assert reverse("admin:articles_article_change", args=[story.pk]) in text
        assert "stories.zip/5.md" in text
        assert uploads.upload_storage().path("") not in text
        assert "Show 1 unchanged document" in text

    @pytest.mark.parametrize(
        ("show", "number"),
        [("rejected", 1), ("conflict", 1), ("duplicate", 1), ("problems", 2), ("unchanged", 1), ("none such", 5)],
    )
    def test_filters(self, desk, show, number):
        batch = self.mixed(desk)
        documents = desk.get(page_of(batch), {"show": show}).context["documents"]
        assert len(documents.rows) == number

    def test_unchanged_documents_show_headlines(self, desk):
        batch = self.mixed(desk)
        story = Article.objects.get(title="Known 2")
        (row,) = desk.get(page_of(batch), {"show": "unchanged"}).context["documents"].rows
        assert (row["title"], row["url"]) == ("Known 2", reverse("admin:articles_article_change", args=[story.pk]))
        story.delete()
        (row,) = desk.get(page_of(batch), {"show": "unchanged"}).context["documents"].rows
        assert (row["title"], row["url"]) == ("", "")

    def test_paging_of_unchanged_documents(self, desk):
        values = [make_values(title=f"Same {n:03}") for n in range(120)]
        applied(desk, *map(as_document, values))
        batch = applied(desk, *map(as_document, values), make_document())
        shown = []
        for number in (1, 2, 3):
            documents = desk.get(page_of(batch), {"show": "unchanged", "page": number}).context["documents"]
            shown += [row["title"] for row in documents.rows]
        assert sorted(shown) == sorted(value["title"] for value in values)

    @pytest.mark.parametrize("page", ["0", "-1", "999999999999999999999", "x", ""])
    def test_invalid_pages_are_no_error(self, desk, page):
        batch = applied(desk, make_document())
        for show in ("", "unchanged"):
            assert desk.get(page_of(batch), {"page": page, "show": show}).status_code == 200

    @pytest.mark.parametrize("key", ["999999", "99999999999999999999999", "x"])
    def test_unknown_import_returns_404(self, desk, key):
        assert desk.get(f"{LIST}{key}/change/").status_code == 404

    def test_report_contains_no_server_path(self, desk):
        batch = self.mixed(desk)
        text = desk.get(url("report", batch)).getvalue().decode()
        assert json.loads(text)["counts"]["conflict"] == 1
        assert uploads.upload_storage().path("") not in text
        assert "stories.zip/4.md" in text

    def test_held_import_shows_its_reasons(self, desk, settings):
        settings.IMPORT_HOLD_LEAST = 0
        values = make_values()
        applied(desk, as_document(values))
        folder, names = uploads.store_files([archive(as_document(values | {"published": False}))])
        batch = new_batch(names, upload=folder)
        run_batch(batch)
        page = text_of(desk.get(page_of(batch)))
        assert "Held: nothing was imported." in page
        assert "This would unpublish 1 of 1 published stories (limit 5%)." in page
        button = re.search(r'Type 1 to confirm.*?<button [^>]*class="[^"]*bg-red-600[^"]*"[^>]*>([^<]*)</button>', page)
        assert button[1].strip() == "Unpublish 1 of 1 published stories"
        for number in ("", "2", "11", "one"):
            refused = text_of(desk.post(url("apply", batch), {"number": number}, follow=True))
            assert "Nothing was imported. Type 1 to confirm." in refused
            assert Article.objects.get().state == "published"
        desk.post(url("apply", batch), {"number": " 1 "})
        assert Article.objects.get().state != "published"

    def test_number_to_confirm_may_have_separators(self, desk):
        for day, number in enumerate(("1234", "1,234", "1.234", "1 234", "1’234"), start=10):
            batch = previewed(desk, make_document(publishedDateTime=f"2026-11-{day}T09:30:00Z"))
            reasons = [{"verb": "change", "number": 1234, "published": 2000, "limit": 0.5}]
            ImportBatch.objects.filter(pk=batch.pk).update(note="Much.", options={"reasons": reasons})
            desk.post(url("apply", batch), {"number": number})
        assert Article.objects.count() == 5

    def test_import_held_by_an_earlier_version_asks_for_its_documents(self, desk):
        batch = previewed(desk, make_document(), make_document())
        ImportBatch.objects.filter(pk=batch.pk).update(note="It would unpublish much.")
        page = text_of(desk.get(page_of(batch)))
        assert "It would unpublish much." in page
        assert "Import all 2 documents" in page
        desk.post(url("apply", batch))
        assert not Article.objects.exists()
        desk.post(url("apply", batch), {"number": "2"})
        assert Article.objects.count() == 2


class TestQueries:
    """Neither list nor page makes more queries as there is more to show."""

    def test_queries_of_the_list(self, desk, django_assert_max_num_queries):
        applied(desk, make_document())
        desk.get(LIST)
        with django_assert_max_num_queries(13) as few:
            desk.get(LIST)
        for _number in range(10):
            new_batch(["a.md"])
        with assertNumQueries(len(few)):
            desk.get(LIST)

    @pytest.mark.parametrize("show", ["", "unchanged", "problems", "created"])
    def test_queries_of_the_page(self, desk, show, django_assert_max_num_queries):
        known = [make_values() for _number in range(60)]
        applied(desk, *map(as_document, known))

        def batch_of(number):
            new = [make_document(publishedDateTime=f"2026-11-{number % 7 + 10}T09:30:00Z") for _number in range(number)]
            return applied(desk, *map(as_document, known[:number]), *new, *([b"bad"] * number))

        small, large = batch_of(2), batch_of(60)
        with django_assert_max_num_queries(13) as few:
            desk.get(page_of(small), {"show": show})
        with assertNumQueries(len(few)):
            desk.get(page_of(large), {"show": show})

    def test_snapshots_are_not_loaded(self, desk, django_assert_max_num_queries):
        batch = applied(desk, make_document())
        documents = reverse("admin:articles_importeddocument_changelist")
        for address in (page_of(batch), documents):
            with django_assert_max_num_queries(13) as queries:
                assert desk.get(address).status_code == 200
            assert not [query for query in queries.captured_queries if '"snapshot"' in query["sql"]]
