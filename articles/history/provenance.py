"""Who had each field of a story say what it says, and what the other side says of it."""

from dataclasses import dataclass
from datetime import datetime

from articles.choices import Origin
from articles.db.serialization import json_value
from articles.documents.mapping import KEY_OF_COLUMN, provider_pair, story_columns, topic_names
from articles.history.differences import ROWS
from articles.models import Revision

# So far back the page of a story looks for who said what.
FAR_BACK = 500
# What a document can say of a story; the rest is the desk's alone.
SPOKEN_OF = frozenset({*KEY_OF_COLUMN, "topics", *ROWS})


@dataclass
class Said:
    """Who said a field's value and when; `actor` is None for upstream, and for a story that came in so."""

    when: datetime
    origin: str
    actor: object = None

    @property
    def is_human(self):
        return self.origin != Origin.IMPORT


@dataclass
class Provenance:
    """Of one field: who said what it says now, and what else could be had with one click.

    `now` is None for what upstream never speaks of, until a person does. `upstream` and `desk` are (value as JSON,
    Said) of what upstream says now and what a person said last, each None when that is what the field has already,
    or nothing.
    """

    now: Said | None
    upstream: tuple | None = None
    desk: tuple | None = None


def provenance_of(article, upstream, state):
    """Return {field: Provenance} of a story in the `state` it has now. At most two queries.

    `upstream` is its UpstreamDocument, None for a story that was written at the desk.
    """
    revisions = list(
        Revision.objects.filter(article=article).select_related("actor").defer("changes").order_by("-pk")[:FAR_BACK]
    )
    came_in = Said(article.created_at, Origin.IMPORT if upstream else Origin.ADMIN)
    theirs = said_upstream(upstream) if upstream else {}
    told = {}
    for field in state:
        last = next((one for one in revisions if field in one.fields), None)
        speaks = upstream is None or field in SPOKEN_OF
        told[field] = Provenance(said(last) if last else came_in if speaks else None)
        if field in theirs and json_value(theirs[field]) != state[field] and not is_same(field, theirs[field], state):
            when = upstream.changed_at or upstream.imported_at
            told[field].upstream = (json_value(theirs[field]), Said(when, Origin.IMPORT))
    human = {
        field: one
        for one in reversed(revisions)
        if one.is_human
        for field in one.fields
        if field in told and told[field].now and not told[field].now.is_human
    }
    changes = {}
    if human:
        wanted = {one.pk for one in human.values()}
        changes = dict(Revision.objects.filter(pk__in=wanted).values_list("pk", "changes"))
    for field, one in human.items():
        change = changes[one.pk][field]
        if isinstance(change, list) and change[1] != state[field]:
            told[field].desk = (change[1], said(one))
    return told


def said(revision):
    return Said(revision.created_at, revision.origin, revision.actor)


def said_upstream(upstream):
    """Return {field: value} of what upstream says of a story now, as far as a field of the form takes it."""
    columns = story_columns(upstream.values, upstream.body)
    told = {name: value for name, value in columns.items() if name in KEY_OF_COLUMN}
    told["topics"] = topic_names(upstream.values.get("topics"))
    pair = provider_pair(upstream.values)
    if pair:
        told["provider"] = {"domain": pair[0], "name": pair[1]}
    return told


def is_same(field, theirs, state):
    """Whether upstream means by a name what the story has by another."""
    if field == "provider":
        return bool(state["provider"]) and theirs["name"] == state["provider"]["name"]
    return field == "topics" and sorted(theirs) == sorted(state["topics"])
