"""Quality and heat, edited in the rows of the list."""

import re

import pytest
from django.utils import translation

from articles.editing.fields import edit
from articles.models import Article, Revision
from articles.workflow import UPSTREAM
from desk.stories.score_form import describe_score_clash
from newsroom.dates import brief_time
from tests.desk.pages import STORIES, by, fresh, page_text
from tests.factories import make_story

pytestmark = pytest.mark.django_db


def test_quality_and_heat_are_edited_in_place(client, editor):
    story = make_story(quality=10, heat=10)
    client.force_login(editor)
    response = client.post(
        STORIES,
        {
            "form-TOTAL_FORMS": 1,
            "form-INITIAL_FORMS": 1,
            "form-0-id": story.pk,
            "form-0-quality": 77,
            "form-0-heat": 88,
            "initial-form-0-quality": 10,
            "initial-form-0-heat": 10,
            "_save": "Save",
        },
    )
    assert response.status_code == 302
    story.refresh_from_db()
    assert (story.quality, story.heat) == (77, 88)
    assert story.rank == pytest.approx(make_story(heat=88, published_at=story.published_at).rank)


@pytest.mark.parametrize("heat", ["1000000000000", "-2", "hot"])
def test_impossible_heat_is_refused_with_a_message(client, editor, heat):
    story = make_story(heat=10)
    client.force_login(editor)
    response = client.post(
        STORIES,
        {
            "form-TOTAL_FORMS": 1,
            "form-INITIAL_FORMS": 1,
            "form-0-id": story.pk,
            "form-0-quality": 77,
            "form-0-heat": heat,
            "_save": "Save",
        },
    )
    assert response.status_code == 200
    assert response.context["cl"].formset.errors[0]["heat"]
    assert Article.objects.get().heat == 10


def test_score_that_changed_meanwhile_is_refused(desk, other):
    first, second = make_story(heat=10, quality=1), make_story(heat=10, quality=1)
    posted = {"form-TOTAL_FORMS": 2, "form-INITIAL_FORMS": 2, "_save": "Save"}
    for number, story in enumerate((second, first)):
        posted |= {f"form-{number}-id": story.pk}
        for name, value in (("quality", 1), ("heat", 10)):
            posted |= {f"form-{number}-{name}": value, f"initial-form-{number}-{name}": value}
    edit(first, {"heat": 70}, by(other))
    # Untouched here, it stays what another made of it.
    assert desk.post(STORIES, posted | {"form-0-heat": 5}).status_code == 302
    assert (fresh(first).heat, fresh(second).heat) == (70, 5)
    response = desk.post(STORIES, posted | {"form-1-heat": 33})
    assert response.status_code == 200
    (revision,) = Revision.objects.filter(article=first)
    assert f"other set this to 70 ({brief_time(revision.created_at)}). Save again" in response.content.decode()
    assert fresh(first).heat == 70
    assert Revision.objects.filter(article=second).get().fields == ["heat"]
    # Who has been told saves again, unless it has changed once more.
    again = re.findall(
        r'name="((?:initial-)?form-\d-(?:heat|id))" (?:id="[^"]*" )?value="(-?\d*)"', page_text(response)
    )
    again = posted | dict(again)
    assert (again["form-1-heat"], again["initial-form-1-heat"]) == ("33", "70")
    edit(first, {"heat": 71}, by(other))
    response = desk.post(STORIES, again)
    assert "other set this to 71" in response.content.decode()
    assert desk.post(STORIES, again | {"initial-form-1-heat": 71}).status_code == 302
    assert fresh(first).heat == 33


def test_a_score_that_no_version_recorded_is_refused_without_a_time(desk):
    story = make_story(heat=10)
    Article.objects.filter(pk=story.pk).update(heat=70)
    posted = {"form-TOTAL_FORMS": 1, "form-INITIAL_FORMS": 1, "form-0-id": story.pk, "_save": "Save"}
    response = desk.post(STORIES, posted | {"form-0-heat": 20, "initial-form-0-heat": 10})
    assert "Someone else changed this to 70. Save again to use your value." in response.content.decode()


def test_the_message_about_a_changed_score_is_a_german_sentence(other):
    story = make_story(heat=10)
    edit(story, {"heat": 70}, by(other))
    edit(story, {"quality": 80}, UPSTREAM)
    of_other, of_upstream = Revision.objects.order_by("pk")
    with translation.override("de"):
        end = ". Erneut speichern, um den eigenen zu verwenden."
        assert describe_score_clash(story, "heat", 70) == (
            f"other hat den Wert auf 70 gesetzt: {brief_time(of_other.created_at)}{end}"
        )
        assert describe_score_clash(story, "quality", 80) == (
            f"Die Quelle hat den Wert auf 80 gesetzt: {brief_time(of_upstream.created_at)}{end}"
        )
