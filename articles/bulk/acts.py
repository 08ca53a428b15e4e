"""What can be done to one story of a bulk change. Each act locks the story, and is its own transaction."""

from django.core.exceptions import PermissionDenied
from django.utils.dateparse import parse_datetime

from articles import workflow
from articles.choices import Action, BulkAction
from articles.editing import edit, may_edit
from articles.history.notes import note_of
from articles.history.recording import recording
from articles.models import ArticleTopic, Topic
from articles.models.coverage import SCORE_LIMIT
from articles.ranking import NOT_SCORED
from providers.models import Provider

OPTIONS = {
    BulkAction.SCHEDULE: ("visible_from",),
    BulkAction.REJECT: ("reason",),
    BulkAction.WITHDRAW: ("reason",),
    BulkAction.SET_HEAT: ("heat",),
    BulkAction.SHIFT_HEAT: ("by",),
    BulkAction.SET_QUALITY: ("quality",),
    BulkAction.ADD_TOPIC: ("topic",),
    BulkAction.REMOVE_TOPIC: ("topic",),
    BulkAction.CHANGE_PROVIDER: ("provider",),
}
TRANSITIONS = {
    BulkAction.PUBLISH: Action.PUBLISH,
    BulkAction.SCHEDULE: Action.SCHEDULE,
    BulkAction.SUBMIT: Action.SUBMIT,
    BulkAction.REJECT: Action.REJECT,
    BulkAction.WITHDRAW: Action.WITHDRAW,
    BulkAction.RESTORE: Action.RESTORE,
}


def permission_for(action):
    """Return the permission that a bulk action takes; of single stories more may be asked."""
    return workflow.RULES[TRANSITIONS[action]].permission if action in TRANSITIONS else workflow.EDIT


class Act:
    """A bulk action with its options read: called with a story it does it, and returns whether anything changed.

    The story is to be fresh and locked.

    Raises what `workflow.apply` and `editing.edit` raise. ValueError from the constructor says that an option,
    a topic or a provider, is gone.
    """

    def __init__(self, action, options, actor):
        self.action, self.options, self.actor = BulkAction(action), options, actor
        self.visible_from = parse_datetime(options["visible_from"]) if "visible_from" in options else None
        self.topic = found(Topic, options["topic"]) if "topic" in options else None
        self.provider = found(Provider, options["provider"]) if options.get("provider") else None

    def __call__(self, story):
        if self.action in TRANSITIONS:
            reason = self.options.get("reason", "")
            workflow.apply(TRANSITIONS[self.action], story, self.actor, reason, self.visible_from)
            return True
        if self.topic:
            return self.retag(story)
        return edit(story, self.values_for(story), self.actor, note=note_of(self.action))

    def values_for(self, story):
        """Return the columns to set, of a story that is fresh and locked."""
        match self.action:
            case BulkAction.SET_HEAT:
                return {"heat": self.options["heat"]}
            case BulkAction.SET_QUALITY:
                return {"quality": self.options["quality"]}
            case BulkAction.CHANGE_PROVIDER:
                return {"provider": self.provider}
        # What is not scored has no heat to shift.
        shifted = max(0, min(SCORE_LIMIT, story.heat + self.options["by"]))
        return {} if story.heat == NOT_SCORED else {"heat": shifted}

    def retag(self, story):
        if not may_edit(story, self.actor):
            raise PermissionDenied
        links = ArticleTopic.objects.filter(content_object=story, tag=self.topic)
        if links.exists() == (self.action == BulkAction.ADD_TOPIC):
            return False
        with recording(story, self.actor, note=note_of(self.action, self.topic.name)):
            if self.action == BulkAction.ADD_TOPIC:
                ArticleTopic.objects.create(content_object=story, tag=self.topic)
            else:
                links.delete()
            story.save(update_fields=["updated_at"])
        return True


def found(model, key):
    row = model.objects.filter(pk=key).first()
    if row is None:
        raise ValueError(f"{model._meta.verbose_name}: {key}")
    return row
