"""Every page of the desk: readable by everybody, as wide as the screen, in light and in dark."""

import re

import pytest
from django.contrib.auth.models import User

from articles import workflow
from articles.bulk_actions import execution
from articles.choices import BulkAction, Origin, State
from articles.editing.fields import edit
from articles.models import Article, BlockedPicture, BulkChange, Conflict, ImportBatch, SavedView, Tombstone, Topic
from providers.models import Provider
from tests.browser.accessibility import fits, show_desk_in, violations
from tests.browser.navigation import settle, visit
from tests.browser.pages import LEAD

STORIES = "/admin/articles/article/"
SERIOUS = {"serious", "critical"}
OF_COLOURS = ("color-contrast", "scrollable-region-focusable")


@pytest.fixture(scope="module")
def desk(site, django_db_blocker):
    """A desk at which everything has happened once: {name: path} of all its pages."""
    with django_db_blocker.unblock():
        editor = User.objects.get(username="editor")
        by_editor = workflow.Actor(Origin.ADMIN, editor)
        inbox = list(Article.objects.filter(state=State.INBOX).order_by("-pk")[:4])
        with_rows = Article.objects.filter(images__isnull=False, related_links__isnull=False)
        story = with_rows.exclude(web_url=LEAD).order_by("-heat").first()
        edit(story, {"excerpt": f"{story.excerpt} And more."}, by_editor)
        Conflict.objects.create(article=story, field="title", base="a", ours=story.title, theirs="Another headline")
        SavedView.objects.create(owner=editor, name="My morning", query="o=-5&state=inbox")
        Tombstone.objects.get_or_create(identity="0" * 32, defaults={"title": "Gone", "deleted_by": editor})
        BlockedPicture.objects.get_or_create(title="Ships", url="https://x.example/1.png", blocked_by=editor)
        some = Article.objects.filter(pk__in=[one.pk for one in inbox])
        preview = execution.create_change(BulkAction.SET_HEAT, some, editor)
        tried = execution.create_change(BulkAction.PUBLISH, some, editor)
        done = execution.create_change(BulkAction.SET_QUALITY, some, editor)
        done.options, done.state = {"quality": 41}, BulkChange.State.QUEUED
        done.save()
        execution.run_change(done)
        unscored = Article.objects.filter(state=State.INBOX, proposed_publish_at=None).order_by("pk").first()
        unscored.heat, unscored.quality = -1, 41
        unscored.save(update_fields=["heat", "quality"])
        published = execution.create_change(BulkAction.PUBLISH, Article.objects.filter(pk=unscored.pk), editor)
        published.state = BulkChange.State.QUEUED
        published.save()
        execution.run_change(published)
        batch = ImportBatch.objects.latest("pk")
        picture = story.images.first()
        provider, topic = Provider.objects.first(), Topic.objects.first()
    return {
        "first page": "/admin/",
        "list": STORIES,
        "list, filtered": f"{STORIES}?state=inbox&topic_links__tag__id__exact={topic.pk}&heat=0&o=-5",
        "list, a view of one's own": f"{STORIES}?o=-5&state=inbox",
        "list, nothing found": f"{STORIES}?q=xyzzy",
        "story": f"{STORIES}{story.pk}/change/",
        "a new story": f"{STORIES}add/",
        "history": f"{STORIES}{story.pk}/history/",
        "deleting a story": f"{STORIES}{story.pk}/delete/",
        "bulk, to be told": f"{STORIES}bulk/{preview.pk}/",
        "bulk, preview": f"{STORIES}bulk/{tried.pk}/",
        "bulk, result": f"{STORIES}bulk/{done.pk}/",
        "bulk, suggested heat": f"{STORIES}bulk/{published.pk}/",
        "bulk, of the past": f"{STORIES}bulk/",
        "conflicts": "/admin/articles/conflict/",
        "imports": "/admin/articles/importbatch/",
        "importing": "/admin/articles/importbatch/import/",
        "import rules": "/admin/articles/importbatch/rules/",
        "an import": f"/admin/articles/importbatch/{batch.pk}/change/",
        "deleted stories": "/admin/articles/tombstone/",
        "blocking a picture": f"{STORIES}{story.pk}/pictures/{picture.pk}/block/",
        "blocked pictures": "/admin/articles/blockedpicture/",
        "topics": "/admin/articles/topic/",
        "merging a topic": f"/admin/articles/topic/merge/?of={topic.pk}",
        "a topic": f"/admin/articles/topic/{topic.pk}/change/",
        "providers": "/admin/providers/provider/",
        "a provider": f"/admin/providers/provider/{provider.pk}/change/",
    }


def faults_of(page, rules=()):
    faults = [fault for fault in violations(page, rules=rules) if fault["impact"] in SERIOUS]
    return [f"{fault['id']}: {fault['nodes'][0]['html'][:160]}" for fault in faults]


def faults_of_look(page, theme, rules=()):
    show_desk_in(page, theme)
    return [*faults_of(page, rules), *([] if fits(page) else ["wider than the screen"])]


@pytest.mark.parametrize(("width", "theme", "other_theme"), [(1440, "light", "dark"), (375, "dark", "light")])
def test_no_page_keeps_anybody_out(desk, sign_in, site, width, theme, other_theme):
    """All rules in one theme; the other one changes colours and nothing else of a page, so the rules about these."""
    page = sign_in("editor", width, theme)
    faults = {}
    for name, path in desk.items():
        visit(page, site.url + path)
        faults[name, theme] = faults_of_look(page, theme)
        faults[name, other_theme] = faults_of_look(page, other_theme, OF_COLOURS)
    show_desk_in(page, theme)
    visit(page, site.url + STORIES)
    page.get_by_role("button", name="Filters").click()
    page.locator("#changelist-filter").wait_for()
    settle(page)
    faults["filters", theme] = faults_of(page)
    for tab in ("Related coverage", "Pictures"):
        visit(page, site.url + desk["story"])
        name = re.compile(f"^{tab}")
        page.get_by_role("link", name=name).or_(page.get_by_role("button", name=name)).first.click()
        faults[tab, theme] = faults_of(page)
    assert {look: listed for look, listed in faults.items() if listed} == {}


@pytest.mark.parametrize(("width", "theme"), [(1440, "dark"), (375, "light")])
def test_the_login_page_is_accessible(open_page, width, theme):
    assert faults_of(open_page("/admin/login/", width, theme)) == []
