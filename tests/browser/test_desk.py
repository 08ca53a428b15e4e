"""A first morning at the desk: sign in, find, judge, publish, withdraw."""

import re
from datetime import datetime

import pytest

from articles.choices import State
from articles.models import Article
from newsroom.dates import format_time
from tests.browser.accessibility import THEMES, fits, show_desk_in, violations
from tests.browser.conftest import sign_in_by_form
from tests.browser.navigation import next_page, visit

STORIES = "/admin/articles/article/"


def title_of_an_inbox_story():
    return Article.objects.filter(state=State.INBOX, quality__isnull=False).order_by("pk").first()


def test_a_story_is_published_and_withdrawn(sign_in, open_page, site):
    story = title_of_an_inbox_story()
    page = sign_in("editor")
    page.goto(site.url + STORIES)
    page.fill("input[name=q]", story.title)
    with next_page(page):
        page.press("input[name=q]", "Enter")
    assert page.locator("#result_list tbody tr, #result_list tbody").first.is_visible()

    page.fill("input[name=form-0-heat]", "240")
    with next_page(page):
        page.get_by_role("button", name="Save").click()
    assert Article.objects.get(pk=story.pk).heat == 240

    page.goto(f"{site.url}{STORIES}{story.pk}/change/")
    with next_page(page):
        page.get_by_role("button", name="Save and publish").click()
    assert "Published" in page.content()

    url = Article.objects.get(pk=story.pk).get_absolute_url()
    reader = open_page(url)
    assert reader.locator("h1").count() == 1
    assert story.excerpt[:20] in reader.content() or not story.excerpt

    page.goto(f"{site.url}{STORIES}{story.pk}/change/")
    with next_page(page):
        page.get_by_role("button", name="Withdraw").click()
    assert reader.goto(site.url + url).status == 200
    with next_page(page):
        page.locator("[data-questions]").get_by_role("button", name="Withdraw").click()
    assert reader.goto(site.url + url).status == 410


def test_many_are_published_at_once(sign_in, site):
    page = sign_in("editor")
    page.goto(site.url + STORIES + "?state=inbox")
    page.locator("input.action-select").nth(0).check()
    page.locator("input.action-select").nth(1).check()
    page.select_option("select[name=action]", "publish_selected")
    with next_page(page):
        page.get_by_role("button", name=re.compile("Run|Go")).click()
    assert "Will change" in page.content()
    with next_page(page):
        page.get_by_role("button", name="Publish").click()
    assert page.locator(".desk-row-done").count() == 2


def test_a_reporter_submits_and_cannot_publish(sign_in, site):
    story = Article.objects.filter(state=State.INBOX).order_by("-pk").first()
    page = sign_in("reporter")
    page.goto(f"{site.url}{STORIES}{story.pk}/change/")
    assert page.get_by_role("button", name="Save and publish").count() == 0
    with next_page(page):
        page.get_by_role("button", name="Save and submit for review").click()
    assert Article.objects.get(pk=story.pk).state == State.IN_REVIEW


def test_two_editors_collide_and_neither_loses_a_word(sign_in, site):
    story = Article.objects.filter(state=State.INBOX).order_by("pk")[3]
    path = f"{site.url}{STORIES}{story.pk}/change/"
    mine, theirs = sign_in("editor"), sign_in("admin")
    for page in (mine, theirs):
        visit(page, path)
    mine.reload()
    mine.locator("[data-open]").get_by_text("admin is also editing this story.").wait_for()
    theirs.fill("#id_title", "The administrator's headline")
    with next_page(theirs):
        theirs.get_by_role("button", name="Save and continue editing").click()
    mine.fill("#id_title", "The editor's headline")
    with next_page(mine):
        mine.get_by_role("button", name="Save", exact=True).click()
    assert mine.locator(".desk-clash-value").inner_text() == "The administrator's headline"
    assert mine.input_value("#id_title") == "The editor's headline"
    with next_page(mine):
        mine.get_by_role("button", name="Save and continue editing").click()
    assert Article.objects.get(pk=story.pk).title == "The editor's headline"

    # The version that lost is not lost.
    mine.goto(f"{site.url}{STORIES}{story.pk}/history/")
    with next_page(mine):
        mine.get_by_role("button", name=re.compile("Restore the version")).nth(1).click()
    assert Article.objects.get(pk=story.pk).title == "The administrator's headline"


