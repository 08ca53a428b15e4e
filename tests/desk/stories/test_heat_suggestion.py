"""The suggested heat on a story's page and after saving."""

import pytest
from django.urls import reverse

from articles.choices import State
from articles.editing.suggested_heat import suggest_heat
from articles.models import Revision
from tests.desk.pages import fields_of, fresh, page_of, page_text
from tests.factories import make_related, make_story

pytestmark = pytest.mark.django_db


def accept(story):
    return reverse("admin:story-suggested-heat", args=[story.pk])


@pytest.mark.parametrize(("quality", "outlets", "heat"), [(45, 3, 105), (45, 0, 45), (0, 1, 20), (None, 2, None)])
def test_rule(quality, outlets, heat):
    story = make_story(quality=quality, outlets=outlets, heat=-1)
    suggestion = suggest_heat(story)
    assert (suggestion and suggestion.heat) == heat


def test_hidden_coverage_does_not_count_and_the_step_is_a_setting(settings):
    settings.HEAT_PER_RELATED = 7
    story = make_story(quality=10, outlets=2, heat=-1)
    make_related(story, is_hidden=True)
    assert str(suggest_heat(story)) == "10 + 7 × 2 related = 24"


def test_unscored_story_shows_it_with_its_parts(desk):
    story = make_story(quality=45, outlets=3, heat=-1, state=State.INBOX)
    page = page_text(desk.get(page_of(story)))
    assert "Suggested heat: 45 + 20 × 3 related = 105" in page
    assert "{&quot;heat&quot;: &quot;105&quot;}" in page


def test_scored_story_does_not_show_it(desk):
    story = make_story(quality=45, outlets=3, heat=50)
    assert "Suggested heat" not in page_text(desk.get(page_of(story)))


def test_publishing_an_unscored_story_offers_it_and_one_click_accepts_it(desk, editor):
    story = make_story(quality=45, outlets=3, heat=-1, state=State.INBOX)
    posted = fields_of(desk.get(page_of(story))) | {"articles_article_publish": "1"}
    response = desk.post(page_of(story), posted, follow=True)
    assert f'action="{accept(story)}"' in response.content.decode()
    assert (fresh(story).state, fresh(story).heat) == (State.PUBLISHED, -1)
    desk.post(accept(story), {"heat": "105"})
    assert fresh(story).heat == 105
    revision = Revision.objects.filter(article=story).latest("pk")
    assert (revision.actor, revision.fields) == (editor, ["heat"])


def test_hiding_coverage_offers_it(desk):
    story = make_story(quality=45, outlets=3, heat=105)
    posted = fields_of(desk.get(page_of(story))) | {"related_links-0-is_hidden": "on"}
    response = desk.post(page_of(story), posted, follow=True)
    assert "45 + 20 × 2 related = 85" in page_text(response)
    assert fresh(story).heat == 105


def test_typed_heat_is_the_answer(desk):
    story = make_story(quality=45, outlets=3, heat=105)
    posted = fields_of(desk.get(page_of(story))) | {"related_links-0-is_hidden": "on", "heat": "200"}
    assert "Suggested heat" not in page_text(desk.post(page_of(story), posted, follow=True))


def test_other_changes_offer_nothing(desk):
    story = make_story(quality=45, outlets=3, heat=50)
    posted = fields_of(desk.get(page_of(story))) | {"title": "New"}
    assert "Suggested heat" not in page_text(desk.post(page_of(story), posted, follow=True))


def test_offer_that_is_out_of_date_is_refused(desk):
    story = make_story(quality=45, outlets=3, heat=50)
    response = desk.post(accept(story), {"heat": "85"}, follow=True)
    assert "The suggested heat has changed in the meantime." in page_text(response)
    assert fresh(story).heat == 50


def test_accepting_takes_the_permission_to_edit(client, reporter):
    client.force_login(reporter)
    story = make_story(quality=45, heat=-1)
    assert client.post(accept(story), {"heat": "45"}).status_code == 403


def test_offer_for_a_deleted_story(desk):
    story = make_story(quality=45, heat=-1)
    url = accept(story)
    story.delete()
    assert desk.post(url, {"heat": "45"}).status_code == 404
