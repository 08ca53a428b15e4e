"""What a bulk change does to one story."""

from collections.abc import Collection, Mapping
from typing import Any, TypeVar

from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from articles import workflow
from articles.choices import Action, BulkAction
from articles.editing.fields import edit
from articles.editing.pins import holder_of
from articles.history.notes import make_note
from articles.history.recording import recording
from articles.models import Article, ArticleTopic, Revision, Topic
from articles.models.coverage import SCORE_LIMIT
from articles.permissions import EDIT, may_edit
from articles.ranking import NOT_SCORED
from articles.sanitising import plain_text
from articles.topic_suggestions import Suggester
from newsroom.dates import format_time
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
# Text that changed after the preview is not published: nobody with the permission to publish has read it.
NEED_CURRENT_PREVIEW = frozenset({BulkAction.PUBLISH, BulkAction.SCHEDULE, BulkAction.RESTORE})
# The stored option with the number of the latest Revision of all stories when the preview was made.
LATEST_REVISION = "seen"
# The stored options of an action: those of OPTIONS, and LATEST_REVISION.
Options = Mapping[str, Any]
Row = TypeVar("Row", bound=Model)


def permission_for(action: BulkAction) -> str:
    """Return the permission that a bulk action requires; single stories may require more."""
    return workflow.RULES[TRANSITIONS[action]].permission if action in TRANSITIONS else EDIT


class BulkOperation:
    """A bulk action with its options, applied to one story at a time.

    The constructor raises ValueError for a topic or provider that no longer exists.
    """

    def __init__(self, action: str, options: Options, actor: workflow.Actor) -> None:
        self.action, self.options, self.actor = BulkAction(action), options, actor
        self.visible_from = parse_datetime(options["visible_from"]) if "visible_from" in options else None
        self.topic = get_or_fail(Topic, options["topic"]) if "topic" in options else None
        self.other_topic = get_or_fail(Topic, options["other_topic"]) if "other_topic" in options else None
        self.suggester = Suggester() if self.action == BulkAction.ADD_SUGGESTED else None
        self.provider = get_or_fail(Provider, options["provider"]) if options.get("provider") else None

    def apply(self, story: Article) -> str | None:
        """Apply the action to a locked and current story; return None if nothing changed, else a text.

        The text describes what differs from story to story, and is "" when nothing does. Raises what `workflow.apply`
        and `editing.fields.edit` raise.
        """
        if self.action in TRANSITIONS:
            return self.change_state(story)
        if self.topic or self.suggester:
            return self.change_topics(story)
        values = self.new_values(story)
        before = {name: getattr(story, name) for name in values}
        if not edit(story, values, self.actor, note=make_note(self.action)):
            return None
        return ", ".join(f"{describe_value(before[name])} → {describe_value(value)}" for name, value in values.items())

    def change_state(self, story: Article) -> str:
        self.check_preview(story)
        reason, before = self.options.get("reason", ""), workflow.describe_state(story)
        workflow.apply(TRANSITIONS[self.action], story, self.actor, reason, self.visible_from)
        return f"{before} → {workflow.describe_state(story)}{describe_shared_slot(story)}"

    def check_preview(self, story: Article) -> None:
        """Raise BadRequest for text that changed after the preview, and for publishing before a proposed time."""
        latest_number = self.options.get(LATEST_REVISION)
        is_checked = self.action in NEED_CURRENT_PREVIEW and latest_number is not None
        if is_checked and Revision.objects.filter(article=story, pk__gt=latest_number).exists():
            raise workflow.BadRequest(_("Changed since the preview. Open the story or start again."))
        proposed_time = story.proposed_publish_at
        if self.action == BulkAction.PUBLISH and proposed_time and proposed_time > timezone.now():
            text = _("Proposed for %(time)s. Schedule it, or publish it from its own page.")
            raise workflow.BadRequest(text % {"time": format_time(proposed_time)})

    def new_values(self, story: Article) -> dict[str, Any]:
        """Return the {column: value} to set."""
        match self.action:
            case BulkAction.SET_HEAT:
                return {"heat": self.options["heat"]}
            case BulkAction.SET_QUALITY:
                return {"quality": self.options["quality"]}
            case BulkAction.CHANGE_PROVIDER:
                return {"provider": self.provider}
        if story.heat == NOT_SCORED:
            return {}
        return {"heat": max(0, min(SCORE_LIMIT, story.heat + self.options["by"]))}

    def change_topics(self, story: Article) -> str | None:
        if not may_edit(self.actor, story):
            raise PermissionDenied
        links = {link.tag_id: link for link in ArticleTopic.objects.filter(content_object=story)}
        removed_keys, added_keys = self.topic_changes(story, links.keys())
        if not removed_keys and not added_keys:
            return None
        names = " → ".join(topic.name for topic in (self.topic, self.other_topic) if topic)
        with recording(story, self.actor, note=make_note(self.action, names)):
            for key in added_keys:
                if removed_keys:
                    # The new topic takes the place of the old one.
                    links[removed_keys.pop()].delete()
                ArticleTopic.objects.create(content_object=story, tag_id=key)
            ArticleTopic.objects.filter(content_object=story, tag__in=removed_keys).delete()
            story.save(update_fields=["updated_at"])
        return (
            ", ".join(Topic.objects.filter(pk__in=added_keys).values_list("name", flat=True)) if self.suggester else ""
        )

    def topic_changes(self, story: Article, current: Collection[int]) -> tuple[list[int], list[int]]:
        """Return (keys of topics to remove, keys of topics to add) for a story with the topics `current`, keys."""
        if self.suggester is not None:
            return [], [topic.pk for topic in self.suggester.suggest_certain(story, without=current)]
        if self.topic is None or self.topic == self.other_topic:
            return [], []
        topic = self.topic.pk
        if self.action == BulkAction.ADD_TOPIC:
            return [], [] if topic in current else [topic]
        if topic not in current:
            return [], []
        # Without another topic, this one is only removed.
        replacement = self.other_topic.pk if self.other_topic else None
        return [topic], [] if replacement is None or replacement in current else [replacement]


def describe_shared_slot(story: Article) -> str:
    """Return text to append if a published story shares its slot on the front page with another one, else ""."""
    holder = holder_of(story.pin, story.pk) if story.pin and story.published else None
    if holder is None:
        return ""
    values = {"slot": story.pin, "story": plain_text(holder.title)}
    return "; " + _("slot %(slot)d also holds “%(story)s”") % values


def describe_value(value: object) -> str:
    """Return a number or provider as the list of stories shows it."""
    return "–" if value in (None, NOT_SCORED) else plain_text(str(value))


def get_or_fail(model: type[Row], key: int) -> Row:
    """Return the row of `model` with this key; raise ValueError if it no longer exists."""
    row = model._default_manager.filter(pk=key).first()
    if row is None:
        raise ValueError(f"{model._meta.verbose_name}: {key}")
    return row
