"""Importing from the desk: files, a preview, a yes, and a change of mind."""

import pytest
from django.test import override_settings

from articles.models import Article, ImportBatch
from newsroom.settings import STORAGES
from tests.browser.accessibility import THEMES, fits, show_desk_in, violations
from tests.browser.conftest import sign_in_by_form
from tests.browser.navigation import next_page, visit
from tests.browser.pages import archive_of
from tests.factories import as_document, make_document, make_values

IMPORTS = "/admin/articles/importbatch/"
FORM = f"{IMPORTS}import/"
OWN_PARTS = ".desk-import, .desk-import-form"
IMMEDIATE = {"default": {"BACKEND": "django_tasks.backends.immediate.ImmediateBackend"}}
BROKEN = b"---\ntitle: A document with faults\nheat: hot\nwebUrl: javascript:alert(1)\n---\n"


@pytest.fixture(autouse=True)
def own_imports(tmp_path):
    place = {**STORAGES["imports"], "OPTIONS": {**STORAGES["imports"]["OPTIONS"], "location": tmp_path / "imports"}}
    with override_settings(TASKS=IMMEDIATE, STORAGES={**STORAGES, "imports": place}):
        yield


def upload(page, site, *paths):
    page.goto(site.url + FORM)
    page.set_input_files("#id_files", list(paths))
    with next_page(page):
        page.get_by_role("button", name="Preview").click()


def test_import_and_undo_a_file(sign_in, site, tmp_path):
    values = make_values(title="The kettle came by sea")
    page = sign_in("editor")
    page.goto(site.url + IMPORTS)
    with next_page(page):
        page.get_by_role("link", name="Import stories").click()
    page.set_input_files("#id_files", archive_of(tmp_path / "tea.zip", as_document(values), make_document(), BROKEN))
    assert "tea.zip · " in page.locator("[data-files]").inner_text()
    with next_page(page):
        page.get_by_role("button", name="Preview").click()
    assert page.locator(".desk-document").first.locator(".desk-problems li").count() == 2
    assert not Article.objects.filter(title=values["title"]).exists()

    with next_page(page):
        page.get_by_role("button", name="Import 2 documents").click()
    assert Article.objects.filter(title=values["title"]).exists()
    with next_page(page):
        page.get_by_role("link", name="Created").click()
    assert page.locator(".desk-document").count() == 2

    with next_page(page):
        page.get_by_role("link", name="Undo").click()
    assert "2 stories it created will be deleted." in page.content()
    with next_page(page):
        page.get_by_role("button", name="Undo import").click()
    assert page.get_by_text("Undone by editor").is_visible()
    assert not Article.objects.filter(title=values["title"]).exists()


def test_without_scripts(new_page, site, tmp_path):
    page = new_page(375, javascript=False)
    sign_in_by_form(page, site, "editor")
    upload(page, site, archive_of(tmp_path / "quiet.zip", make_document(title="Quietly done")))
    with next_page(page):
        page.get_by_role("button", name="Import 1 document").click()
    assert Article.objects.filter(title="Quietly done").exists()


def test_the_page_follows_an_import_that_runs(sign_in, site, tmp_path):
    batch = ImportBatch.objects.create(state="running", sources=["hourly.zip"], read=100, total=400)
    page = sign_in("editor")
    page.goto(f"{site.url}{IMPORTS}{batch.pk}/change/")
    assert page.get_by_role("status").inner_text() == "100 of 400 documents read"
    ImportBatch.objects.filter(pk=batch.pk).update(read=400, done=100)
    page.get_by_text("100 of 400 documents done").wait_for()
    assert page.evaluate("document.querySelector('progress').value") == 500
    ImportBatch.objects.filter(pk=batch.pk).update(state="interrupted", finished_at=batch.started_at)
    page.get_by_text("Interrupted").wait_for()


@pytest.mark.parametrize("width", [375, 1440])
def test_it_fits_the_screen_and_is_accessible(sign_in, site, width, tmp_path):
    page = sign_in("editor", width)
    long = make_document(title="Unbreakable" * 40, webUrl=f"https://outlet.example/{'x' * 300}{width}")
    upload(page, site, archive_of(tmp_path / f"{'very-' * 20}long.zip", long, make_document(), BROKEN))
    assert_good(page, "preview")
    for path in (IMPORTS, FORM):
        visit(page, site.url + path)
        assert_good(page, path)


def assert_good(page, name):
    for theme in THEMES:
        show_desk_in(page, theme)
        assert fits(page), (name, theme)
        if page.locator(OWN_PARTS).count():
            assert violations(page, OWN_PARTS) == [], (name, theme)
