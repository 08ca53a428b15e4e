"""A published address never changes, and every word of a headline is on every page."""

import json

import pytest
from django.urls import reverse
from lxml import etree

from articles import workflow
from articles.choices import Action, State
from articles.editing.restoring import restore
from articles.history.recording import recording
from articles.models import Article
from articles.slugs import slug_of
from articles.workflow import COMMAND_LINE, Actor, Origin
from tests.desk.pages import fields_of
from tests.factories import keys, make_story, make_topic

pytestmark = pytest.mark.django_db
HEADLINE = "Why x<y matters, and Vec<T> too"


def change_page(story):
    return reverse("admin:articles_article_change", args=[story.pk])


@pytest.mark.parametrize("state", [State.INBOX, State.IN_REVIEW])
def test_the_slug_of_a_story_that_was_never_visible_can_be_changed(client, editor, state):
    client.force_login(editor)
    story = make_story(state=state)
    fields = fields_of(client.get(change_page(story)))
    client.post(change_page(story), {**fields, "slug": "better"})
    assert Article.objects.get().slug == "better"


@pytest.mark.parametrize("actions", [(), (Action.WITHDRAW,), (Action.WITHDRAW, Action.RESTORE)])
def test_the_slug_that_readers_have_cannot(client, editor, actions):
    client.force_login(editor)
    story = make_story(slug="as-it-was")
    for action in actions:
        workflow.apply(action, story, COMMAND_LINE)
    response = client.get(change_page(story))
    field = response.context["adminform"].form.fields["slug"]
    assert field.disabled
    assert "readers already know" in str(field.help_text)
    title = story.title
    client.post(change_page(story), {**fields_of(response), "slug": "better", "title": "Better"})
    story.refresh_from_db()
    # Refused as a whole: a value that cannot be saved is never dropped silently.
    assert (story.slug, story.title) == ("as-it-was", title)
    client.post(change_page(story), {**fields_of(response), "title": "Better"})
    story.refresh_from_db()
    assert (story.slug, story.title) == ("as-it-was", "Better")


def test_an_older_version_does_not_bring_back_its_slug_once_readers_have_the_new_one(editor):
    story, actor = make_story(state=State.INBOX, slug="first"), Actor(Origin.ADMIN, editor)
    with recording(story, actor):
        story.slug = "second"
        story.save()
    workflow.apply(Action.PUBLISH, story, COMMAND_LINE)
    assert restore(story, 0, actor) == ["slug"]
    assert Article.objects.get().slug == "second"


def test_the_guid_of_a_story_stays_whatever_is_changed(client):
    def guids():
        (item,) = json.loads(client.get("/feeds/feed.json").content)["items"]
        (entry,) = etree.fromstring(client.get("/feeds/rss.xml").content).iter("guid")
        return item["id"], item["url"], entry.text

    story = make_story()
    before = guids()
    story.title, story.published_at, story.web_url = "Other", None, "https://other.example/"
    story.save()
    story.topics.set([make_topic("AI")])
    for action in (Action.WITHDRAW, Action.RESTORE, Action.PUBLISH):
        workflow.apply(action, story, COMMAND_LINE)
    story.provider.name, story.provider.slug = "Renamed", "renamed"
    story.provider.save()
    assert guids() == before


class TestEveryWord:
    """A headline with signs that look like tags."""

    @pytest.fixture
    def story(self):
        return make_story(title=HEADLINE, excerpt=f"{HEADLINE},", topics=[make_topic("AI")])

    def test_on_pages(self, client, story):
        escaped = HEADLINE.replace("<", "&lt;").replace(">", "&gt;")
        for url in ("/", "/topics/ai/", story.get_absolute_url(), story.provider.get_absolute_url()):
            page = client.get(url).content.decode()
            assert f">{escaped}</" in page, url
            assert f"{escaped} …" in page, url
        page = client.get(story.get_absolute_url()).content.decode()
        assert f"<title>{escaped} ·" in page
        assert HEADLINE.replace("<", "\\u003C").replace(">", "\\u003E") in page

    def test_in_feeds_and_the_news_sitemap(self, client, story):
        Article.objects.update(dated_at=story.first_visible_at)
        (item,) = json.loads(client.get("/feeds/feed.json").content)["items"]
        assert (item["title"], item["summary"]) == (HEADLINE, f"{HEADLINE} …")
        assert etree.fromstring(client.get("/feeds/rss.xml").content).findtext("channel/item/title") == HEADLINE

    def test_in_the_search(self, client, story):
        for words in ("vec t", "x y matters", "vec<t>"):
            page = client.get("/search/", {"q": words})
            assert keys(page.context["page"].stories) == [story.pk]
        assert "<mark>Vec</mark>&lt;<mark>T</mark>&gt;" in page.content.decode()

    def test_at_the_desk(self, client, editor, story):
        client.force_login(editor)
        page = client.get(reverse("admin:articles_article_changelist")).content.decode()
        assert "Vec&lt;T&gt; too" in page

    def test_in_its_address(self, story):
        assert story.slug == "why-x-y-matters-and-vec-t-too"
        assert slug_of("<b>Bold</b> claim", "x") == "bold-claim"
