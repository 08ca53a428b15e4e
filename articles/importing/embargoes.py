"""Move a scheduled story when upstream changes its date, unless an editor has changed the story's state."""

from collections.abc import Callable
from datetime import datetime

from django.utils import timezone

from articles import workflow
from articles.choices import Action, Owner
from articles.documents.as_written import AS_WRITTEN, has_content
from articles.documents.nodes import Values
from articles.documents.problems import Level, Problem
from articles.models import Article

DATE = "publishedDateTime"
MOVED_EARLIER = Problem(
    "upstream moved the date to an earlier time; the story stays scheduled as before", DATE, Level.WARNING
)
UNREADABLE = Problem("the new date cannot be read; the story stays scheduled as before", DATE, Level.WARNING)
NO_DATE = Problem("upstream no longer gives a date; the story stays scheduled as before", DATE, Level.WARNING)
END_CLEARED = Problem("“Visible until” was before the story's new date and was cleared", DATE, Level.WARNING)


def is_unreadable(values: Values) -> bool:
    """Whether the date of a document cannot be read, as opposed to missing."""
    return DATE not in values and any(map(has_content, values.get(AS_WRITTEN, {}).get(DATE, [])))


def follow_upstream_date(
    article: Article, base: Values, theirs: Values, *, may_publish: Callable[[], bool]
) -> tuple[bool, list[Problem]]:
    """Move a scheduled story if upstream's date differs between `base` and `theirs`; return (was moved, Problems).

    A date in the past makes it visible now. A missing or unreadable date changes nothing, because a truncated document
    must not end an embargo. Unless `may_publish()` is true, the story can only be moved to a later time. `article` must
    be locked and current.
    """
    follows_upstream = article.state_owner == Owner.UPSTREAM and DATE not in article.kept_fields
    former = article.visible_from if article.is_scheduled else None
    if base.get(DATE) == theirs.get(DATE) or not follows_upstream or former is None:
        return False, []
    if not theirs.get(DATE):
        return False, [UNREADABLE if is_unreadable(theirs) else NO_DATE]
    now, when = timezone.now(), datetime.fromisoformat(theirs[DATE])
    if when < former and not may_publish():
        return False, [MOVED_EARLIER]
    problems = []
    if article.visible_until is not None and article.visible_until <= when:
        # The embargo takes precedence over an end that was set for the former date.
        article.visible_until = None
        article.save(update_fields=["visible_until"])
        problems.append(END_CLEARED)
    action = Action.SCHEDULE if when > now else Action.END_EMBARGO
    workflow.apply(action, article, workflow.UPSTREAM, visible_from=when)
    return True, problems
