"""Nothing typed at the desk is lost: numbers of the list, a session that ends, another user of the computer."""

import pytest

from articles.choices import State
from articles.models import Article, BulkChange
from tests.browser.conftest import sign_in_by_form
from tests.browser.navigation import next_page, visit

STORIES = "/admin/articles/article/"


@pytest.fixture
def story(site):
    return Article.objects.filter(state=State.INBOX, quality__isnull=False).order_by("pk")[8]


def open_list(page, site, query="?state=inbox"):
    visit(page, f"{site.url}{STORIES}{query}")


def open_story(page, site, story):
    visit(page, f"{site.url}{STORIES}{story.pk}/change/")


def drafts_in(page):
    return page.evaluate("Object.keys(localStorage).filter((key) => key.startsWith('newsroom-draft:'))")


def test_numbers_typed_into_the_list_warn_before_they_are_lost_and_enter_saves_them(sign_in, site):
    page = sign_in("editor")
    open_list(page, site)
    address, warnings = page.url, []

    def stay(dialog):
        warnings.append(dialog.type)
        dialog.dismiss()

    page.on("dialog", stay)
    key = page.locator("input[name=form-0-id]").input_value()
    page.fill("input[name=form-0-heat]", "231")
    # A tab, a heading that sorts, the next page or a search: all of them leave the list.
    for number, link in enumerate([".desk-views li:nth-child(3) a", "th.field-heat a"], start=1):
        page.locator(link).click(no_wait_after=True)
        page.wait_for_timeout(300)
        assert warnings == ["beforeunload"] * number
    page.fill("input[name=q]", "harbour")
    page.press("input[name=q]", "Enter", no_wait_after=True)
    page.wait_for_timeout(300)
    assert len(warnings) == 3
    assert page.url == address
    assert page.input_value("input[name=form-0-heat]") == "231"
    with next_page(page):
        page.press("input[name=form-0-heat]", "Enter")
    assert len(warnings) == 3
    assert page.url == address
    assert Article.objects.get(pk=key).heat == 231
    with next_page(page):
        page.locator(".desk-views li:nth-child(3) a").click()
    assert len(warnings) == 3


@pytest.mark.parametrize(
    ("answer", "typed", "is_saved"),
    [("Save numbers and continue", 233, True), ("Discard numbers and continue", 234, False)],
)
def test_an_action_asks_what_to_do_with_unsaved_numbers(sign_in, site, answer, typed, is_saved):
    page = sign_in("editor")
    open_list(page, site)
    key = page.locator("input[name=form-0-id]").input_value()
    before = Article.objects.get(pk=key).heat
    page.fill("input[name=form-0-heat]", str(typed))
    page.locator("input.action-select").nth(0).check()
    page.select_option("select[name=action]", "set_quality_selected")
    with next_page(page):
        page.locator("button[name=index]").click()
    assert page.input_value("input[name=form-0-heat]") == str(typed)
    assert page.locator("input.action-select").nth(0).is_checked()
    with next_page(page):
        page.get_by_role("button", name=answer).click()
    assert "/bulk/" in page.url
    assert Article.objects.get(pk=key).heat == (typed if is_saved else before)
    assert BulkChange.objects.first().keys == [int(key)]
    with next_page(page):
        page.get_by_role("link", name="Cancel").click()
    assert page.url == f"{site.url}{STORIES}?state=inbox"


@pytest.mark.parametrize("kind", ["story", "list"])
def test_a_page_is_saved_after_its_user_signed_in_again(sign_in, open_page, site, story, kind):
    page = sign_in("editor")
    if kind == "story":
        open_story(page, site, story)
        page.fill("#id_title", "Typed before the session ended")
        button = page.get_by_role("button", name="Save and continue editing")
    else:
        open_list(page, site)
        key = page.locator("input[name=form-0-id]").input_value()
        page.fill("input[name=form-0-heat]", "237")
        button = page.get_by_role("button", name="Save", exact=True)
    page.context.clear_cookies(name="sessionid")
    button.click()
    page.locator("[data-signed-out]").wait_for()
    with page.context.expect_page() as opened:
        page.get_by_role("link", name="Sign in again in a new tab").click()
    sign_in_by_form(opened.value, site, "editor")
    with next_page(page):
        button.click()
    if kind == "story":
        assert Article.objects.get(pk=story.pk).title == "Typed before the session ended"
    else:
        assert Article.objects.get(pk=key).heat == 237


def test_a_page_is_not_saved_in_the_name_of_another(sign_in, open_page, site, story):
    page = sign_in("editor")
    open_story(page, site, story)
    title = story.title
    page.fill("#id_title", "Typed by the editor")
    page.context.clear_cookies(name="sessionid")
    other = page.context.new_page()
    sign_in_by_form(other, site, "reporter")
    page.get_by_role("button", name="Save and continue editing").click()
    page.locator("[data-other-user]").wait_for()
    assert page.input_value("#id_title") == "Typed by the editor"
    assert Article.objects.get(pk=story.pk).title == title
    # What the editor typed is not offered to the reporter.
    open_story(other, site, story)
    assert not other.get_by_role("button", name="Restore draft").is_visible()
    assert [key for key in drafts_in(other) if key.endswith(f":{story.pk}")] != []
    # The editor signs in again in that tab, and saves.
    with next_page(other):
        other.locator("#logout-form button").evaluate("(button) => button.form.requestSubmit(button)")
    sign_in_by_form(other, site, "editor")
    with next_page(page):
        page.get_by_role("button", name="Save and continue editing").click()
    assert Article.objects.get(pk=story.pk).title == "Typed by the editor"


def test_signing_out_in_another_tab_deletes_the_drafts(sign_in, site, story):
    page = sign_in("editor")
    other = page.context.new_page()
    other.goto(f"{site.url}/admin/")
    for path in (f"{story.pk}/change/", "add/"):
        visit(page, f"{site.url}{STORIES}{path}")
        page.evaluate("localStorage.setItem('newsroom-draft:/admin/articles/article/add/', '{}')")
        page.on("dialog", lambda dialog: dialog.accept())
        page.fill("#id_title", "Typed and not saved")
        page.wait_for_timeout(100)
    user = page.locator("[data-signed-out]").get_attribute("data-user")
    assert set(drafts_in(page)) == {
        f"newsroom-draft:{user}:{story.pk}",
        f"newsroom-draft:{user}:new",
        "newsroom-draft:/admin/articles/article/add/",
    }
    with next_page(other):
        other.locator("#logout-form button").evaluate("(button) => button.form.requestSubmit(button)")
    assert drafts_in(other) == []
    page.locator("[data-signed-out]").wait_for()
    page.fill("#id_title", "Typed after the end")
    page.wait_for_timeout(1000)
    assert drafts_in(page) == []
