"""The states of a story and the ways between them. Every door changes a state through `apply`."""

from dataclasses import dataclass
from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone

from articles.choices import Action, Origin, Owner, State
from articles.models import Article, Transition

EDIT = "articles.change_article"
PUBLISH = "articles.publish_article"
REASON_LIMIT = 2000


@dataclass(frozen=True)
class Rule:
    """From which states an action leads where, and the permission it takes."""

    from_states: frozenset
    to_state: State
    permission: str


RULES = {
    Action.SUBMIT: Rule(frozenset({State.INBOX}), State.IN_REVIEW, EDIT),
    Action.PUBLISH: Rule(frozenset({State.INBOX, State.IN_REVIEW, State.WITHDRAWN}), State.PUBLISHED, PUBLISH),
    Action.REJECT: Rule(frozenset({State.INBOX, State.IN_REVIEW}), State.REJECTED, PUBLISH),
    Action.WITHDRAW: Rule(frozenset({State.PUBLISHED}), State.WITHDRAWN, PUBLISH),
    Action.RESTORE: Rule(frozenset({State.REJECTED, State.WITHDRAWN}), State.INBOX, PUBLISH),
}


class InvalidTransition(Exception):
    """The action does not lead anywhere from the state the story is in."""

    def __init__(self, action, article):
        super().__init__(f"A story in the state “{article.get_state_display()}” cannot take “{action.label}”.")


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
    when the actor may not, InvalidTransition when the state does not allow it, ValueError for a reason
    of more than 2,000 characters.
    """
    rule = RULES[action]
    if not actor.may(rule.permission):
        raise PermissionDenied(f"{actor.user} may not {action} a story.")
    if len(reason) > REASON_LIMIT:
        raise ValueError(f"A reason has at most {REASON_LIMIT:,} characters; this one has {len(reason):,}.")
    locked = Article.objects.select_for_update().get(pk=article.pk)
    if locked.state not in rule.from_states:
        raise InvalidTransition(action, locked)
    from_state = locked.state
    locked.state = rule.to_state
    if rule.to_state == State.PUBLISHED:
        locked.visible_from = visible_from or timezone.now()
        if locked.visible_until and locked.visible_until <= locked.visible_from:
            locked.visible_until = None
    if actor.origin is not Origin.IMPORT or actor.user is not None:
        locked.state_owner = Owner.DESK
    written = ["state", "state_owner", "visible_from", "visible_until"]
    locked.save(update_fields=written)
    for name in [*written, "published", "updated_at"]:
        setattr(article, name, getattr(locked, name))
    return Transition.objects.create(
        article=locked,
        action=action,
        from_state=from_state,
        to_state=rule.to_state,
        actor=actor.user,
        origin=actor.origin,
        reason=reason,
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
