"""Cards without a database."""

import json
from datetime import UTC, datetime

from reader.cards import Card

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


def make_card(key, picture=None):
    """Return a Card with a Picture, or without one."""
    return Card(
        pk=key,
        title=f"Story {key}",
        excerpt="",
        kind="article",
        locale="",
        published_at=NOON,
        dated_at=NOON,
        url_date=NOON.date(),
        slug=f"story-{key}",
        provider=None,
        logo=None,
        picture_json=json.dumps(picture._asdict()) if picture else None,
        outlets=0,
    )
