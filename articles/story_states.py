"""The states of stories for editors and readers: the one table from which lists, pages and buttons are derived.

A published story is scheduled before its time and expired after it. Lists, filters and reader pages treat these two as
states, so each has a row here, too. `articles.workflow.RULES` is the table of transitions between states.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import TYPE_CHECKING

from django.db.models import Q
from django.db.models.lookups import GreaterThan, LessThanOrEqual
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from articles.choices import Action, State
from newsroom.query_hints import Unindexed

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

    from articles.models import Article

VISIBLE, NOT_FOUND, GONE = HTTPStatus.OK, HTTPStatus.NOT_FOUND, HTTPStatus.GONE


@dataclass(frozen=True)
class Phase:
    """A part of a published story's time: while the time in `column` is in the future (`is_ahead`), or from it on."""

    name: str
    label: StrOrPromise
    column: str
    is_ahead: bool

    def includes(self, story: Article, now: datetime) -> bool:
        when = getattr(story, self.column)
        return when is not None and (when > now) is self.is_ahead

    def condition(self, now: datetime) -> Q:
        return Q(published=True, **{f"{self.column}__{'gt' if self.is_ahead else 'lte'}": now})

    def unindexed_condition(self, now: datetime) -> Q:
        compare = GreaterThan if self.is_ahead else LessThanOrEqual
        return Q(compare(Unindexed(self.column), now), published=True)


@dataclass(frozen=True)
class GoneNotice:
    """The text of the page at the address of a story that is gone."""

    title: StrOrPromise
    headline: StrOrPromise
    text: StrOrPromise


@dataclass(frozen=True)
class Tab:
    """A view of the desk's list that every user has, with the newest or the hottest stories first."""

    label: StrOrPromise
    is_hottest_first: bool = False


@dataclass(frozen=True)
class StoryState:
    """A row of the table.

    `badge` is a colour of the desk's style sheets: info, warning, success or danger. `reader_status` is the response at
    the story's address; a 410 shows `gone_notice`. The first of `first_actions` that a user may take is the filled
    button of the story's page; without one that is "Save".
    """

    state: State
    badge: str
    reader_status: HTTPStatus
    phase: Phase | None = None
    gone_notice: GoneNotice | None = None
    first_actions: tuple[Action, ...] = ()
    tab: Tab | None = None

    @property
    def name(self) -> str:
        """The value of `?state=` in addresses of the desk's list."""
        return self.phase.name if self.phase else self.state.value

    @property
    def label(self) -> StrOrPromise:
        return self.phase.label if self.phase else self.state.label

    def condition(self, now: datetime) -> Q:
        """Return the condition of the list's filter. "Published" includes scheduled and expired stories."""
        return self.phase.condition(now) if self.phase else Q(state=self.state)

    def unindexed_condition(self, now: datetime) -> Q | None:
        """Return the same condition without an index; None if there is an index for it in every order of the list."""
        return self.phase.unindexed_condition(now) if self.phase else None


# In the order of the list's filter.
STATES = (
    StoryState(
        State.INBOX,
        badge="info",
        reader_status=NOT_FOUND,
        first_actions=(Action.PUBLISH, Action.SUBMIT),
        tab=Tab(_("Inbox, hottest first"), is_hottest_first=True),
    ),
    StoryState(
        State.IN_REVIEW,
        badge="warning",
        reader_status=NOT_FOUND,
        first_actions=(Action.PUBLISH,),
        tab=Tab(_("In review")),
    ),
    StoryState(State.PUBLISHED, badge="success", reader_status=VISIBLE),
    StoryState(
        State.PUBLISHED,
        phase=Phase("scheduled", _("Scheduled"), "visible_from", is_ahead=True),
        badge="success",
        reader_status=NOT_FOUND,
        tab=Tab(_("Scheduled")),
    ),
    StoryState(
        State.PUBLISHED,
        phase=Phase("expired", _("Expired"), "visible_until", is_ahead=False),
        badge="success",
        reader_status=GONE,
        gone_notice=GoneNotice(
            _("No longer available"),
            _("This story is no longer available."),
            _("It was published for a limited time. See the front page for the latest news."),
        ),
    ),
    StoryState(State.REJECTED, badge="danger", reader_status=NOT_FOUND, first_actions=(Action.RESTORE,)),
    StoryState(
        State.WITHDRAWN,
        badge="danger",
        reader_status=GONE,
        gone_notice=GoneNotice(
            _("Withdrawn"),
            _("This story has been withdrawn."),
            _("Our editors have withdrawn it. See the front page for the latest news."),
        ),
        first_actions=(Action.RESTORE,),
    ),
)
# The states in which readers may know the address of a story.
KNOWN_TO_READERS = frozenset(row.state for row in STATES if row.reader_status != NOT_FOUND)


def story_state(story: Article, now: datetime | None = None) -> StoryState:
    """Return the row of a story's state and phase at a time, by default now."""
    now = now or timezone.now()
    rows = [row for row in STATES if row.state == story.state]
    stored = next(row for row in rows if row.phase is None)
    return next((row for row in rows if row.phase and row.phase.includes(story, now)), stored)
