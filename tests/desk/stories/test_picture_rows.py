"""The pictures of a story, and which one leads."""

import pytest

from articles.models import Image, Revision
from articles.models.image import CHOSEN
from tests.conftest import make_user
from tests.desk.pages import fields_of, page_of
from tests.factories import make_picture, make_story

pytestmark = pytest.mark.django_db


def pictures_in_order(story):
    return list(Image.objects.filter(article=story).order_by("position", "pk").values_list("pk", flat=True))


class TestLeadPicture:
    @pytest.fixture
    def story(self):
        story = make_story()
        for position in range(3):
            make_picture(article=story, position=position)
        return story

    def test_the_chosen_one_comes_first_without_a_script(self, desk, story):
        first, second, third = pictures_in_order(story)
        page = desk.get(page_of(story))
        html = page.content.decode()
        assert f'value="{first}" data-lead checked' in html
        posted = fields_of(page) | {"lead": str(third), "lead_seen": str(first)}
        assert desk.post(page_of(story), posted).status_code == 302
        assert pictures_in_order(story) == [third, first, second]
        assert Revision.objects.get().fields == ["images"]
        assert story.picture.lead_score == CHOSEN

    def test_a_better_picture_does_not_replace_the_chosen_one(self, desk, story):
        first, _second, third = pictures_in_order(story)
        for key, score in ((first, 20), (third, CHOSEN)):
            Image.objects.filter(pk=key).update(lead_score=score)
        html = desk.get(page_of(story)).content.decode()
        assert f'value="{third}" data-lead checked' in html
        # Choosing another one is the only thing that does.
        posted = fields_of(desk.get(page_of(story))) | {"lead": str(first), "lead_seen": str(third)}
        desk.post(page_of(story), posted)
        assert Image.objects.get(pk=first).lead_score == CHOSEN
        assert Image.objects.get(pk=third).lead_score == CHOSEN - 1

    @pytest.mark.parametrize("lead", ["", "x", "-1", "99999999", "9" * 40])
    def test_nonsense_changes_nothing(self, desk, story, lead):
        before = pictures_in_order(story)
        posted = fields_of(desk.get(page_of(story))) | {"lead": lead, "lead_seen": str(before[0])}
        assert desk.post(page_of(story), posted).status_code == 302
        assert pictures_in_order(story) == before

    def test_a_picture_of_another_story_never_leads(self, desk, story):
        other = make_picture(article=make_story())
        posted, before = fields_of(desk.get(page_of(story))), pictures_in_order(story)
        desk.post(page_of(story), posted | {"lead": str(other.pk), "lead_seen": str(before[0])})
        assert pictures_in_order(story) == before

    def test_one_without_a_copy_cannot_lead(self, desk, story):
        Image.objects.filter(pk=pictures_in_order(story)[2]).update(file="")
        html = desk.get(page_of(story)).content.decode()
        assert html.count("data-lead") == 2
        assert "not downloaded" in html

    def test_who_did_not_choose_does_not_undo_anothers_choice(self, desk, story):
        first, second, third = pictures_in_order(story)
        mine = fields_of(desk.get(page_of(story))) | {"lead": str(first), "lead_seen": str(first)}
        theirs = fields_of(desk.get(page_of(story))) | {"lead": str(second), "lead_seen": str(first)}
        desk.force_login(make_user("other", "editor"))
        desk.post(page_of(story), theirs)
        assert pictures_in_order(story) == [second, first, third]
        desk.post(page_of(story), mine | {"title": "Mine"})
        assert pictures_in_order(story) == [second, first, third]
        # Who did choose is told.
        response = desk.post(page_of(story), mine | {"lead": str(third)}, follow=True)
        assert "Someone else chose a different lead picture" in response.content.decode()
        assert pictures_in_order(story)[0] == second

    def test_the_preview_shows_the_chosen_lead_and_saves_nothing(self, desk, story):
        first, _second, third = pictures_in_order(story)
        posted = fields_of(desk.get(page_of(story))) | {"lead": str(third), "lead_seen": str(first)}
        url = f"/admin/articles/article/{story.pk}/preview/"
        assert Image.objects.get(pk=third).file.url in desk.post(url, posted).json()["card"]
        assert pictures_in_order(story)[0] == first
