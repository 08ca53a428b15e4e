"""The page of a story in a browser: rows brought in order, the lead picture, conflicts, and nothing lost on the way."""

import re

import pytest
from django.db.models import Count
from django.test import override_settings

from articles.choices import State
from articles.models import Article, Conflict
from tests.browser.navigation import next_page, visit

STORIES = "/admin/articles/article/"


@pytest.fixture
def story(site):
    """A story of several pictures and outlets."""
    rows = Article.objects.annotate(
        pictures=Count("images", distinct=True), links=Count("related_links", distinct=True)
    )
    return rows.filter(links__gt=3).order_by("-pictures", "pk").first()


def open_story(page, site, story, tab=""):
    visit(page, f"{site.url}{STORIES}{story.pk}/change/")
    if tab:
        # The menu has “Blocked pictures”.
        name = re.compile(rf"^\s*{tab}")
        page.locator("a, button").filter(has_text=name).locator("visible=true").first.click()


def save(page):
    with next_page(page):
        page.get_by_role("button", name="Save and continue editing").click()


def outlets_of(story):
    return list(story.related_links.order_by("position", "pk").values_list("pk", flat=True))


def test_coverage_is_ordered_by_mouse_and_by_keyboard_and_hidden_and_added(sign_in, site, story):
    before = outlets_of(story)
    page = sign_in("editor")
    open_story(page, site, story, "Related coverage")
    rows = page.locator("#related_links-group tbody.form-group:not(.empty-form)")
    handle, target = rows.nth(2).locator("[x-sort\\:handle]"), rows.nth(0)
    start, end = handle.bounding_box(), target.bounding_box()
    page.mouse.move(start["x"] + 10, start["y"] + 10)
    page.mouse.down()
    page.mouse.move(start["x"] + 10, end["y"] + 20, steps=8)
    page.mouse.move(start["x"] + 10, end["y"] + 4, steps=8)
    # Rows that are making way take no notice of the mouse, so it moves on until the first one has.
    for nudge in range(20):
        if rows.first.locator("input[name$='-id']").input_value() == str(before[2]):
            break
        page.wait_for_timeout(100)
        page.mouse.move(start["x"] + 10, end["y"] + 4 + nudge % 2)
    page.mouse.up()
    page.wait_for_timeout(300)
    save(page)
    assert outlets_of(story) == [before[2], before[0], before[1], *before[3:]]

    open_story(page, site, story, "Related coverage")
    for place in (0, 1):
        rows.nth(place).locator("input[name$=-title]").press("Alt+ArrowDown")
    rows.nth(3).locator("input[name$=-is_hidden]").check(force=True)
    # Two are added; taking the first away again costs the second nothing, though rows were moved before.
    add = page.locator("#related_links-group .add-row")
    for number in (1, 2):
        add.click()
        rows.last.locator("input[name$=-title]").fill(f"Added {number}")
        rows.last.locator("input[name$=-web_url]").fill(f"https://added.example/{story.pk}/{number}")
    rows.nth(len(before)).locator(".delete-template").click()
    save(page)
    assert outlets_of(story)[:-1] == before
    assert story.related_links.get(pk=before[3]).is_hidden
    added = story.related_links.get(title__startswith="Added")
    assert (added.title, added.pk) == ("Added 2", outlets_of(story)[-1])


def test_another_picture_leads(sign_in, site, story):
    first, second = story.images.order_by("position", "pk")[:2]
    page = sign_in("editor")
    open_story(page, site, story, "Pictures")
    page.locator(f"input[name=lead][value='{second.pk}']").check()
    page.frame_locator(".desk-preview-card").locator(f"img[src='{second.file.url}']").wait_for()
    save(page)
    assert Article.objects.get(pk=story.pk).picture == second
    # Moved back by keyboard, the button follows.
    open_story(page, site, story, "Pictures")
    rows = page.locator("#images-group tbody.form-group:not(.empty-form)")
    rows.nth(0).locator("input[name$=-title]").press("Alt+ArrowDown")
    assert page.locator(f"input[name=lead][value='{first.pk}']").is_checked()
    save(page)
    assert Article.objects.get(pk=story.pk).picture == first


