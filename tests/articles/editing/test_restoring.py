"""Restoring older versions of a story."""

import pytest
from django.core.exceptions import PermissionDenied

from articles import workflow
from articles.choices import Origin
from articles.editing.restoring import restore, state_at
from articles.history.recording import recording
from articles.history.states import state_of
from articles.models import Revision
from providers.merging import merge_providers
from tests.factories import make_picture, make_provider, make_story, make_topic


def by(user):
    return workflow.Actor(Origin.ADMIN, user)


@pytest.mark.django_db
class TestRestoring:
    def test_any_version_is_restored_with_its_rows(self, editor):
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

    def test_slug_of_another_story_is_not_restored(self, editor):
        story = make_story(slug="mine")
        with recording(story, by(editor)):
            story.slug = "moved"
            story.title = "Other"
            story.save()
        make_story(slug="mine", url_date=story.url_date, published_at=story.published_at)
        assert restore(story, 0, by(editor)) == ["slug"]
        story.refresh_from_db()
        assert (story.slug, story.title) == ("moved", state_of(story.pk)["title"])

    def test_merged_and_renamed_topics_and_providers_are_restored_under_their_present_names(self, editor):
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

    def test_reporter_cannot_restore_a_published_story(self, reporter):
        story = make_story()
        with pytest.raises(PermissionDenied):
            restore(story, 0, by(reporter))

    def test_version_of_another_story_is_refused(self, editor):
        story, other = make_story(), make_story()
        with recording(other, by(editor)):
            other.title = "Changed"
            other.save()
        with pytest.raises(Revision.DoesNotExist):
            restore(story, Revision.objects.get().pk, by(editor))


@pytest.mark.django_db
def test_restored_picture_has_its_former_key(editor):
    story = make_story(picture=True)
    picture = make_picture(article=story, title="Second")
    key = picture.pk
    with recording(story, by(editor)):
        picture.delete()
    restore(story, 0, by(editor))
    assert story.images.get(title="Second").pk == key
