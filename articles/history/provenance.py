"""Who set the current value of each field of a story, and which other values could replace it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from articles.choices import Origin
from articles.db.serialization import json_value
from articles.documents.mapping import KEY_OF_COLUMN, provider_pair, story_columns, topic_names
from articles.history.differences import ROW_FIELDS
from articles.models import Article, Revision, UpstreamDocument

if TYPE_CHECKING:
    from django.contrib.auth.models import User

    from articles.history.differences import State

# Only this many of a story's newest revisions are searched; older values count as set when the story was received.
REVISIONS_SEARCHED = 500
# The fields that a document can set; only the desk sets the others.
DOCUMENT_FIELDS = frozenset({*KEY_OF_COLUMN, "topics", *ROW_FIELDS})


@dataclass
class Attribution:
    """Who set a value and when; `actor` is None for upstream, and for the first values of a story of the desk."""

    when: datetime
    origin: str
    actor: User | None = None

    @property
    def is_human(self) -> bool:
        return self.origin != Origin.IMPORT


@dataclass
class Provenance:
    """Who set a field's current value, and the alternatives to it.

    `current` is None for a field that documents cannot set, until a person sets it. `upstream` and `desk` are
    (value as JSON, Attribution) of upstream's current value and of the last value that a person set, each None if
    there is none or if it is the field's current value.
    """

    current: Attribution | None
    upstream: tuple[Any, Attribution] | None = None
    desk: tuple[Any, Attribution] | None = None

    @property
    def is_from_import(self) -> bool:
        """Whether upstream set the current value."""
        return self.current is not None and not self.current.is_human


def provenance_of(article: Article, upstream: UpstreamDocument | None, state: State) -> dict[str, Provenance]:
    """Return {field: Provenance} of a story whose current state (articles/history/states.py) is `state`.

    `upstream` is its UpstreamDocument, None for a story that was written at the desk. At most two queries.
    """
    revisions = list(
        Revision.objects.filter(article=article)
        .select_related("actor")
        .defer("changes")
        .order_by("-pk")[:REVISIONS_SEARCHED]
    )
    initial = Attribution(article.created_at, Origin.IMPORT if upstream else Origin.ADMIN)
    upstream_values = values_of(upstream) if upstream else {}
    provenance: dict[str, Provenance] = {}
    for field in state:
        latest = next((revision for revision in revisions if field in revision.fields), None)
        is_set_initially = upstream is None or field in DOCUMENT_FIELDS
        current = attribution_of(latest) if latest else initial if is_set_initially else None
        provenance[field] = Provenance(current)
        if upstream and field in upstream_values and differs(field, upstream_values[field], state):
            when = upstream.changed_at or upstream.imported_at
            provenance[field].upstream = json_value(upstream_values[field]), Attribution(when, Origin.IMPORT)
    latest_human = {
        field: revision
        for revision in reversed(revisions)
        if revision.is_human
        for field in revision.fields
        if field in provenance and provenance[field].is_from_import
    }
    changes: dict[int, Any] = {}
    if latest_human:
        keys = {revision.pk for revision in latest_human.values()}
        changes = dict(Revision.objects.filter(pk__in=keys).values_list("pk", "changes"))
    for field, revision in latest_human.items():
        change = changes[revision.pk][field]
        if isinstance(change, list) and change[1] != state[field]:
            provenance[field].desk = change[1], attribution_of(revision)
    return provenance


def attribution_of(revision: Revision) -> Attribution:
    return Attribution(revision.created_at, revision.origin, revision.actor)


def values_of(upstream: UpstreamDocument) -> dict[str, Any]:
    """Return {field: value} of upstream's current values, for the fields of the story's form that can take them."""
    columns = story_columns(upstream.values, upstream.body)
    values = {name: value for name, value in columns.items() if name in KEY_OF_COLUMN}
    values["topics"] = topic_names(upstream.values.get("topics"))
    pair = provider_pair(upstream.values)
    if pair:
        values["provider"] = {"domain": pair[0], "name": pair[1]}
    return values


def differs(field: str, value: Any, state: State) -> bool:
    """Return whether upstream's value of a field differs from the story's; the order of topics does not count."""
    if json_value(value) == state[field]:
        return False
    if field == "provider":
        return not state["provider"] or bool(value["name"] != state["provider"]["name"])
    return field != "topics" or sorted(value) != sorted(state["topics"])
