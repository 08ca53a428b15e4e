"""Every page of the desk: readable by everybody, as wide as the screen, in light and in dark."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.contrib.auth.models import User

from articles import workflow
from articles.bulk_actions import execution
from articles.choices import BulkAction, Origin, State
from articles.editing.fields import edit
from articles.models import Article, BulkChange, Conflict, ImportBatch, SavedView, Tombstone, Topic
from providers.models import Provider

STORIES = "/admin/articles/article/"
SERIOUS = {"serious", "critical"}


@pytest.fixture(scope="module")
def desk(site, django_db_blocker):
    """A desk at which everything has happened once: {name: path} of all its pages."""
    with django_db_blocker.unblock():
        editor = User.objects.get(username="editor")
        by_editor = workflow.Actor(Origin.ADMIN, editor)
        inbox = list(Article.objects.filter(state=State.INBOX).order_by("-pk")[:4])
        story = Article.objects.filter(images__isnull=False, related_links__isnull=False).order_by("-heat").first()
        edit(story, {"excerpt": f"{story.excerpt} And more."}, by_editor)
        Conflict.objects.create(article=story, field="title", base="a", ours=story.title, theirs="Another headline")
        SavedView.objects.create(owner=editor, name="My morning", query="o=-5&state=inbox")
        Tombstone.objects.get_or_create(identity="0" * 32, defaults={"title": "Gone", "deleted_by": editor})
        some = Article.objects.filter(pk__in=[one.pk for one in inbox])
        preview = execution.create_change(BulkAction.SET_HEAT, some, editor)
        tried = execution.create_change(BulkAction.PUBLISH, some, editor)
        done = execution.create_change(BulkAction.SET_QUALITY, some, editor)
        done.options, done.state = {"quality": 41}, BulkChange.State.QUEUED
        done.save()
        execution.run_change(done)
        batch = ImportBatch.objects.latest("pk")
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
        "bulk, of the past": f"{STORIES}bulk/",
        "conflicts": "/admin/articles/conflict/",
        "imports": "/admin/articles/importbatch/",
        "importing": "/admin/articles/importbatch/import/",
        "an import": f"/admin/articles/importbatch/{batch.pk}/change/",
        "deleted stories": "/admin/articles/tombstone/",
        "topics": "/admin/articles/topic/",
        "merging a topic": f"/admin/articles/topic/merge/?of={topic.pk}",
        "a topic": f"/admin/articles/topic/{topic.pk}/change/",
        "providers": "/admin/providers/provider/",
        "a provider": f"/admin/providers/provider/{provider.pk}/change/",
    }


def faults_of(page, **options):
    violations = Axe().run(page, **options).response["violations"]
    return [f"{fault['id']}: {fault['nodes'][0]['html'][:160]}" for fault in violations if fault["impact"] in SERIOUS]


@pytest.mark.parametrize(("width", "theme"), [(1440, "light"), (375, "dark")])
def test_no_page_keeps_anybody_out(desk, sign_in, site, width, theme):
    page = sign_in("editor", width, theme)
    faults = {}
    for name, path in desk.items():
        page.goto(site.url + path)
        page.wait_for_load_state("networkidle")
        violations = faults_of(page)
        if not page.evaluate("document.documentElement.scrollWidth <= innerWidth"):
            violations.append("wider than the screen")
        if violations:
            faults[name] = violations
    page.goto(site.url + STORIES)
    page.get_by_role("button", name="Filters").click()
    page.locator("#changelist-filter").wait_for()
    page.wait_for_timeout(200)
    faults |= {"filters": violations} if (violations := faults_of(page)) else {}
    for tab in ("Related coverage", "Pictures"):
        page.goto(site.url + desk["story"])
        page.wait_for_load_state("networkidle")
        page.get_by_role("link", name=tab).or_(page.get_by_role("button", name=tab)).first.click()
        faults |= {tab: violations} if (violations := faults_of(page)) else {}
    assert faults == {}


@pytest.mark.parametrize(("width", "theme"), [(1440, "dark"), (375, "light")])
def test_the_other_way_round_colours_and_widths_hold(desk, sign_in, open_page, site, width, theme):
    """What width and theme do to a page is its colours and its measures; the rest is the same page."""
    login = open_page("/admin/login/", width, theme)
    faults = {"login": violations} if (violations := faults_of(login)) else {}
    page = sign_in("editor", width, theme)
    for name, path in desk.items():
        page.goto(site.url + path)
        page.wait_for_load_state("networkidle")
        violations = faults_of(page, options={"runOnly": ["color-contrast", "scrollable-region-focusable"]})
        if not page.evaluate("document.documentElement.scrollWidth <= innerWidth"):
            violations.append("wider than the screen")
        if violations:
            faults[name] = violations
    assert faults == {}
