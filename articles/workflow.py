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
from articles.history.states import columns_of
from articles.models import Article, Transition, UpstreamDocument
from articles.permissions import EDIT, PUBLISH
from articles.slugs import free_slug
from articles.story_states import story_state
from newsroom.dates import exact_time

REASON_LIMIT = 2000
# The default of `apply` for the end of a story's time, as None means that there is none.
UNCHANGED = object()
# What an action may change besides the state; the history has all of it.
RECORDED = ("visible_until", "proposed_publish_at", "published_at", "slug")


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


class Refused(Exception):
    """The action is not taken; the message tells a person why. Only a missing permission raises another error."""


class InvalidTransition(Refused):
    """The action does not lead anywhere from the state the story is in."""

    def __init__(self, action, article):
        words = _("A story in the state “%(state)s” cannot take “%(action)s”.")
        if action == Action.PUBLISH and article.is_scheduled:
            words = _("Already scheduled. Use “Publish now” to end the embargo.")
        super().__init__(words % {"state": state_in_words(article), "action": action.label})


class BadRequest(Refused, ValueError):
    """The action lacks something, or was told something that cannot be: the reason or the time."""


def state_in_words(story):
    """Return a story's state as the desk calls it, its schedule taken into account."""
    return str(story_state(story).label)


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
def apply(action, article, actor, reason="", visible_from: datetime | None = None, visible_until=UNCHANGED):
    """Take `action` on `article`, write the audit row, and return the Transition.

    `visible_from` (aware) is when readers can see a published story: now unless given; a time in the future
    schedules it. `visible_until` is the end of that time, None for no end; the story keeps its own unless given.
    The row is locked, and `article` is brought up to date with it. Raises PermissionDenied when the actor may not,
    InvalidTransition when the state does not allow it, BadRequest for a rejection without a reason, a reason of
    more than 2,000 characters, a schedule without a time in the future, and an end that is not after the beginning.
    """
    rule = RULES[action]
    if not actor.may(rule.permission):
        raise PermissionDenied(f"{actor.user} may not {action} a story.")
    locked = Article.objects.select_for_update().get(pk=article.pk)
    if not rule.leads_from(locked):
        raise InvalidTransition(action, locked)
    check_request(action, reason, visible_from)
    from_state, former_beginning, before = locked.state, locked.visible_from, columns_of(locked, RECORDED)
    locked.state = rule.to_state
    if visible_until is not UNCHANGED:
        locked.visible_until = visible_until
    written = ["state", "state_owner", "visible_from", "visible_until"]
    if action == Action.EXPIRE:
        locked.visible_until = timezone.now()
    elif rule.to_state == State.PUBLISHED:
        locked.visible_from = visible_from or timezone.now()
        check_end(locked.visible_until, locked.visible_from)
        locked.proposed_publish_at = None
        written += ["proposed_publish_at", *date_by_publication(locked, former_beginning)]
    if actor.origin is not Origin.IMPORT:
        locked.state_owner = Owner.DESK
    locked.save(update_fields=written)
    write_down(locked, actor, before, note=note_of(action), columns=RECORDED)
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
        raise BadRequest(_("Give a reason for rejecting this story."))
    if action == Action.SCHEDULE and (visible_from is None or visible_from <= timezone.now()):
        raise BadRequest(_("Choose a publication time in the future."))


def check_end(visible_until, visible_from):
    """Raise BadRequest for an end of a story's time that is not after its beginning."""
    if visible_until is None or visible_until > visible_from:
        return
    until = exact_time(visible_until)
    if visible_from <= timezone.now():
        text = _("“Visible until” has passed (%(until)s). Clear it or choose a later time.")
        raise BadRequest(text % {"until": until})
    text = _("“Visible until” (%(until)s) must be after the publication time, %(begin)s.")
    raise BadRequest(text % {"until": until, "begin": exact_time(visible_from)})


def date_by_publication(story, former_beginning):
    """Date a story written at the desk by its publication; return the names of the columns that changed.

    Only while no reader can have seen it, and unless an editor dated it: until then its date is the moment it was
    written, or that of the schedule before this one. Its address has the day of `TIME_ZONE`.
    """
    if former_beginning is not None and former_beginning <= timezone.now():
        return []
    if story.published_at is None or story.published_at not in (story.created_at, former_beginning):
        return []
    if UpstreamDocument.objects.filter(article=story).exists():
        return []
    story.published_at = story.visible_from
    story.url_date = timezone.localdate(story.visible_from)
    if Article.objects.filter(url_date=story.url_date, slug=story.slug).exclude(pk=story.pk).exists():
        story.slug = free_slug(story)
    return ["published_at", "url_date", "slug"]


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


def record_note(article, reason, actor):
    """Write the audit row for a reason that was given with a change of the story's text, or of nothing."""
    return Transition.objects.create(
        article=article,
        action=Action.NOTE,
        from_state=article.state,
        to_state=article.state,
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
