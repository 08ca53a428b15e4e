"""When readers first see a story: what feeds and "Latest" are ordered by. Pure."""

from datetime import timedelta

from articles.choices import Owner, State

# A story up to this age counts as news when an import publishes it.
NEWS_AGE = timedelta(hours=48)


def first_visible(story, now):
    """Return the `first_visible_at` to write for a story at `now`, or None.

    Once that time has passed it never changes, whether the story is withdrawn, published again or gets another date;
    until then it follows `visible_from`. For stories that upstream publishes (`state_owner`) see
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


def first_visible_of_import(published_at, now):
    """Return when a story that an import publishes at `now` counts as first visible.

    News of the last 48 hours is first visible now. Older stories keep their date, and undated stories get None, which
    keeps them out of feeds and "Latest": importing an archive must not flood subscribers. A story that becomes visible
    later is first visible then.
    """
    if published_at is None:
        return None
    return now if now - NEWS_AGE <= published_at <= now else published_at


def address_is_known(story, now):
    """Return whether readers may know the address of a story, because it has been visible.

    Undated stories that an import published have no `first_visible_at`, so their `visible_from` decides.
    """
    known = story.first_visible_at
    if known is not None:
        return known <= now
    is_out = story.state in (State.PUBLISHED, State.WITHDRAWN)
    return is_out and story.visible_from is not None and story.visible_from <= now
