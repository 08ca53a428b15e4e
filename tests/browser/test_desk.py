"""A first morning at the desk: sign in, find, judge, publish, withdraw."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe

from articles.choices import State
from articles.models import Article
from tests.browser.conftest import next_page

STORIES = "/admin/articles/article/"


def title_of_an_inbox_story():
    return Article.objects.filter(state=State.INBOX, quality__isnull=False).order_by("pk").first()


def test_a_story_from_the_inbox_to_the_paper_and_back(sign_in, open_page, site):
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
    assert reader.goto(site.url + url).status == 410


def test_many_are_published_at_once(sign_in, site):
    page = sign_in("editor")
    page.goto(site.url + STORIES + "?state__exact=inbox")
    page.locator("input.action-select").nth(0).check()
    page.locator("input.action-select").nth(1).check()
    page.select_option("select[name=action]", "publish_selected")
    with next_page(page):
        page.get_by_role("button", name=re.compile("Run|Go")).click()
    assert "2 stories: Publish." in page.content()


def test_a_reporter_submits_and_cannot_publish(sign_in, site):
    story = Article.objects.filter(state=State.INBOX).order_by("-pk").first()
    page = sign_in("reporter")
    page.goto(f"{site.url}{STORIES}{story.pk}/change/")
    assert page.get_by_role("button", name="Save and publish").count() == 0
    with next_page(page):
        page.get_by_role("button", name="Save and submit for review").click()
    assert Article.objects.get(pk=story.pk).state == State.IN_REVIEW


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [375, 1440])
def test_the_desk_fits_the_screen(sign_in, site, width, theme):
    story = Article.objects.order_by("-heat").first()
    page = sign_in("editor", width, theme)
    for path in (STORIES, f"{STORIES}{story.pk}/change/", "/admin/articles/topic/", "/admin/providers/provider/"):
        page.goto(site.url + path)
        page.wait_for_load_state("networkidle")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path


def test_our_own_columns_are_accessible(sign_in, site):
    page = sign_in("editor")
    page.goto(site.url + STORIES)
    page.wait_for_load_state("networkidle")
    faults = Axe().run(page, context=".desk-headline").response["violations"]
    assert faults == []
