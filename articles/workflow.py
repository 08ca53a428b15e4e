"""The states of a story and the actions that change them. Every change of a state goes through `apply`."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, auto
from typing import Final, Literal

from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from articles.choices import Action, Origin, Owner, State
from articles.history.notes import make_note
from articles.history.recording import record_change
from articles.history.signals import story_changed
from articles.history.states import columns_of
from articles.models import Article, Transition, UpstreamDocument
from articles.permissions import EDIT, PUBLISH
from articles.slugs import free_slug
from articles.story_states import story_state
from newsroom.dates import format_time
from newsroom.numbers import format_number

REASON_LIMIT = 2000


class Unchanged(Enum):
    UNCHANGED = auto()


# The default of `visible_until` in `apply`, because None means that a story stays visible.
UNCHANGED: Final = Unchanged.UNCHANGED
# Columns besides the state that an action may change, recorded in the history.
RECORDED_COLUMNS = ("visible_until", "proposed_publish_at", "published_at", "slug")


@dataclass(frozen=True)
class Rule:
    """A row of the table of transitions: where an action starts and ends, and the permission it needs.

    An action is allowed in any of `from_states`, and for published stories in any of `from_phases`, which are names of
    properties of Article.
    """

    from_states: tuple[State, ...]
    from_phases: tuple[str, ...]
    to_state: State
    permission: str

    def allows(self, story: Article) -> bool:
        """Return whether a story's state allows the action."""
        return story.state in self.from_states or any(getattr(story, name) for name in self.from_phases)


# The states from which a story can be published.
PUBLISHABLE = (State.INBOX, State.IN_REVIEW, State.WITHDRAWN)
SCHEDULED, VISIBLE, EXPIRED = "is_scheduled", "is_visible", "is_expired"
# The table of transitions: from these states, or these phases of published stories; to; the permission.
RULES = {
    Action.SUBMIT: Rule((State.INBOX,), (), State.IN_REVIEW, EDIT),
    Action.PUBLISH: Rule(PUBLISHABLE, (EXPIRED,), State.PUBLISHED, PUBLISH),
    Action.SCHEDULE: Rule(PUBLISHABLE, (SCHEDULED, EXPIRED), State.PUBLISHED, PUBLISH),
    Action.END_EMBARGO: Rule((), (SCHEDULED,), State.PUBLISHED, PUBLISH),
    Action.REJECT: Rule((State.INBOX, State.IN_REVIEW), (), State.REJECTED, PUBLISH),
    Action.WITHDRAW: Rule((State.PUBLISHED,), (), State.WITHDRAWN, PUBLISH),
    Action.EXPIRE: Rule((), (VISIBLE,), State.PUBLISHED, PUBLISH),
    Action.RESTORE: Rule((State.REJECTED, State.WITHDRAWN), (), State.INBOX, PUBLISH),
}


class WorkflowError(Exception):
    """An action is refused, with a message for users. A missing permission raises PermissionDenied instead."""


class InvalidTransition(WorkflowError):
    """The story's state does not allow the action."""

    def __init__(self, action: Action, article: Article) -> None:
        text = _("“%(action)s” is not possible for a story in the state “%(state)s”.")
        if action == Action.PUBLISH and article.is_scheduled:
            text = _("Already scheduled. Use “Publish now” to end the embargo.")
        super().__init__(text % {"state": describe_state(article), "action": action.label})


class BadRequest(WorkflowError, ValueError):
    """The reason or the time for an action is missing or not acceptable."""


def describe_state(story: Article) -> str:
    """Return the desk's name for a story's state; a published story may be scheduled or expired."""
    return str(story_state(story).label)


@dataclass(frozen=True)
class Actor:
    """Who acts, and from where; `user` is None for upstream's changes and for commands."""

    origin: Origin
    user: User | None = None

    def may(self, permission: str) -> bool:
        """Return whether the actor has a permission; imports and commands without a user have all permissions."""
        if self.user is None:
            return self.origin in (Origin.IMPORT, Origin.COMMAND)
        return self.user.has_perm(permission)


UPSTREAM = Actor(Origin.IMPORT)
COMMAND_LINE = Actor(Origin.COMMAND)


