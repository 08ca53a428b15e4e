"""What is kept of every change, whichever door it came through, and the way back."""

import pytest
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from hypothesis import given
from hypothesis import strategies as st

from articles import workflow
from articles.choices import Origin, State
from articles.editing.fields import Clash, edit
from articles.editing.restoring import restore, state_at
from articles.history.differences import ROWS, difference, taken_back
from articles.history.provenance import provenance_of
from articles.history.recording import recording
from articles.history.states import FIELDS, NOT_SAID, state_of
from articles.importing.conflicts import settle
from articles.importing.runner import import_sources
from articles.importing.undo import undo_batch
from articles.models import Article, Conflict, ImportBatch, Revision
from providers.merging import merge_providers
from providers.models import Provider
from tests.factories import as_document, make_picture, make_provider, make_related, make_story, make_topic, make_values

CELLS = st.dictionaries(st.sampled_from(["title", "position", "url"]), st.integers(0, 3), min_size=3, max_size=3)
STATES = st.fixed_dictionaries(
    {
        "title": st.text(max_size=3),
        "topics": st.lists(st.text(max_size=2), max_size=3),
        "images": st.dictionaries(st.sampled_from("123"), CELLS),
        "related": st.dictionaries(st.sampled_from("123"), CELLS),
    }
)


@given(STATES, STATES)
def test_taking_a_difference_back_gives_what_was_before(before, after):
    changes = difference(before, after)
    assert taken_back(after, changes) == before
    assert not difference(before, before)
    assert set(changes) == {field for field in before if before[field] != after[field]}


def by(user):
    return workflow.Actor(Origin.ADMIN, user)


@pytest.mark.django_db
class TestStates:
    def test_every_column_of_a_story_is_in_the_history_or_said_not_to_be(self):
        columns = {field.name for field in Article._meta.concrete_fields}
        assert columns == {name for name in FIELDS if name not in ("topics", *ROWS)} | NOT_SAID
        assert set(state_of(make_story().pk)) == set(FIELDS)

    def test_a_change_is_kept_with_every_field_before_and_after(self, editor):
        story, topic = make_story(title="Old"), make_topic("Space")
        with recording(story, by(editor), note="By hand"):
            story.title = "New"
            story.save()
            story.topics.add(topic)
            link = make_related(story, title="Elsewhere")
        revision = Revision.objects.get()
        assert (revision.actor, revision.origin, revision.note) == (editor, "admin", "By hand")
        assert set(revision.fields) == {"title", "topics", "related"}
        assert revision.changes["title"] == ["Old", "New"]
        assert revision.changes["related"][str(link.pk)][0] is None
        assert revision.changes["related"][str(link.pk)][1]["title"] == "Elsewhere"

    def test_what_changes_nothing_is_not_kept(self, editor):
        story = make_story(title="Same")
        with recording(story, by(editor)):
            story.save()
        assert not Revision.objects.exists()


@pytest.mark.django_db
class TestRestoring:
    def test_any_version_comes_back_with_its_rows(self, editor):
        first, second = make_topic("First"), make_topic("Second")
        story = make_story(title="One", topics=[first], outlets=2, picture=True, heat=5)
        states = [state_of(story.pk)]

        def change(**values):
            with recording(story, by(editor)):
                for name, value in values.items():
                    setattr(story, name, value)
                story.save()

        change(title="Two", heat=77)
        states.append(state_of(story.pk))
        with recording(story, by(editor)):
            story.topics.set([second])
            story.related_links.first().delete()
            story.images.update(title="Renamed")
            story.related_links.update(is_hidden=True)
        states.append(state_of(story.pk))
        change(provider=make_provider(name="Another"), excerpt="", quality=None)
        states.append(state_of(story.pk))
        numbers = [0, *Revision.objects.order_by("pk").values_list("pk", flat=True)]
        for number, state in zip(numbers, states, strict=True):
            assert state_at(story, number) == state
        for number, state in [*zip(numbers, states, strict=True)][::-1]:
            assert restore(story, number, by(editor)) == []
            assert state_of(story.pk) == state
        story.refresh_from_db()
        assert story.rank is not None
        assert Revision.objects.filter(note__startswith="restored").count() == 3

    def test_a_slug_that_another_has_by_now_stays(self, editor):
        story = make_story(slug="mine")
        with recording(story, by(editor)):
            story.slug = "moved"
            story.title = "Other"
            story.save()
        make_story(slug="mine", url_date=story.url_date, published_at=story.published_at)
        assert restore(story, 0, by(editor)) == ["slug"]
        story.refresh_from_db()
        assert (story.slug, story.title) == ("moved", state_of(story.pk)["title"])

    def test_topics_and_providers_that_were_merged_or_renamed_come_back_as_what_they_are_now(self, editor):
        topic, provider = make_topic("Old name"), make_provider(name="Gone")
        story, target = make_story(topics=[topic], provider=provider), make_provider(name="Stays")
        with recording(story, by(editor)):
            story.topics.clear()
            story.provider = None
            story.save()
        topic.name = "New name"
        topic.save()
        merge_providers(target, [provider])
        assert restore(story, 0, by(editor)) == []
        story.refresh_from_db()
        assert list(story.topics.names()) == ["New name"]
        assert story.provider == target

    def test_a_reporter_does_not_restore_what_readers_see(self, reporter):
        story = make_story()
        with pytest.raises(PermissionDenied):
            restore(story, 0, by(reporter))

    def test_a_version_of_another_story_is_none_of_this_one(self, editor):
        story, other = make_story(), make_story()
        with recording(other, by(editor)):
            other.title = "Changed"
            other.save()
        with pytest.raises(Revision.DoesNotExist):
            restore(story, Revision.objects.get().pk, by(editor))


