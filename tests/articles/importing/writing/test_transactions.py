"""Changes of topics and states that belong together are written together."""

import pytest

from articles import workflow
from articles.choices import Action, Origin, Owner, State
from articles.models import Topic, TopicAlias
from tests.conftest import make_user
from tests.factories import make_story, make_topic

pytestmark = pytest.mark.django_db


def test_topic_is_saved_with_its_alias_or_not_at_all(monkeypatch):
    topic = make_topic("Climate")

    def fail(*args, **kwargs):
        raise RuntimeError("broken")

    monkeypatch.setattr(TopicAlias.objects, "update_or_create", fail)
    topic.slug = "another"
    for unsaved in (topic, Topic(name="Sea")):
        with pytest.raises(RuntimeError, match="broken"):
            unsaved.save()
    assert list(Topic.objects.values_list("name", "slug")) == [("Climate", "climate")]


@pytest.mark.parametrize(
    ("actor", "owner"),
    [
        (workflow.UPSTREAM, Owner.UPSTREAM),
        (workflow.COMMAND_LINE, Owner.DESK),
    ],
)
def test_change_by_upstream_leaves_the_state_to_upstream(actor, owner):
    story = make_story(state=State.INBOX)
    workflow.apply(Action.PUBLISH, story, actor)
    story.refresh_from_db()
    assert story.state_owner == owner


def test_import_by_a_user_counts_as_upstreams_change():
    story, user = make_story(state=State.INBOX), make_user("root", is_superuser=True)
    workflow.apply(Action.PUBLISH, story, workflow.Actor(Origin.IMPORT, user))
    story.refresh_from_db()
    assert story.state_owner == Owner.UPSTREAM
