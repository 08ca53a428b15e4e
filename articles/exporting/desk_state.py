"""The desk's state of a story for its export: the field `newsroom`, only of stories that the desk has changed."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db.models import Prefetch, QuerySet

from articles.choices import Origin, Owner
from articles.db.bulk_rows import as_utc_text
from articles.documents import schema
from articles.documents.as_written import values_as_written
from articles.documents.desk_state import NEWSROOM, VERSION
from articles.documents.digests import sorted_json
from articles.documents.mapping import links_by_key, provider_pair, related_by_key
from articles.documents.nodes import Values
from articles.documents.serialize import in_order
from articles.exporting.story_values import put_list, related_value, with_items_without_row
from articles.models import Article, Conflict, DeskDecisions, Revision, UpstreamDocument


def with_desk_rows(stories: QuerySet[Article]) -> QuerySet[Article]:
    """Return the queryset `stories` with the rows that `desk_state_of` reads besides those of their values."""
    return stories.select_related("decisions").prefetch_related(
        Prefetch("conflicts", Conflict.objects.filter(settlement="").order_by("pk"), "open_conflicts"),
        Prefetch("revisions", human_revisions(), "desk_revisions"),
        "former_identities",
    )


def desk_state_of(story: Article, fields: Values) -> Values | None:
    """Return the value of `newsroom` for a story of `with_desk_rows`, None if the desk has not changed the story.

    `fields` are those of its document as they are written.
    """
    upstream = getattr(story, "upstream", None)
    state = state_of_desk(story)
    base = upstream_state(upstream, fields, story.body) if upstream else None
    if base is not None and not is_changed(story, fields, state, base):
        return None
    identities = sorted(former.pk for former in story.former_identities.all() if not former.is_duplicate)
    values = {
        "version": VERSION,
        "identity": story.identity,
        "formerIdentities": identities,
        **state,
        "withoutProvider": story.provider_id is None and provider_pair(fields) is not None,
    }
    return present(values) | ({} if base is None else {"upstream": base})


def is_changed(story: Article, fields: Values, state: Values, base: Values) -> bool:
    """Return whether the desk has changed a story; `state` is its `state_of_desk`, `base` its `upstream_state`."""
    has_own_state = any(
        state[key]
        for key in (
            *("visibleUntil", "proposedPublication", "slot", "alwaysOurs", "setFields", "removed", "first"),
            *("hidden", "conflicts"),
        )
    )
    is_readdressed = any("slug" in revision.fields for revision in revisions_of_desk(story))
    differs = any(key in base for key in ("absent", "body")) or differ_from_rows(fields, story.upstream, base)
    return story.state_owner == Owner.DESK or has_own_state or is_readdressed or differs


def differ_from_rows(fields: Values, upstream: UpstreamDocument, base: Values) -> bool:
    """Return whether exported `fields` differ from upstream's, apart from pictures that upstream lists twice.

    Of these a story has one row. `base` is its `upstream_state`.
    """
    if "fields" not in base:
        return False
    values = dict(upstream.values)
    put_list(values, "images", unique_images(values.get("images")))
    related = [dict(item) for item in values.get("related", [])]
    for item in related:
        put_list(item, "images", unique_images(item.get("images")))
    put_list(values, "related", related)
    untouched = written_fields(values, {})
    return any(differ(untouched.get(key), fields.get(key)) for key in base["fields"])


def unique_images(images: Sequence[Values] | None) -> list[Values]:
    """Return upstream's pictures without those whose URL an earlier one has."""
    first_items: dict[str, Values] = {}
    for image in images or []:
        if "url" in image:
            first_items.setdefault(image["url"], image)
    return with_items_without_row(list(first_items.values()), images, "url")


def human_revisions() -> QuerySet[Revision]:
    """Return the revisions that persons made, with the names of the fields."""
    return Revision.objects.exclude(origin=Origin.IMPORT).only("article", "fields")


