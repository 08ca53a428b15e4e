"""Not tests: `make screenshots` takes the pictures of docs/editors.md, in the order of a first day at the desk."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from articles.choices import State
from articles.importing.runner import import_sources
from articles.models import Article
from tests.browser.navigation import next_page, settle, visit
from tests.browser.pages import archive_of
from tests.browser.screenshots import FOLDER, fonts  # noqa: F401
from tests.browser.test_importing import BROKEN, FORM, own_imports  # noqa: F401
from tests.factories import as_document, make_values

STORIES = "/admin/articles/article/"
VIEWPORT = {"width": 1440, "height": 900}


@pytest.fixture
def editor(sign_in, site):
    page = sign_in("editor", 1440, "light")
    page.set_viewport_size(VIEWPORT)
    return page


@pytest.fixture
def take(editor):
    """take(name, selector): a picture of the page as it is, scrolled to an element."""

    def go(name, selector=None):
        if selector:
            editor.evaluate(
                "(selector) => document.querySelector(selector).scrollIntoView({block: 'center'})", selector
            )
        (FOLDER / "editors").mkdir(parents=True, exist_ok=True)
        editor.screenshot(path=FOLDER / "editors" / f"{name}.jpg", type="jpeg", quality=80)

    return go


def change_page(site, story):
    return f"{site.url}{STORIES}{story.pk}/change/"


def fill_publication_time(page, when):
    page.fill("#id_publish_at_0", f"{when:%Y-%m-%d}")
    page.fill("#id_publish_at_1", f"{when:%H:%M}")


def test_a_first_day(editor, take, new_page, site, tmp_path):
    sign_in_page = new_page(1440, "light")
    sign_in_page.set_viewport_size(VIEWPORT)
    visit(sign_in_page, f"{site.url}/admin/login/")
    (FOLDER / "editors").mkdir(parents=True, exist_ok=True)
    sign_in_page.screenshot(path=FOLDER / "editors" / "01-sign-in.jpg", type="jpeg", quality=80)

    visit(editor, f"{site.url}/admin/")
    take("02-dashboard")
    visit(editor, f"{site.url}{STORIES}?state=inbox")
    take("03-inbox")

    first, second, third = Article.objects.filter(state=State.INBOX, quality__isnull=False).order_by("-heat", "pk")[:3]
    visit(editor, change_page(site, first))
    take("04-story")
    with next_page(editor):
        editor.get_by_role("button", name="Save and publish").click()
    take("05-published")

    visit(editor, change_page(site, second))
    fill_publication_time(editor, timezone.localtime() + timedelta(days=1))
    with next_page(editor):
        editor.get_by_role("button", name="Save and publish").click()
    take("06-schedule")

    visit(editor, change_page(site, third))
    with next_page(editor):
        editor.get_by_role("button", name="Reject").click()
    take("07-reject", "#id_reason")

    # Headlines without quotation marks: the question quotes them.
    lead, occupied = Article.objects.visible().exclude(pk=first.pk).exclude(title__regex='["“]').filter(pin=None)[:2]
    Article.objects.filter(pk=occupied.pk).update(pin=1)
    visit(editor, change_page(site, lead))
    editor.fill("#id_pin", "1")
    with next_page(editor):
        editor.get_by_role("button", name="Save", exact=True).click()
    take("08-slot", "[data-questions]")

    take_pictures(editor, take, site)
    take_bulk(editor, take, site)
    take_import(editor, take, site, tmp_path)
    take_conflict(editor, take, site, tmp_path)


def take_pictures(editor, take, site):
    story = Article.objects.filter(images__stored__isnull=False).order_by("-heat", "pk").first()
    visit(editor, change_page(site, story))
    editor.locator("a, button").filter(has_text=re.compile(r"^\s*Pictures")).locator("visible=true").first.click()
    row = editor.locator("#images-group tbody.form-group:not(.empty-form)").first
    row.get_by_text("Focal point and crops").click()
    # The view for readers follows what is typed.
    with editor.expect_response(re.compile("/preview/")):
        row.get_by_role("slider", name="Focal point").press("Shift+ArrowLeft")
    settle(editor)
    take("15-pictures", "#images-group [data-stage]")


def take_bulk(editor, take, site):
    visit(editor, f"{site.url}{STORIES}?state=inbox")
    for row in range(3):
        editor.locator("input.action-select").nth(row).check()
    editor.select_option("select[name=action]", "publish_selected")
    take("09-select")
    with next_page(editor):
        editor.locator("button[name=index], button:has-text('Run')").first.click()
    take("10-bulk-preview")


def take_import(editor, take, site, tmp_path):
    documents = [
        as_document(make_values(title=title))
        for title in ("Night trains return to the coast", "Harbour reopens after the storm")
    ]
    visit(editor, site.url + FORM)
    take("11-import")
    editor.set_input_files("#id_files", archive_of(tmp_path / "monday.zip", *documents, BROKEN))
    with next_page(editor):
        editor.get_by_role("button", name="Preview").click()
    take("12-import-preview")


def take_conflict(editor, take, site, tmp_path):
    values = make_values(
        title="Ferry line to the islands closes",
        excerpt="The company says that it carried eleven passengers last winter, five of them cats.",
    )
    document = tmp_path / "ferry.md"
    document.write_bytes(as_document(values))
    import_sources([str(document)])
    story = Article.objects.get(title=values["title"])
    visit(editor, change_page(site, story))
    editor.fill("#id_title", "Islands lose their last ferry")
    with next_page(editor):
        editor.get_by_role("button", name="Save and continue editing").click()
    document.write_bytes(as_document({**values, "title": "Ferry line closes after ninety years"}))
    import_sources([str(document)])
    visit(editor, change_page(site, story))
    take("13-conflict")
    visit(editor, f"{site.url}{STORIES}{story.pk}/history/")
    take("14-history")
