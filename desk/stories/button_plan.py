"""What a story's form asks of the workflow: an action, and when readers can see the story. No database."""

from dataclasses import dataclass
from datetime import datetime

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _

from articles.choices import Action, State

# unfold's names of the buttons on a story's page.
PREFIX = "articles_article_"
BUTTONS = {
    "publish": Action.PUBLISH,
    "schedule": Action.SCHEDULE,
    "end_embargo": Action.END_EMBARGO,
    "submit_for_review": Action.SUBMIT,
    "reject": Action.REJECT,
    "withdraw": Action.WITHDRAW,
    "expire": Action.EXPIRE,
    "restore": Action.RESTORE,
}
# The value of a button that answers a question; those in the row of buttons have none.
CONFIRMED = "yes"
# The buttons of the page for a new story.
FOR_NEW_STORIES = frozenset({Action.PUBLISH, Action.SCHEDULE, Action.SUBMIT})
# These set when readers can see the story, and end a proposed time.
TIME_SETTING_ACTIONS = frozenset({Action.PUBLISH, Action.SCHEDULE, Action.END_EMBARGO})
# These need a person with the right to publish who has read the current text.
ACTIONS_ON_CURRENT_TEXT = TIME_SETTING_ACTIONS | {Action.RESTORE}
# These take a visible story away from readers.
TAKE_DOWN_ACTIONS = frozenset({Action.WITHDRAW, Action.EXPIRE})


@dataclass(frozen=True)
class Plan:
    """What happens to a story's state once its text is saved.

    `visible_from` is the time for `action`, or the one to propose if `proposes` is set. If `asks_for_time` is set, the
    user first has to choose between the typed time and now.
    """

    action: Action | None = None
    visible_from: datetime | None = None
    proposes: bool = False
    asks_for_time: bool = False


def pressed_button(data):
    """Return the name of the button that was pressed, or "" for one that only saves."""
    return next((name for name in BUTTONS if f"{PREFIX}{name}" in data), "")


def is_confirmed(data):
    """Whether the pressed button answers a question that the page asked."""
    return data.get(f"{PREFIX}{pressed_button(data)}") == CONFIRMED


def publication_time(story):
    """Return the initial value of "Publish at": the scheduled time, the proposed one, or None."""
    if story.is_scheduled:
        return story.visible_from
    return None if story.state == State.PUBLISHED else story.proposed_publish_at


def plan_of(story, action, when, *, confirmed=False):
    """Return the Plan for a pressed `action` (None for saving) with the time `when` in "Publish at".

    A typed time is never dropped: it is used, kept as a proposal, asked about, or refused by a ValidationError.
    """
    is_new_time = when != publication_time(story)
    if action == Action.SCHEDULE:
        return Plan(action, require_future(when))
    if action in TIME_SETTING_ACTIONS:
        is_settled = when is None or confirmed or (action == Action.END_EMBARGO and not is_new_time)
        return Plan(action, asks_for_time=not is_settled)
    if not is_new_time:
        return Plan(action)
    if story.state != State.PUBLISHED or action == Action.WITHDRAW:
        return Plan(action, proposes=True, visible_from=when and require_future(when))
    if story.is_scheduled:
        return reschedule(when)
    if story.is_expired:
        raise ValidationError(_("This story has expired. Use “Save and schedule” to publish it again at this time."))
    raise ValidationError(_("This story is already published. Withdraw it first to schedule it again."))


def reschedule(when):
    """Return the Plan for another time of a scheduled story."""
    if when is None:
        text = _("A scheduled story needs a time. Use “Publish now” to publish it, or “Withdraw” to take it back.")
        raise ValidationError(text)
    return Plan(Action.SCHEDULE, require_future(when))


def require_future(when):
    if when is None or when <= timezone.now():
        raise ValidationError(_("Choose a publication time in the future."))
    return when