@transaction.atomic
def apply(
    action: Action,
    article: Article,
    actor: Actor,
    reason: str = "",
    visible_from: datetime | None = None,
    visible_until: datetime | Literal[Unchanged.UNCHANGED] | None = UNCHANGED,
) -> Transition:
    """Apply `action` to `article`: check, lock, change and audit in one transaction; return the Transition.

    `visible_from` (aware) is when readers can first see a published story, by default now; a time in the future
    schedules it. `visible_until` is when they no longer can, None for never, by default the story's current value.
    The row is locked, and `article` gets its new values. Raises PermissionDenied if the actor lacks the permission,
    InvalidTransition if the state does not allow the action, and BadRequest for a rejection without a reason, a reason
    of more than 2,000 characters, a schedule without a time in the future, and a `visible_until` that is not after
    `visible_from`.
    """
    rule = RULES[action]
    if not actor.may(rule.permission):
        raise PermissionDenied(f"{actor.user} may not {action} a story.")
    locked = Article.objects.select_for_update().get(pk=article.pk)
    if not rule.allows(locked):
        raise InvalidTransition(action, locked)
    check_request(action, reason, visible_from)
    from_state, former_visible_from = locked.state, locked.visible_from
    before = columns_of(locked, RECORDED_COLUMNS)
    locked.state = rule.to_state
    if visible_until is not UNCHANGED:
        locked.visible_until = visible_until
    update_fields = ["state", "state_owner", "visible_from", "visible_until"]
    if action == Action.EXPIRE:
        locked.visible_until = timezone.now()
    elif rule.to_state == State.PUBLISHED:
        locked.visible_from = visible_from or timezone.now()
        check_end(locked.visible_until, locked.visible_from)
        locked.proposed_publish_at = None
        update_fields += ["proposed_publish_at", *date_by_publication(locked, former_visible_from)]
    if actor.origin is not Origin.IMPORT:
        locked.state_owner = Owner.DESK
    locked.save(update_fields=update_fields)
    record_change(locked, actor, before, note=make_note(action), columns=RECORDED_COLUMNS)
    changed_state = {"state": [str(from_state), str(locked.state)]}
    story_changed.send(Article, key=locked.pk, changes=changed_state, actor=actor, is_decision=True)
    for name in [*update_fields, "first_visible_at", "published", "updated_at"]:
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


def check_request(action: Action, reason: str = "", visible_from: datetime | None = None) -> None:
    """Raise BadRequest for a reason or a time that `action` does not accept."""
    if len(reason) > REASON_LIMIT:
        lengths = {"limit": format_number(REASON_LIMIT), "length": format_number(len(reason))}
        raise BadRequest(_("A reason can have at most %(limit)s characters; this one has %(length)s.") % lengths)
    if action == Action.REJECT and not reason.strip():
        raise BadRequest(_("Give a reason for rejecting this story."))
    if action == Action.SCHEDULE and (visible_from is None or visible_from <= timezone.now()):
        raise BadRequest(_("Choose a publication time in the future."))


def check_end(visible_until: datetime | None, visible_from: datetime) -> None:
    """Raise BadRequest for a `visible_until` that is not after `visible_from`."""
    if visible_until is None or visible_until > visible_from:
        return
    until = format_time(visible_until)
    if visible_from <= timezone.now():
        text = _("“Visible until” has passed (%(until)s). Clear it or choose a later time.")
        raise BadRequest(text % {"until": until})
    text = _("“Visible until” (%(until)s) must be after the publication time, %(begin)s.")
    raise BadRequest(text % {"until": until, "begin": format_time(visible_from)})


def date_by_publication(story: Article, former_visible_from: datetime | None) -> list[str]:
    """Date a story written at the desk by its publication; return the names of the columns that changed.

    Only if no reader can have seen it, and no editor has dated it: its date is still the time at which it was created,
    or for which it was scheduled before. The day in its address is in the site's TIME_ZONE.
    """
    if former_visible_from is not None and former_visible_from <= timezone.now():
        return []
    if story.published_at is None or story.published_at not in (story.created_at, former_visible_from):
        return []
    if UpstreamDocument.objects.filter(article=story).exists():
        return []
    story.published_at = story.visible_from
    story.url_date = timezone.localdate(story.visible_from)
    if Article.objects.filter(url_date=story.url_date, slug=story.slug).exclude(pk=story.pk).exists():
        story.slug = free_slug(story)
    return ["published_at", "url_date", "slug"]


def record_refusal(action: Action, article: Article, actor: Actor) -> Transition:
    """Write the audit row of an action without permission; call it after the action's transaction is rolled back."""
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


def record_note(article: Article, reason: str, actor: Actor) -> Transition:
    """Write the audit row of a reason that was given without an action."""
    return Transition.objects.create(
        article=article,
        action=Action.NOTE,
        from_state=article.state,
        to_state=article.state,
        actor=actor.user,
        origin=actor.origin,
        reason=reason,
    )


def restore_state(article: Article, columns: Mapping[str, object], actor: Actor) -> None:
    """Give a locked story the state in an export, {column: value}, and write the audit row if that changes it.

    Any state can follow on any other, because the actor restores the work of another desk. Raises PermissionDenied.
    """
    if not actor.may(PUBLISH):
        raise PermissionDenied(f"{actor.user} may not restore the state of a story.")
    from_state = article.state
    changed = [name for name, value in columns.items() if getattr(article, name) != value]
    if not changed:
        return
    for name in changed:
        setattr(article, name, columns[name])
    # The owner is among them, so that `first_visible_at` is derived again.
    article.save(update_fields={*changed, "state", "state_owner"})
    if "state" in changed or "visible_from" in changed:
        Transition.objects.create(
            article=article,
            action=Action.RESTORE_EXPORT,
            from_state=from_state,
            to_state=article.state,
            actor=actor.user,
            origin=actor.origin,
            visible_from=article.visible_from if article.is_scheduled else None,
        )


def record_undo(article: Article, from_state: str, actor: Actor) -> Transition:
    """Write the audit row of undoing an import, which changed the story's state back from `from_state`."""
    return Transition.objects.create(
        article=article,
        action=Action.UNDO,
        from_state=from_state,
        to_state=article.state,
        actor=actor.user,
        origin=actor.origin,
    )
