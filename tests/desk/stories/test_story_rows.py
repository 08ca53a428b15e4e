"""Related coverage and pictures on a story's page: their order, the picture that leads, and the way back."""

import pytest
from django.utils import translation

from articles import workflow
from articles.choices import BulkAction, Origin
from articles.editing.fields import edit
from articles.editing.restoring import restore
from articles.history.notes import describe_note, make_note
from articles.history.recording import recording
from articles.models import Article, Image, Revision
from tests.conftest import make_user
from tests.desk.test_desk import fields_of, page_of
from tests.factories import make_picture, make_related, make_story

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(client, editor):
    client.force_login(editor)
    return client


def by(user):
    return workflow.Actor(Origin.ADMIN, user)


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

    @pytest.mark.parametrize("lead", ["", "x", "-1", "99999999", "9" * 40])
    def test_nonsense_changes_nothing(self, desk, story, lead):
        before = pictures_in_order(story)
        posted = fields_of(desk.get(page_of(story))) | {"lead": lead, "lead_seen": str(before[0])}
        assert desk.post(page_of(story), posted).status_code == 302
        assert pictures_in_order(story) == before

    def test_a_picture_of_another_story_never_leads(self, desk, story):
        other = make_picture(article=make_story())
        posted = fields_of(desk.get(page_of(story)))
        desk.post(page_of(story), posted | {"lead": str(other.pk), "lead_seen": str(pictures_in_order(story)[0])})
        assert other.pk not in pictures_in_order(story)

    def test_one_without_a_copy_cannot_lead(self, desk, story):
        Image.objects.filter(pk=pictures_in_order(story)[2]).update(file="")
        html = desk.get(page_of(story)).content.decode()
        assert html.count("data-lead") == 2
        assert "no copy yet" in html

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
        assert "Somebody else chose another lead picture" in response.content.decode()
        assert pictures_in_order(story)[0] == second

    def test_the_preview_leads_with_it_and_keeps_nothing(self, desk, story):
        first, _second, third = pictures_in_order(story)
        posted = fields_of(desk.get(page_of(story))) | {"lead": str(third), "lead_seen": str(first)}
        url = f"/admin/articles/article/{story.pk}/preview/"
        assert Image.objects.get(pk=third).file.url in desk.post(url, posted).json()["card"]
        assert pictures_in_order(story)[0] == first


class TestRestoring:
    def test_coverage_that_was_removed_comes_back_with_its_pictures(self, editor):
        story = make_story()
        link = make_related(story, title="Theirs")
        kept, other = make_picture(related_link=link, title="One"), make_picture(related_link=link, title="Two")
        Image.objects.filter(pk=other.pk).update(position=1)
        with recording(story, by(editor)):
            link.delete()
        restore(story, 0, by(editor))
        back = story.related_links.get()
        assert [(one.title, one.file.name) for one in back.images.all()] == [
            ("One", kept.file.name),
            ("Two", other.file.name),
        ]
        assert not restore(story, Revision.objects.first().pk, by(editor))

    def test_versions_from_before_pictures_were_kept_say_nothing_of_them(self, editor):
        story = make_story()
        link = make_related(story, title="Theirs")
        make_picture(related_link=link)
        with recording(story, by(editor)):
            link.title = "Ours"
            link.save()
        restore(story, 0, by(editor))
        assert story.related_links.get().images.count() == 1
        revision = Revision.objects.order_by("pk").first()
        assert set(revision.changes["related"][str(link.pk)][0]) == {"title"}


class TestNotes:
    def test_what_is_kept_is_told_in_the_readers_language(self, desk, editor):
        story = make_story(title="One")
        edit(story, {"title": "Two"}, by(editor), note=make_note(BulkAction.SET_HEAT))
        restore(Article.objects.get(), 0, by(editor))
        url = f"/admin/articles/article/{story.pk}/history/"
        assert "Restored the version of 2" in desk.get(url).content.decode()
        with translation.override("de"):
            assert describe_note(Revision.objects.first().note).startswith("Fassung vom")
            assert describe_note("add_topic: KI") == "Thema hinzufügen: KI"
            assert describe_note("merged") == "Medien wurden zusammengeführt"

    @pytest.mark.parametrize("note", ["", "Written by hand", "restored: soon", "restored: 2026-99-99T00:00:00Z", ": x"])
    def test_any_other_note_is_no_error(self, note):
        assert isinstance(str(describe_note(note)), str)