def test_the_preview_follows_what_is_typed_and_a_draft_outlives_the_session(sign_in, site):
    story = Article.objects.filter(state=State.INBOX).order_by("pk")[4]
    page = sign_in("editor")
    visit(page, f"{site.url}{STORIES}{story.pk}/change/")
    page.fill("#id_title", "Typed and not yet saved")
    card = page.frame_locator(".desk-preview-card")
    card.get_by_text("Typed and not yet saved").wait_for()
    page.frame_locator(".desk-preview-page").get_by_role("heading", name="Typed and not yet saved").wait_for()
    cookies = page.context.cookies()
    page.context.clear_cookies(name="sessionid")
    page.get_by_role("button", name="Save and continue editing").click()
    # It stays where it is, and says so.
    page.locator("[data-signed-out]").wait_for()
    assert Article.objects.get(pk=story.pk).title == story.title
    page.on("dialog", lambda dialog: dialog.accept())
    page.context.add_cookies(cookies)
    page.goto(f"{site.url}{STORIES}{story.pk}/change/")
    # JavaScript formats its time as the server formats others.
    time = page.locator("[data-draft] time")
    assert time.inner_text() == format_time(datetime.fromisoformat(time.get_attribute("datetime")))
    page.get_by_role("button", name="Restore draft").click()
    assert page.input_value("#id_title") == "Typed and not yet saved"
    with next_page(page):
        page.get_by_role("button", name="Save and continue editing").click()
    assert Article.objects.get(pk=story.pk).title == "Typed and not yet saved"
    assert not page.get_by_role("button", name="Restore draft").is_visible()


def test_a_story_is_rejected_with_a_reason_and_another_scheduled(sign_in, site):
    first, second = Article.objects.filter(state=State.INBOX).order_by("pk")[5:7]
    page = sign_in("editor")
    page.goto(f"{site.url}{STORIES}{first.pk}/change/")
    with next_page(page):
        page.get_by_role("button", name="Reject").click()
    assert "Give a reason for rejecting this story." in page.content()
    page.fill("#id_reason", "We had it yesterday.")
    with next_page(page):
        page.get_by_role("button", name="Reject").click()
    assert Article.objects.get(pk=first.pk).state == State.REJECTED
    page.goto(f"{site.url}{STORIES}{second.pk}/change/")
    page.fill("#id_publish_at_0", "2031-05-01")
    page.fill("#id_publish_at_1", "08:00:00")
    with next_page(page):
        page.get_by_role("button", name="Save and schedule").click()
    assert Article.objects.get(pk=second.pk).is_scheduled


@pytest.mark.parametrize("width", [375, 1440])
def test_the_desk_fits_the_screen(sign_in, site, width):
    story = Article.objects.order_by("-heat").first()
    page = sign_in("editor", width)
    own = f"{STORIES}{story.pk}"
    for path in (
        "/admin/",
        STORIES,
        f"{own}/change/",
        f"{own}/history/",
        "/admin/articles/topic/",
        "/admin/providers/provider/",
    ):
        visit(page, site.url + path)
        for theme in THEMES:
            show_desk_in(page, theme)
            assert fits(page), (path, theme)


def test_our_own_columns_are_accessible(sign_in, site):
    page = sign_in("editor")
    visit(page, site.url + STORIES)
    assert violations(page, ".desk-headline") == []


@pytest.mark.parametrize("width", [375, 1440])
def test_the_list_is_read_without_javascript(new_page, site, width):
    page = new_page(width, javascript=False)
    sign_in_by_form(page, site, "editor")
    page.goto(f"{site.url}/admin/articles/article/?state=published")
    headline, filters = page.locator("a.desk-headline").first, page.locator("#changelist-filter")
    assert headline.bounding_box()["width"] > 150
    assert filters.bounding_box()["y"] > page.locator("#result_list").bounding_box()["y"]
    headline.click(trial=True)
    assert fits(page)