@pytest.mark.django_db
class TestDoors:
    """No door passes the history by."""

    @pytest.fixture
    def bring(self, tmp_path):
        def bring(**values):
            path = tmp_path / "a.md"
            path.write_bytes(as_document(values))
            import_sources([str(path)], hold=False)
            return Article.objects.first()

        return bring

    def test_an_import_that_changes_a_story(self, bring):
        values = make_values(title="One", topics=["AI"], related=[])
        story = bring(**values)
        assert not Revision.objects.exists()
        bring(**values | {"secured": "other"})
        assert not Revision.objects.exists()
        bring(**values | {"title": "Two", "topics": ["AI", "Space"]})
        revision = Revision.objects.get()
        assert (revision.origin, revision.actor, set(revision.fields)) == ("import", None, {"title", "topics"})
        assert revision.batch == ImportBatch.objects.first()
        assert state_at(story, 0)["title"] == "One"

    def test_an_undone_import_and_a_settled_conflict(self, bring, editor):
        values = make_values(title="One", heat=10)
        story = bring(**values)
        edit(story, {"title": "Ours"}, by(editor))
        bring(**values | {"title": "Theirs", "heat": 20})
        batch = ImportBatch.objects.first()
        settle(Conflict.objects.get(), Conflict.Settlement.THEIRS, by(editor))
        assert Revision.objects.first().changes == {"title": ["Ours", "Theirs"]}
        assert Revision.objects.first().actor == editor
        number = Revision.objects.count()
        bring(**values | {"title": "Theirs", "heat": 33})
        undo_batch(ImportBatch.objects.first(), by(make_admin()))
        assert Revision.objects.count() == number + 2
        assert Revision.objects.first().changes["heat"] == [33, 20]
        assert batch.pk

    def test_merged_providers(self, editor):
        target, source = make_provider(name="Target"), make_provider(name="Source")
        story = make_story(provider=source)
        merge_providers(target, [source], actor=editor)
        revision = Revision.objects.get()
        assert (revision.actor, revision.article) == (editor, story)
        assert [side["name"] for side in revision.changes["provider"]] == ["Source", "Target"]
        assert not Provider.objects.filter(name="Source").exists()


def make_admin():
    return User.objects.create_superuser("root")


@pytest.mark.django_db
class TestEditing:
    def test_who_has_seen_another_value_is_told(self, editor):
        story = make_story(heat=10)
        edit(Article.objects.get(), {"heat": 20}, by(editor), seen={"heat": 10})
        with pytest.raises(Clash) as clash:
            edit(story, {"heat": 30}, by(editor), seen={"heat": 10})
        assert clash.value.fields == {"heat": 20}
        assert clash.value.revision.actor == editor
        assert Article.objects.get().heat == 20
        # Who wants what is there already has no quarrel.
        assert not edit(story, {"heat": 20}, by(editor), seen={"heat": 10})

    def test_what_takes_the_permission_to_publish(self, reporter):
        inbox, out = make_story(state=State.INBOX), make_story()
        assert edit(inbox, {"heat": 3}, by(reporter))
        for story, values in ((out, {"heat": 3}), (inbox, {"pin": 1})):
            with pytest.raises(PermissionDenied):
                edit(story, values, by(reporter))


@pytest.mark.django_db
def test_provenance_tells_upstream_from_people_and_offers_the_other(tmp_path, editor):
    values, path = make_values(title="One", excerpt="Said so"), tmp_path / "a.md"
    path.write_bytes(as_document(values))
    import_sources([str(path)])
    story = Article.objects.get()
    told = provenance_of(story, story.upstream, state_of(story.pk))
    assert (told["title"].now.is_human, told["title"].upstream, told["title"].desk) == (False, None, None)
    edit(story, {"title": "Ours"}, by(editor))
    told = provenance_of(story, story.upstream, state_of(story.pk))
    assert told["title"].now.actor == editor
    assert told["title"].upstream[0] == "One"
    assert not told["excerpt"].now.is_human
    edit(story, {"title": "One"}, workflow.UPSTREAM)
    told = provenance_of(story, story.upstream, state_of(story.pk))
    assert told["title"].upstream is None
    assert (told["title"].desk[0], told["title"].desk[1].actor) == ("Ours", editor)


@pytest.mark.django_db
def test_a_picture_removed_and_restored_is_the_same_row(editor):
    story = make_story(picture=True)
    picture = make_picture(article=story, title="Second")
    key = picture.pk
    with recording(story, by(editor)):
        picture.delete()
    restore(story, 0, by(editor))
    assert story.images.get(title="Second").pk == key
