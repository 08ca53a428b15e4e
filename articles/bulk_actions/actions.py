"""What can be done to one story of a bulk change. Each act locks the story, and is its own transaction."""

from django.core.exceptions import PermissionDenied
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from articles import workflow
from articles.choices import Action, BulkAction
from articles.editing.fields import edit
from articles.editing.pins import holder_of
from articles.history.notes import make_note
from articles.history.recording import recording
from articles.models import ArticleTopic, Revision, Topic
from articles.models.coverage import SCORE_LIMIT
from articles.permissions import may_edit
from articles.ranking import NOT_SCORED
from articles.sanitising import plain_text
from articles.topic_suggestions import Suggester
from newsroom.dates import exact_time
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
    BulkAction.REPLACE_TOPIC: ("topic", "other_topic"),
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
# With these, text that changed after the preview does not go live: nobody with the right to publish has read it.
NEED_A_READ_TEXT = frozenset({BulkAction.PUBLISH, BulkAction.SCHEDULE, BulkAction.RESTORE})
# The option that says up to which Revision of all stories the preview had seen.
SEEN = "seen"


def permission_for(action):
    """Return the permission that a bulk action takes; of single stories more may be asked."""
    return workflow.RULES[TRANSITIONS[action]].permission if action in TRANSITIONS else workflow.EDIT


class Act:
    """A bulk action with its options read: called with a story it does it, and returns whether anything changed.

    What is not the same for all stories it returns in words.

    The story is to be fresh and locked.

    Raises what `workflow.apply` and `editing.edit` raise. ValueError from the constructor says that an option,
    a topic or a provider, is gone.
    """

    def __init__(self, action, options, actor):
        self.action, self.options, self.actor = BulkAction(action), options, actor
        self.visible_from = parse_datetime(options["visible_from"]) if "visible_from" in options else None
        self.topic = found(Topic, options["topic"]) if "topic" in options else None
        self.other_topic = found(Topic, options["other_topic"]) if "other_topic" in options else None
        self.suggester = Suggester() if self.action == BulkAction.ADD_SUGGESTED else None
        self.provider = found(Provider, options["provider"]) if options.get("provider") else None

    def __call__(self, story):
        if self.action in TRANSITIONS:
            self.check_for_surprises(story)
            reason, before = self.options.get("reason", ""), workflow.describe_state(story)
            workflow.apply(TRANSITIONS[self.action], story, self.actor, reason, self.visible_from)
            return f"{before} → {workflow.describe_state(story)}{slot_in_words(story)}"
        if self.topic or self.suggester:
            return self.retag(story)
        values = self.values_for(story)
        before = {name: getattr(story, name) for name in values}
        if not edit(story, values, self.actor, note=make_note(self.action)):
            return False
        return ", ".join(f"{in_words(before[name])} → {in_words(value)}" for name, value in values.items())

    def check_for_surprises(self, story):
        """Raise BadRequest for text that changed after the preview, and for publishing before a proposed time."""
        seen = self.options.get(SEEN)
        is_checked = self.action in NEED_A_READ_TEXT and seen is not None
        if is_checked and Revision.objects.filter(article=story, pk__gt=seen).exists():
            raise workflow.BadRequest(_("Changed since the preview. Open the story, or start again."))
        proposed = story.proposed_publish_at
        if self.action == BulkAction.PUBLISH and proposed and proposed > timezone.now():
            text = _("Proposed for %(time)s. Schedule it, or publish it from its own page.")
            raise workflow.BadRequest(text % {"time": exact_time(proposed)})

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
        if not may_edit(self.actor, story):
            raise PermissionDenied
        links = {link.tag_id: link for link in ArticleTopic.objects.filter(content_object=story)}
        gone, new = self.change_of(story, links.keys())
        if not gone and not new:
            return False
        names = " → ".join(topic.name for topic in (self.topic, self.other_topic) if topic)
        with recording(story, self.actor, note=make_note(self.action, names)):
            for key in new:
                if gone:
                    # The new topic takes the place of the old one.
                    links[gone.pop()].delete()
                ArticleTopic.objects.create(content_object=story, tag_id=key)
            ArticleTopic.objects.filter(content_object=story, tag__in=gone).delete()
            story.save(update_fields=["updated_at"])
        return ", ".join(Topic.objects.filter(pk__in=new).values_list("name", flat=True)) if self.suggester else True

    def change_of(self, story, has):
        """Return (keys of topics to take away, keys of those to give) for a story that has those `has`, keys, too."""
        topic = self.topic and self.topic.pk
        match self.action:
            case BulkAction.ADD_TOPIC:
                return [], [] if topic in has else [topic]
            case BulkAction.REMOVE_TOPIC:
                return [topic] if topic in has else [], []
            case BulkAction.REPLACE_TOPIC if topic in has and topic != self.other_topic.pk:
                return [topic], [] if self.other_topic.pk in has else [self.other_topic.pk]
            case BulkAction.ADD_SUGGESTED:
                return [], [topic.pk for topic in self.suggester.sure(story, without=has)]
        return [], []


def slot_in_words(story):
    """Return what is to be said if a story that is out now shares its slot on the front page with another."""
    holder = holder_of(story.pin, story.pk) if story.pin and story.published else None
    if holder is None:
        return ""
    values = {"slot": story.pin, "story": plain_text(holder.title)}
    return "; " + _("slot %(slot)d also holds “%(story)s”") % values


def in_words(value):
    """Return a number or provider as the list of stories has it."""
    return "–" if value in (None, NOT_SCORED) else plain_text(str(value))


def found(model, key):
    row = model.objects.filter(pk=key).first()
    if row is None:
        raise ValueError(f"{model._meta.verbose_name}: {key}")
    return row