def revisions_of_desk(story: Article) -> list[Revision]:
    """Return the `human_revisions` of a story; no query if it comes from `with_desk_rows`."""
    revisions: list[Revision] | None = getattr(story, "desk_revisions", None)
    return list(human_revisions().filter(article=story)) if revisions is None else revisions


def open_conflicts_of(story: Article) -> list[Conflict]:
    """Return the open conflicts of a story; no query if it comes from `with_desk_rows`."""
    conflicts: list[Conflict] | None = getattr(story, "open_conflicts", None)
    return list(story.conflicts.filter(settlement="").order_by("pk")) if conflicts is None else conflicts


def state_of_desk(story: Article) -> Values:
    """Return the fields of `newsroom` that the desk decides, with empty ones."""
    decisions = getattr(story, "decisions", None) or DeskDecisions()
    removed, first, set_fields = decisions.content
    conflicts = open_conflicts_of(story)
    return {
        "state": str(story.state),
        "owner": str(story.state_owner),
        "visibleFrom": time_of(story.visible_from),
        "visibleUntil": time_of(story.visible_until),
        "firstVisible": time_of(story.first_visible_at),
        "proposedPublication": time_of(story.proposed_publish_at),
        "address": present({"day": str(story.url_date or ""), "slug": story.slug}),
        "slot": story.pin,
        "alwaysOurs": list(story.kept_fields),
        "setFields": set_fields,
        "removed": {key: [named(item) for item in items] for key, items in sorted(removed.items())},
        "first": {key: named(item) for key, item in sorted(first.items())},
        "hidden": hidden_coverage(story),
        "conflicts": [{"field": conflict.field, "base": conflict.base} for conflict in conflicts],
    }


def time_of(when: datetime | None) -> str | None:
    return as_utc_text(when)


def present(values: Values) -> Values:
    """Return a mapping without empty values; 0 is a value."""
    return {key: value for key, value in values.items() if value not in (None, "", [], {}) and value is not False}


def named(item: Any) -> Any:
    """Return an item of DeskDecisions as it is written: coverage as a mapping, others as text."""
    return {"name": item[0], "number": item[1]} if isinstance(item, list) else item


def hidden_coverage(story: Article) -> list[Values]:
    """Return the coverage that the desk has hidden, with its place among all coverage of the story."""
    upstream = getattr(story, "upstream", None)
    old_items = related_by_key(upstream.values.get("related")) if upstream else {}
    return [
        {
            "position": position,
            "item": values_as_written(related_value(link, old_items.get(key, {})), schema.COVERAGE),
        }
        for position, (key, link) in enumerate(links_by_key(story.related_links.all()).items())
        if link.is_hidden
    ]


def upstream_state(upstream: UpstreamDocument, fields: Values, body: str) -> Values:
    """Return upstream's document as its differences from the exported `fields` and `body`."""
    base = written_fields(upstream.values, upstream.unknown)
    differing = {key: value for key, value in base.items() if key not in fields or differ(value, fields[key])}
    state = present(
        {
            "fields": differing,
            "absent": [key for key in fields if key not in base],
            "path": upstream.path,
            "source": upstream.source_name,
        }
    )
    if upstream.body != body:
        state["body"] = upstream.body
    if upstream.former_proposal is not None:
        state["formerProposal"] = upstream.former_proposal
    return state


def differ(value: Any, other: Any) -> bool:
    """Return whether two values are written differently, in another order of keys apart; to Python, true equals 1."""
    return sorted_json(value) != sorted_json(other)


def written_fields(values: Values, unknown: Values) -> Values:
    """Return the fields of a story's document as they are written, without `secured`."""
    fields: Values = in_order(values_as_written(values, schema.STORY), schema.STORY.fields)
    # A field that has become known since the last import is the story's own (docs/recipes.md).
    return fields | {key: value for key, value in unknown.items() if key not in fields and key != NEWSROOM}
