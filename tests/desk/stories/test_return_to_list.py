"""Every way back from a story or a bulk change leads to the list as it was: filter, search, order and page."""

import re
from html import unescape
from urllib.parse import parse_qsl, urlsplit

import pytest
from django.urls import reverse
from django.utils.http import urlencode

from articles.models import Article, BulkChange, Revision
from tests.desk.pages import STORIES, fields_of, page_of
from tests.factories import make_story

pytestmark = pytest.mark.django_db
# As a list is asked for: filter, search with what must be escaped, order and page.
LIST_QUERY = {"state": "inbox", "q": 'harbour "opens & shuts"', "o": "-5", "p": "2"}
LIST_LINK = urlencode({"_changelist_filters": urlencode(LIST_QUERY)})


@pytest.fixture
def story():
    return make_story(state="inbox", title="Harbour opens & shuts")


def is_same_list(url):
    """Whether an address is of the list, on this host, as it was asked for."""
    parts = urlsplit(url)
    return (parts.scheme, parts.netloc, parts.path) == ("", "", STORIES) and dict(parse_qsl(parts.query)) == LIST_QUERY


def leads_back(url):
    """Whether an address is of another page of the stories that knows the list."""
    parts = urlsplit(url)
    parameters = dict(parse_qsl(parts.query))
    return parts.path.startswith(STORIES) and dict(parse_qsl(parameters.get("_changelist_filters", ""))) == LIST_QUERY


def links_on(page):
    """Return the addresses that the content of a page and its header link to within the stories' admin."""
    html = page.content.decode()
    urls = [unescape(url) for url in re.findall(r'(?:href|action)="([^"]*)"', html)]
    return [url for url in urls if url.startswith((STORIES, "?"))]


def begin(desk, story, action="set_heat"):
    posted = {"action": f"{action}_selected", "index": "0", "_selected_action": [story.pk]}
    return desk.post(f"{STORIES}?{urlencode(LIST_QUERY)}", posted)


class TestStory:
    @pytest.mark.parametrize("button", ["_save", "articles_article_submit_for_review"])
    def test_saving(self, desk, story, button):
        url = f"{page_of(story)}?{LIST_LINK}"
        answer = desk.post(url, fields_of(desk.get(url)) | {"excerpt": "New", button: "1"})
        assert is_same_list(answer.url)

    def test_saving_and_going_on(self, desk, story):
        url = f"{page_of(story)}?{LIST_LINK}"
        answer = desk.post(url, fields_of(desk.get(url)) | {"excerpt": "New", "_continue": "1"})
        assert answer.url.startswith(page_of(story))
        assert leads_back(answer.url)

    @pytest.mark.parametrize("page", ["change", "history", "delete"])
    def test_back(self, desk, story, page):
        url = reverse(f"admin:articles_article_{page}", args=[story.pk])
        own = f"{STORIES}{story.pk}/"
        links = links_on(desk.get(f"{url}?{LIST_LINK}"))
        # The menu beside the page leads to all stories.
        back = [link for link in links if urlsplit(link).path == STORIES and urlsplit(link).query]
        assert back
        assert all(is_same_list(link) for link in back)
        ours = [link for link in links if link.startswith(own) and not link.endswith(("/open/", "/preview/"))]
        assert all(leads_back(link) for link in ours), ours

    def test_deleting(self, desk, story):
        url = f"{reverse('admin:articles_article_delete', args=[story.pk])}?{LIST_LINK}"
        assert is_same_list(desk.post(url, {"post": "yes"}).url)

    def test_restoring_a_version(self, desk, story, editor):
        Revision.objects.create(
            article=story, actor=editor, origin="admin", fields=["title"], changes={"title": ["A", "B"]}
        )
        history = f"{reverse('admin:articles_article_history', args=[story.pk])}?{LIST_LINK}"
        forms = [link for link in links_on(desk.get(history)) if "/restore/" in link]
        assert len(forms) == 2
        question = desk.post(forms[0])
        assert all(leads_back(link) for link in links_on(question) if "/history/" in link)
        answer = {"confirmed": "yes", "seen": question.context["latest_revision"]}
        assert leads_back(desk.post(forms[0], answer).url)


class TestBulkChange:
    def test_preview_and_result_lead_back_to_the_same_list(self, desk, story):
        answer = begin(desk, story)
        assert leads_back(answer.url)
        page = desk.get(answer.url)
        cancel = [link for link in links_on(page) if is_same_list(link)]
        assert page.context["list_url"] in cancel
        posted = {"heat": "80"}
        preview = desk.post(answer.url, posted | {"_preview": "1"})
        assert is_same_list(preview.context["list_url"])
        done = desk.post(answer.url, posted | {"_do": "1"})
        assert leads_back(done.url)
        result = desk.get(done.url)
        assert is_same_list(result.context["list_url"])
        stories = [link for link in links_on(result) if f"/{story.pk}/change/" in link]
        assert [leads_back(link) for link in stories] == [True]
        shown = [link for link in links_on(result) if "show=" in link]
        assert all("_changelist_filters=" in link for link in shown)
        assert shown

    def test_cancel_is_there_before_anything_can_be_done(self, desk, story):
        page = desk.get(begin(desk, story).url)
        assert "Cancel" in page.content.decode()
        assert not page.context["can_do"]

    def test_resuming_after_an_interruption(self, desk, story):
        url = begin(desk, story, "publish").url
        change = BulkChange.objects.get()
        BulkChange.objects.update(state=BulkChange.State.INTERRUPTED)
        again = next(link for link in links_on(desk.get(url)) if link.split("?")[0].endswith(f"/{change.pk}/again/"))
        assert leads_back(desk.post(again).url)


class TestList:
    def test_a_page_that_was_emptied_leads_to_the_last_one_there_is(self, desk, story):
        page = desk.get(STORIES, {"state": "inbox", "p": "7"})
        assert page.status_code == 200
        assert page.context["cl"].result_list == [story]

    def test_saving_numbers_and_deleting_stories(self, desk, story):
        url = f"{STORIES}?{urlencode(LIST_QUERY)}"
        numbers = {"form-TOTAL_FORMS": "0", "form-INITIAL_FORMS": "0", "_save": "1"}
        assert is_same_list(desk.post(url, numbers).url)
        deletion = {"action": "delete_selected", "_selected_action": [story.pk], "post": "yes"}
        assert is_same_list(desk.post(url, deletion).url)


@pytest.mark.parametrize(
    "forged", ["https://evil.example/", "//evil.example", "next=//evil.example", "\r\nX: y", "%zz&&=", "a" * 5000]
)
def test_no_forged_list_leads_elsewhere(desk, story, forged):
    url = f"{page_of(story)}?{urlencode({'_changelist_filters': forged})}"
    answer = desk.post(url, fields_of(desk.get(url)) | {"_save": "1"})
    assert urlsplit(answer.url)[:3] == ("", "", STORIES)
    back = [link for link in links_on(desk.get(url)) if urlsplit(link).path == STORIES]
    assert all(urlsplit(link)[:2] == ("", "") for link in back)
    assert Article.objects.get() == story
