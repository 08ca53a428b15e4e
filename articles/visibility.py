"""When readers first see a story: what feeds and "Latest" are ordered by. Pure."""

from datetime import timedelta

from articles.choices import Owner, State
from articles.story_states import KNOWN_TO_READERS

# A story that is no older than this when an import publishes it is news of the moment.
NEWS_AGE = timedelta(hours=48)


def first_visible(story, now):
    """Return the `first_visible_at` of a story in hand as it will be written at `now`; None if it has none.

    It never changes once that time has passed, whether the story is withdrawn, published again or dated otherwise;
    until then it follows `visible_from`. A story that upstream publishes (its state is upstream's) has what
    `first_visible_of_import` says.
    """
    known = story.first_visible_at
    if known is not None and known <= now:
        return known
    if story.state != State.PUBLISHED or story.visible_from is None:
        return None
    if story.visible_from > now or story.state_owner == Owner.DESK:
        return story.visible_from
    return first_visible_of_import(story.published_at, now)


def first_visible_of_import(published_at, now):
    """Return when a story that an import publishes at `now` counts as first visible.

    News of the last 48 hours is first visible now. Older stories keep their date, and undated ones, which have none to
    keep, stay out of feeds and "Latest" (None): an archive that is imported must not flood subscribers. One that
    becomes visible later is first visible then.
    """
    if published_at is None:
        return None
    return now if now - NEWS_AGE <= published_at <= now else published_at


def address_is_out(story, now):
    """Return whether readers may know the address of a story, because it has been visible.

    Undated stories that an import published have no `first_visible_at` to tell it.
    """
    known = story.first_visible_at
    if known is not None:
        return known <= now
    is_known = story.state in KNOWN_TO_READERS
    return is_known and story.visible_from is not None and story.visible_from <= now
