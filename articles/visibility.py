"""When readers first see a story, by which feeds and "Latest" are ordered. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from articles.choices import Owner, State
from articles.story_states import KNOWN_TO_READERS

if TYPE_CHECKING:
    from articles.models import Article

# A story up to this age counts as news when an import publishes it.
NEWS_AGE = timedelta(hours=48)


def first_visible(story: Article, now: datetime) -> datetime | None:
    """Return the `first_visible_at` to write for a story at `now`, or None.

    Once that time has passed, it never changes, even if the story is withdrawn, published again or dated differently;
    until then it follows `visible_from`. For stories that upstream publishes (`state_owner`), see
    `first_visible_of_import`.
    """
    known = story.first_visible_at
    if known is not None and known <= now:
        return known
    if story.state != State.PUBLISHED or story.visible_from is None:
        return None
    if story.visible_from > now or story.state_owner == Owner.DESK:
        return story.visible_from
    return first_visible_of_import(story.published_at, now)


def first_visible_of_import(published_at: datetime | None, now: datetime) -> datetime | None:
    """Return the `first_visible_at` of a story that an import publishes at `now`.

    News of the last 48 hours is first visible now. Older stories keep their date, and undated stories get None, which
    keeps them out of feeds and "Latest": importing an archive must not flood subscribers. A story that becomes visible
    later is first visible then.
    """
    if published_at is None:
        return None
    return now if now - NEWS_AGE <= published_at <= now else published_at


def address_is_known(story: Article, now: datetime) -> bool:
    """Return whether readers may know the address of a story, because it has been visible.

    Undated stories that an import published have no `first_visible_at`, so their `visible_from` decides.
    """
    known = story.first_visible_at
    if known is not None:
        return known <= now
    is_known = story.state in KNOWN_TO_READERS
    return is_known and story.visible_from is not None and story.visible_from <= now
