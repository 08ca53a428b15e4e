"""The states of a story and the ways between them. Every door changes a state through `apply`."""

from dataclasses import dataclass
from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from articles.choices import Action, Origin, Owner, State
from articles.history.notes import note_of
from articles.history.recording import write_down
from articles.models import Article, Transition
from articles.permissions import EDIT, PUBLISH
from articles.rows_as_json import jsonable

REASON_LIMIT = 2000


@dataclass(frozen=True)
class Rule:
    """From which stories an action leads where, and the permission it takes.

    `also` names a property of a published story (scheduled, visible, expired) that may take it as well.
    """

    from_states: frozenset
    to_state: State
    permission: str
    also: tuple = ()

    def leads_from(self, story):
        """Whether a story, as it is in hand, can take the action."""
        return story.state in self.from_states or any(getattr(story, name) for name in self.also)


NOT_OUT = frozenset({State.INBOX, State.IN_REVIEW, State.WITHDRAWN})
NONE = frozenset()
RULES = {
    Action.SUBMIT: Rule(frozenset({State.INBOX}), State.IN_REVIEW, EDIT),
    Action.PUBLISH: Rule(NOT_OUT, State.PUBLISHED, PUBLISH, also=("is_expired",)),
    Action.SCHEDULE: Rule(NOT_OUT, State.PUBLISHED, PUBLISH, also=("is_scheduled", "is_expired")),
    Action.END_EMBARGO: Rule(NONE, State.PUBLISHED, PUBLISH, also=("is_scheduled",)),
    Action.REJECT: Rule(frozenset({State.INBOX, State.IN_REVIEW}), State.REJECTED, PUBLISH),
    Action.WITHDRAW: Rule(frozenset({State.PUBLISHED}), State.WITHDRAWN, PUBLISH),
    Action.EXPIRE: Rule(NONE, State.PUBLISHED, PUBLISH, also=("is_visible",)),
    Action.RESTORE: Rule(frozenset({State.REJECTED, State.WITHDRAWN}), State.INBOX, PUBLISH),
}


class InvalidTransition(Exception):
    """The action does not lead anywhere from the state the story is in."""

    def __init__(self, action, article):
        words = _("A story in the state “%(state)s” cannot take “%(action)s”.")
        super().__init__(words % {"state": state_in_words(article), "action": action.label})


class BadRequest(ValueError):
    """The action lacks something, or was told something that cannot be: the reason or the time."""


def state_in_words(story):
    """Return a story's state as the desk calls it, its schedule taken into account."""
    if story.is_scheduled:
        return _("Scheduled")
    return _("Expired") if story.is_expired else story.get_state_display()


@dataclass(frozen=True)
class Actor:
    """Who acts and through which door; `user` is None for upstream's own changes and for commands."""

    origin: Origin
    user: object = None

    def may(self, permission):
        """Whether the actor holds a permission; what comes without a person comes from the machine itself."""
        if self.user is None:
            return self.origin in (Origin.IMPORT, Origin.COMMAND)
        return self.user.has_perm(permission)


UPSTREAM = Actor(Origin.IMPORT)
COMMAND_LINE = Actor(Origin.COMMAND)


@transaction.atomic
def apply(action, article, actor, reason="", visible_from: datetime | None = None):
    """Take `action` on `article`, write the audit row, and return the Transition.

    `visible_from` (aware) is when readers shall see a published story: now unless given; a time to come
    schedules it. The row is locked, and `article` is brought up to date with it. Raises PermissionDenied
    when the actor may not, InvalidTransition when the state does not allow it, BadRequest for a rejection
    without a reason, a reason of more than 2,000 characters, and a schedule without a time to come.
    """
    rule = RULES[action]
    if not actor.may(rule.permission):
        raise PermissionDenied(f"{actor.user} may not {action} a story.")
    locked = Article.objects.select_for_update().get(pk=article.pk)
    if not rule.leads_from(locked):
        raise InvalidTransition(action, locked)
    check_request(action, reason, visible_from)
    from_state, until = locked.state, locked.visible_until
    locked.state = rule.to_state
    if action == Action.EXPIRE:
        locked.visible_until = timezone.now()
    elif rule.to_state == State.PUBLISHED:
        locked.visible_from = visible_from or timezone.now()
        if locked.visible_until and locked.visible_until <= locked.visible_from:
            locked.visible_until = None
    if actor.origin is not Origin.IMPORT:
        locked.state_owner = Owner.DESK
    written = ["state", "state_owner", "visible_from", "visible_until"]
    locked.save(update_fields=written)
    if locked.visible_until != until:
        write_down(locked, actor, {"visible_until": jsonable(until)}, note=note_of(action), columns=["visible_until"])
    for name in [*written, "first_visible_at", "published", "updated_at"]:
        setattr(article, name, getattr(locked, name))
    return Transition.objects.create(
        article=locked,
        action=action,
        from_state=from_state,
        to_state=rule.to_state,
        actor=actor.user,
        origin=actor.origin,
        reason=reason,
        visible_from=locked.visible_from if locked.is_scheduled else None,
    )


def check_request(action, reason="", visible_from=None):
    """Raise BadRequest for a reason or a time that `action` cannot do with."""
    if len(reason) > REASON_LIMIT:
        told = {"limit": f"{REASON_LIMIT:,}", "length": f"{len(reason):,}"}
        raise BadRequest(_("A reason has at most %(limit)s characters; this one has %(length)s.") % told)
    if action == Action.REJECT and not reason.strip():
        raise BadRequest(_("Say why the story is rejected."))
    if action == Action.SCHEDULE and (visible_from is None or visible_from <= timezone.now()):
        raise BadRequest(_("Say at what time to come readers shall see it."))


def record_refusal(action, article, actor):
    """Write the audit row for an action that somebody tried who may not take it. Not in what is rolled back for it."""
    state = Article.objects.values_list("state", flat=True).get(pk=article.pk)
    return Transition.objects.create(
        article=article,
        action=action,
        from_state=state,
        to_state=state,
        actor=actor.user,
        origin=actor.origin,
        refused=True,
    )


def record_undoing(article, from_state, actor):
    """Write the audit row for a story whose state an undone import has put back from `from_state`."""
    return Transition.objects.create(
        article=article,
        action=Action.UNDO,
        from_state=from_state,
        to_state=article.state,
        actor=actor.user,
        origin=actor.origin,
    )
