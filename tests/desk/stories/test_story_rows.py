"""The rows of the list of stories, and what a browser posts of them."""

import re

import pytest

from articles.choices import State
from articles.models import Article
from tests.conftest import make_user
from tests.desk.pages import STORIES
from tests.factories import make_story
from tests.page_parts import fields

pytestmark = pytest.mark.django_db


def posted_from(page):
    """What a browser would post of the list's form: every field that is drawn and not disabled."""
    html = page.content.decode()
    form = html[html.index('<form id="changelist-form"') :]
    fields = re.findall(r"<input ([^>]*)>", form[: form.index("</form>")])
    posted = {}
    for attributes in fields:
        values = dict(re.findall(r'([\w-]+)="([^"]*)"', attributes))
        if values.get("type") in ("hidden", "number"):
            posted[values["name"]] = values.get("value", "")
    return posted


def test_the_rendered_list_can_be_posted(desk):
    cold, hot = make_story(heat=1, quality=None), make_story(heat=9, quality=7)
    posted = posted_from(desk.get(STORIES))
    assert desk.post(STORIES, posted | {"_save": "Save"}).status_code == 302
    assert Article.objects.get(pk=cold.pk).updated_at == cold.updated_at
    number = next(name for name, key in posted.items() if (name[-3:], key) == ("-id", str(hot.pk))).split("-")[1]
    desk.post(STORIES, posted | {f"form-{number}-heat": "44", "_save": "Save"})
    assert list(Article.objects.order_by("pk").values_list("heat", "quality")) == [(1, None), (44, 7)]


def test_errors_are_shown_beside_the_typed_values(desk):
    make_story(heat=1, title="<b>Bold</b> & co")
    posted = posted_from(desk.get(STORIES))
    response = desk.post(STORIES, posted | {"form-0-heat": '12"><', "form-0-quality": "8", "_save": "Save"})
    html = response.content.decode()
    assert response.status_code == 200
    assert 'aria-invalid="true"' in html
    assert 'value="12&quot;&gt;&lt;"' in html
    assert "Enter a whole number." in html
    # What was typed beside it is kept, and still guarded by what was seen first.
    again = posted_from(response)
    assert (again["form-0-quality"], again["initial-form-0-quality"]) == ("8", posted["initial-form-0-quality"])
    assert Article.objects.get().heat == 1


def test_who_may_not_judge_reads_the_number(client, reporter):
    make_story(heat=77)
    client.force_login(reporter)
    form = "//form[@id='changelist-form']//tbody"
    assert fields(client.get(STORIES), form) == ["_selected_action"]
    Article.objects.update(state=State.INBOX)
    assert fields(client.get(STORIES), form) == ["_selected_action", "form-0-quality", "form-0-heat"]
    reader = make_user("reader")
    client.force_login(reader)
    assert client.get(STORIES).status_code == 403


def test_each_row_is_named_for_those_who_hear_it(desk):
    make_story(title="Tide &amp; time <i>wait</i>")
    html = desk.get(STORIES).content.decode()
    assert 'aria-label="Heat: Tide &amp; time wait"' in html
    assert 'aria-label="Select: Tide &amp; time wait"' in html


def test_nothing_found_says_what_to_try(desk):
    assert "No stories match." in desk.get(STORIES, {"q": "xyzzy"}).content.decode()
