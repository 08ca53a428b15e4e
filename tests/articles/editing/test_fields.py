"""Changing single fields of a story outside its form."""

import pytest
from django.core.exceptions import PermissionDenied

from articles import workflow
from articles.choices import Origin, State
from articles.editing.fields import EditConflict, edit
from articles.models import Article
from tests.factories import make_story


def by(user):
    return workflow.Actor(Origin.ADMIN, user)


@pytest.mark.django_db
class TestEditing:
    def test_unexpected_current_value_is_a_conflict(self, editor):
        story = make_story(heat=10)
        edit(Article.objects.get(), {"heat": 20}, by(editor), expected={"heat": 10})
        with pytest.raises(EditConflict) as conflict:
            edit(story, {"heat": 30}, by(editor), expected={"heat": 10})
        assert conflict.value.current_values == {"heat": 20}
        assert conflict.value.revision.actor == editor
        assert Article.objects.get().heat == 20
        # Setting the value it already has is no conflict.
        assert not edit(story, {"heat": 20}, by(editor), expected={"heat": 10})

    def test_published_stories_and_pins_require_the_permission_to_publish(self, reporter):
        inbox, out = make_story(state=State.INBOX), make_story()
        assert edit(inbox, {"heat": 3}, by(reporter))
        for story, values in ((out, {"heat": 3}), (inbox, {"pin": 1})):
            with pytest.raises(PermissionDenied):
                edit(story, values, by(reporter))
