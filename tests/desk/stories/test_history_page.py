"""The history of a story, and restoring a version."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone, translation
from pytest_django.asserts import assertNumQueries

from articles import workflow
from articles.choices import Action, BulkAction, State
from articles.editing.fields import edit
from articles.editing.restoring import restore
from articles.history.notes import describe_note, make_note
from articles.history.recording import recording
from articles.models import Article, Image, Revision
from desk.stories.history_texts import cell_label, field_label, key_label
from tests.desk.pages import by, fresh
from tests.factories import make_picture, make_related, make_story

pytestmark = pytest.mark.django_db


def kinds_of(page):
    return [entry["kind"] for entry in page.context["entries"]]


def test_history_groups_upstream_changes_and_restores_versions(desk, editor):
    story = make_story(title="One", state=State.INBOX)
    for number in range(3):
        edit(story, {"heat": number + 500}, workflow.UPSTREAM)
    edit(story, {"title": "Two words"}, by(editor))
    edit(story, {"title": "Two <b>other</b> words"}, by(editor))
    workflow.apply(workflow.Action.REJECT, story, by(editor), "Not ours")
    url = reverse("admin:articles_article_history", args=[story.pk])
    html = desk.get(url).content.decode()
    assert "3 changes by upstream" in html
    assert "<ins>&lt;b&gt;other&lt;/b&gt; </ins>" in html
    assert "Not ours" in html
    assert kinds_of(desk.get(url)) == ["transition", "revision", "revision", "upstream"]
    assert kinds_of(desk.get(url, {"by": "people"})) == ["transition", "revision", "revision"]
    second = Revision.objects.filter(actor=editor).last()
    posted = {"seen": Revision.objects.first().pk}
    response = desk.post(reverse("admin:story-restore-version", args=[story.pk, second.pk]), posted, follow=True)
    assert fresh(story).title == "Two words"
    assert "Version restored" in response.content.decode()
    assert fresh(story).state == State.REJECTED
    posted = {"seen": Revision.objects.first().pk}
    desk.post(reverse("admin:story-restore-version", args=[story.pk, 0]), posted)
    assert fresh(story).title == "One"
    assert desk.post(reverse("admin:story-restore-version", args=[story.pk, 10**9])).status_code == 404


def test_queries_stay_as_the_history_grows(desk, editor, django_assert_num_queries):
    story = make_story()
    url = reverse("admin:articles_article_history", args=[story.pk])
    edit(story, {"heat": 1}, by(editor))
    desk.get(url)
    with django_assert_num_queries(20, exact=False) as few:
        desk.get(url)
    for number in range(40):
        edit(story, {"heat": 2 + number}, by(editor))
    with assertNumQueries(len(few)):
        desk.get(url)


def test_restoring_a_published_story_is_confirmed(desk, editor):
    story = make_story(title="One")
    edit(story, {"title": "Two"}, by(editor))
    url = reverse("admin:story-restore-version", args=[story.pk, 0])
    page = desk.post(url, {"seen": Revision.objects.get().pk})
    assert "readers get the restored text at once" in page.content.decode()
    assert "<del>Two</del> <ins>One</ins>" in page.content.decode()
    assert Article.objects.get().title == "Two"
    confirmed = {"seen": page.context["latest_revision"], "confirmed": "yes"}
    edit(story, {"title": "Three"}, workflow.UPSTREAM)
    page = desk.post(url, confirmed)
    assert "Changed after you opened the history" in page.content.decode()
    assert Article.objects.get().title == "Three"
    assert desk.post(url, {"seen": page.context["latest_revision"], "confirmed": "yes"}).status_code == 302
    assert Article.objects.get().title == "One"


def test_unseen_changes_are_confirmed(desk, editor):
    story = make_story(title="One", state=State.INBOX)
    edit(story, {"title": "Two"}, by(editor))
    url = reverse("admin:story-restore-version", args=[story.pk, 0])
    posted = {"seen": Revision.objects.get().pk}
    edit(story, {"title": "Three"}, by(editor))
    assert desk.post(url, posted).status_code == 200
    assert Article.objects.get().title == "Three"


def test_past_end_is_not_restored(desk, editor):
    now = timezone.now()
    story = make_story(visible_from=now - timedelta(days=1), visible_until=now + timedelta(days=1))
    first = Revision.objects.create(
        article=story,
        actor=editor,
        fields=["visible_until"],
        changes={"visible_until": [(now - timedelta(days=2)).isoformat(), story.visible_until.isoformat()]},
    )
    assert restore(story, 0, by(editor), first.pk) == ["visible_until"]
    assert Article.objects.get().visible_until == story.visible_until


def test_removed_coverage_is_restored_with_its_pictures(editor):
    story = make_story()
    link = make_related(story, title="Theirs")
    first, second = make_picture(related_link=link, title="One"), make_picture(related_link=link, title="Two")
    Image.objects.filter(pk=second.pk).update(position=1)
    with recording(story, by(editor)):
        link.delete()
    restore(story, 0, by(editor))
    back = story.related_links.get()
    assert [(one.title, one.file.name) for one in back.images.all()] == [
        ("One", first.file.name),
        ("Two", second.file.name),
    ]
    assert not restore(story, Revision.objects.first().pk, by(editor))


def test_versions_without_pictures_leave_them_unchanged(editor):
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


def test_states_of_scheduled_and_expired_stories_are_named(desk, editor):
    story, time = make_story(state=State.INBOX), timezone.now() + timedelta(days=1)
    workflow.apply(Action.SCHEDULE, story, by(editor), "", time)
    for action in (Action.END_EMBARGO, Action.EXPIRE, Action.WITHDRAW):
        workflow.apply(action, story, by(editor))
    entries = desk.get(reverse("admin:articles_article_history", args=[story.pk])).context["entries"]
    assert [entry["states"] for entry in entries if entry["kind"] == "transition"] == [
        "Published → Withdrawn",
        "Published → Expired",
        "Scheduled → Published",
        "Inbox → Scheduled",
    ]


def test_notes_are_translated(desk, editor):
    story = make_story(title="One")
    edit(story, {"title": "Two"}, by(editor), note=make_note(BulkAction.SET_HEAT))
    restore(Article.objects.get(), 0, by(editor))
    url = f"/admin/articles/article/{story.pk}/history/"
    assert "Restored the version from 2" in desk.get(url).content.decode()
    with translation.override("de"):
        assert describe_note(Revision.objects.first().note).startswith("Fassung vom")
        assert describe_note("add_topic: KI") == "Thema hinzufügen: KI"
        assert describe_note("merged") == "Anbieter zusammengeführt"
        assert describe_note("taken: title", key_label) == "Wert der Quelle übernommen: Überschrift"


def test_german_labels_keep_the_capitals_of_their_nouns():
    with translation.override("de"):
        assert field_label("proposed_publish_at") == "Vorgeschlagene Veröffentlichungszeit"
        assert field_label("amp_url") == "AMP-URL"
        assert cell_label("related", "published_at") == "Vom Anbieter veröffentlicht"


@pytest.mark.parametrize("note", ["", "Written by hand", "restored: soon", "restored: 2026-99-99T00:00:00Z", ": x"])
def test_unknown_note_is_no_error(note):
    assert isinstance(str(describe_note(note)), str)
