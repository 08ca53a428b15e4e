"""The lead picture of a story: chosen at the desk, or by size and shape."""

import pytest

from articles.models import Article, Image, Revision
from articles.models.image import CHOSEN, UNRATED
from pictures.storing import store_picture
from tests.conftest import make_user
from tests.desk.pages import fields_of, page_of, page_text
from tests.factories import make_picture, make_story
from tests.picture_files import picture_bytes

pytestmark = pytest.mark.django_db
AUTO = {"lead_seen": "auto"}


def pictures_in_order(story):
    return list(Image.objects.filter(article=story).order_by("position", "pk").values_list("pk", flat=True))


def scores(story):
    return list(Image.objects.filter(article=story).order_by("position", "pk").values_list("lead_score", flat=True))


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
        text = page_text(page)
        assert 'value="auto" data-automatic checked' in text
        assert [f'value="{key}" data-lead >' in text for key in (first, second, third)] == [True] * 3
        assert text.count("Leads the story") == 1
        posted = fields_of(page) | AUTO | {"lead": str(third)}
        assert desk.post(page_of(story), posted).status_code == 302
        assert pictures_in_order(story) == [third, first, second]
        assert scores(story) == [CHOSEN, UNRATED, UNRATED]
        assert Revision.objects.get().fields == ["images"]
        assert f'value="{third}" data-lead checked' in page_text(desk.get(page_of(story)))

    def test_the_one_that_leads_by_its_size_can_be_chosen(self, desk, story):
        first = pictures_in_order(story)[0]
        desk.post(page_of(story), fields_of(desk.get(page_of(story))) | AUTO | {"lead": str(first)})
        assert scores(story) == [CHOSEN, UNRATED, UNRATED]

    def test_a_choice_can_be_cleared(self, desk, story):
        keys = pictures_in_order(story)
        stored = store_picture(picture_bytes((1200, 800)))
        Image.objects.filter(pk=keys[1]).update(lead_score=CHOSEN, stored=stored, file=stored.file)
        posted = fields_of(desk.get(page_of(story))) | {"lead": "auto", "lead_seen": str(keys[1])}
        assert desk.post(page_of(story), posted).status_code == 302
        # As a download of that size and shape is rated.
        assert scores(story) == [UNRATED, 32, UNRATED]
        assert pictures_in_order(story) == keys

    def test_a_better_picture_does_not_replace_the_chosen_one(self, desk, story):
        first, _second, third = pictures_in_order(story)
        for key, score in ((first, 40), (third, CHOSEN)):
            Image.objects.filter(pk=key).update(lead_score=score)
        assert f'value="{third}" data-lead checked' in page_text(desk.get(page_of(story)))
        desk.post(page_of(story), fields_of(desk.get(page_of(story))) | {"title": "Typed"})
        assert Article.objects.get(pk=story.pk).picture.pk == third

    def test_another_choice_rates_the_former_one_again(self, desk, story):
        keys = pictures_in_order(story)
        Image.objects.filter(pk=keys[0]).update(lead_score=CHOSEN)
        posted = fields_of(desk.get(page_of(story))) | {"lead": str(keys[2]), "lead_seen": str(keys[0])}
        desk.post(page_of(story), posted)
        assert scores(story) == [CHOSEN, UNRATED, UNRATED]

    @pytest.mark.parametrize("lead", ["", "x", "-1", "99999999", "9" * 40, "upload:", "upload:x"])
    def test_nonsense_changes_nothing(self, desk, story, lead):
        before = pictures_in_order(story)
        posted = fields_of(desk.get(page_of(story))) | AUTO | {"lead": lead}
        assert desk.post(page_of(story), posted).status_code == 302
        assert (pictures_in_order(story), scores(story)) == (before, [UNRATED] * 3)

    def test_a_picture_of_another_story_never_leads(self, desk, story):
        other = make_picture(article=make_story())
        posted, before = fields_of(desk.get(page_of(story))), pictures_in_order(story)
        desk.post(page_of(story), posted | AUTO | {"lead": str(other.pk)})
        assert (pictures_in_order(story), scores(story)) == (before, [UNRATED] * 3)

    def test_one_without_a_copy_cannot_lead(self, desk, story):
        third = pictures_in_order(story)[2]
        Image.objects.filter(pk=third).update(file="")
        text = page_text(desk.get(page_of(story)))
        assert f'value="{third}" data-lead disabled' in text
        desk.post(page_of(story), fields_of(desk.get(page_of(story))) | AUTO | {"lead": str(third)})
        assert scores(story) == [UNRATED] * 3

    def test_who_did_not_choose_does_not_undo_anothers_choice(self, desk, story):
        first, second, third = pictures_in_order(story)
        mine = fields_of(desk.get(page_of(story))) | AUTO | {"lead": "auto"}
        theirs = mine | {"lead": str(second)}
        desk.force_login(make_user("other", "editor"))
        desk.post(page_of(story), theirs)
        assert pictures_in_order(story) == [second, first, third]
        desk.post(page_of(story), mine | {"title": "Mine"})
        assert pictures_in_order(story) == [second, first, third]
        # Who did choose gets a message.
        response = desk.post(page_of(story), mine | {"lead": str(third)}, follow=True)
        assert "Someone else chose a different lead picture" in response.content.decode()
        assert pictures_in_order(story)[0] == second

    def test_the_preview_shows_the_chosen_lead_and_saves_nothing(self, desk, story):
        first, _second, third = pictures_in_order(story)
        posted = fields_of(desk.get(page_of(story))) | AUTO | {"lead": str(third)}
        url = f"/admin/articles/article/{story.pk}/preview/"
        assert Image.objects.get(pk=third).file.url in desk.post(url, posted).json()["card"]
        assert pictures_in_order(story)[0] == first