def test_a_draft_restores_new_rows_and_ticks(sign_in, site, story):
    page = sign_in("editor")
    open_story(page, site, story, "Related coverage")
    page.locator("#related_links-group .add-row").click()
    rows = page.locator("#related_links-group tbody.form-group:not(.empty-form)")
    rows.last.locator("input[name$=-title]").fill("Typed and not saved")
    hidden = rows.nth(1).locator("input[name$=-is_hidden]")
    hidden.check(force=True)
    open_story(page, site, story)
    page.get_by_role("button", name="Restore draft").click()
    assert rows.last.locator("input[name$=-title]").input_value() == "Typed and not saved"
    assert hidden.is_checked()
    page.evaluate("localStorage.clear()")


def test_a_file_that_is_too_large_is_reported_before_it_is_sent(sign_in, site, story):
    page = sign_in("editor")
    # Two and a half million characters are more than a browser draws within a test.
    with override_settings(DATA_UPLOAD_MAX_MEMORY_SIZE=100_000):
        open_story(page, site, story)
        page.fill("#id_excerpt", "word " * 24_000)
        page.get_by_role("button", name="Save and continue editing").click()
        page.get_by_text("This form is too large to save.").wait_for()
        assert len(page.input_value("#id_excerpt")) == 120_000
    page.evaluate("localStorage.clear()")


def test_a_conflict_is_settled_where_it_is_shown(sign_in, site):
    story = Article.objects.filter(state=State.INBOX).order_by("pk")[8]
    upstream = story.upstream
    upstream.values = {**upstream.values, "title": "As they say"}
    upstream.save()
    conflict = Conflict.objects.create(article=story, field="title", base="a", ours=story.title, theirs="As they say")
    page = sign_in("editor")
    page.goto(f"{site.url}{STORIES}?conflict=yes")
    with next_page(page):
        page.locator(f"a.desk-headline[href*='/{story.pk}/']").click()
    page.get_by_label("Use upstream version").check()
    save(page)
    conflict.refresh_from_db()
    assert (Article.objects.get(pk=story.pk).title, conflict.settlement) == ("As they say", "theirs")


@pytest.mark.parametrize("width", [375, 1440])
def test_every_tab_is_visible_and_reachable_by_keyboard(sign_in, site, story, width):
    page = sign_in("editor", width)
    open_story(page, site, story)
    for tab in ("General", "Related coverage", "Pictures"):
        page.get_by_role("link", name=re.compile(f"^{tab}")).wait_for()
    page.locator("#id_slug").wait_for(state="hidden")
    page.get_by_role("button", name="Details").press("Enter")
    page.locator("#id_slug").wait_for()


def test_text_typed_into_a_deleted_story_is_shown_again(sign_in, site):
    story = Article.objects.filter(state=State.INBOX).order_by("pk")[9]
    mine, theirs = sign_in("editor"), sign_in("admin")
    open_story(mine, site, story)
    theirs.goto(f"{site.url}{STORIES}{story.pk}/delete/")
    with next_page(theirs):
        theirs.get_by_role("button", name="Delete").click()
    mine.fill("#id_title", "Typed in vain")
    with next_page(mine):
        mine.get_by_role("button", name="Save", exact=True).click()
    assert mine.get_by_role("heading", name="This story was deleted while you had it open.").is_visible()
    assert mine.locator(".desk-typed").first.inner_text() == "Typed in vain"
    mine.evaluate("localStorage.clear()")


def test_enter_saves_and_publishes_nothing(sign_in, site):
    story = Article.objects.filter(state=State.INBOX).order_by("pk")[10]
    page = sign_in("editor")
    open_story(page, site, story)
    page.fill("#id_heat", "71")
    with next_page(page):
        page.press("#id_heat", "Enter")
    assert page.url.endswith(f"/{story.pk}/change/")
    story.refresh_from_db()
    assert (story.heat, story.state) == (71, State.INBOX)


def test_a_link_of_the_preview_opens_in_a_new_tab(sign_in, site, story):
    page = sign_in("editor")
    open_story(page, site, story)
    link = page.frame_locator(".desk-preview-page").locator("a.button").first
    # The tab itself stays empty: there is no such site.
    with page.context.expect_page(), page.context.expect_event("request", lambda request: request.url == story.link):
        link.click()
