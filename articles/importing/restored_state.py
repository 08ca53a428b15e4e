"""Restore from an export what is beside a story's content: its state, upstream's document, and the desk's decisions."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from django.utils import timezone

from articles import workflow
from articles.choices import Owner, State
from articles.documents.desk_state import NEWSROOM, BaseDocument, DeskState
from articles.documents.digests import digest_of
from articles.documents.nodes import Values
from articles.documents.problems import Level, Problem, field_path
from articles.editing.pins import holder_of
from articles.importing.closing import close_resolved_of
from articles.importing.conflicts import value_of
from articles.importing.identity_matches import known_matches
from articles.importing.publication import PublishPolicy
from articles.importing.writing.context import WriteContext
from articles.importing.writing.rows import PreparedStory
from articles.models import (
    Article,
    Conflict,
    DeskDecisions,
    FormerIdentity,
    FormerStoryAddress,
    UpstreamDocument,
    UpstreamSecret,
)

ADDRESS_TAKEN = "another story has this address; the story gets another one"
ENDS_BEFORE = "this is not after the time from which the story is visible; left out"
SLOT_TAKEN = "another story is pinned to this slot; the story is not pinned"
NOT_PUBLISHED = "the import publishes nothing; the story goes to the inbox"


def restore_desk_state(
    article: Article, story: PreparedStory, state: DeskState, context: WriteContext, *, is_new: bool
) -> list[Problem]:
    """Restore all that an export has of a locked story beside its content; return the problems."""
    restore_identity(article, story, state.values)
    if state.base is not None:
        restore_base(article, story, state.base, state.values.get("upstream", {}), is_new=is_new)
    restore_decisions(article, state.values)
    problems = restore_address(article, state.values)
    columns, more_problems = state_columns(article, state.values, context, is_new=is_new)
    first_visible_at = time_of(state.values, "firstVisible")
    if first_visible_at is not None and (is_new or not article.was_visible):
        article.first_visible_at = first_visible_at
    workflow.restore_state(article, columns, context.actor)
    restore_conflicts(article, state.conflicts, context)
    return problems + more_problems


def problem_at(message: str, *path: str) -> Problem:
    return Problem(message, field_path((NEWSROOM, *path)), Level.WARNING)


def time_of(values: Values, key: str) -> datetime | None:
    return datetime.fromisoformat(values[key]) if key in values else None


def restore_identity(article: Article, story: PreparedStory, values: Values) -> None:
    """Give a story the identities of an export, as far as no other story has them."""
    identities = {story.identity, *values.get("formerIdentities", [])}
    taken = set(known_matches(identities))
    if story.identity not in taken:
        former_identity, article.identity = article.identity, story.identity
        article.save(update_fields=["identity"])
        FormerIdentity.objects.update_or_create(identity=former_identity, defaults={"article": article})
    FormerIdentity.objects.bulk_create(
        FormerIdentity(identity=identity, article=article)
        for identity in sorted(identities - taken - {story.identity, article.identity})
    )


def restore_base(article: Article, story: PreparedStory, base: BaseDocument, values: Values, *, is_new: bool) -> None:
    """Give a story upstream's document, the base of its next merge; the blob of a known story stays."""
    upstream = UpstreamDocument.objects.filter(pk=article.pk).first() or UpstreamDocument(article=article)
    digest = digest_of(base.values, base.unknown, base.body)
    if digest != upstream.digest:
        # That of the text which the other newsroom imported is not known.
        upstream.text_digest = ""
    upstream.values, upstream.unknown, upstream.body, upstream.digest = base.values, base.unknown, base.body, digest
    if is_new:
        upstream.text_digest = ""
    upstream.identity = article.identity
    upstream.source_name = values.get("source") or story.source[-500:]
    upstream.path = values.get("path") or (None if is_new else upstream.path)
    upstream.url = base.values.get("webUrl") or base.values.get("originalUrl") or ""
    upstream.published = base.values.get("publishedDateTime", "")
    upstream.former_proposal = values.get("formerProposal")
    upstream.save()
    UpstreamSecret.objects.get_or_create(upstream=upstream, defaults={"text": story.secured})


def restore_decisions(article: Article, values: Values) -> None:
    """Replace what the desk decided about a story for later imports."""
    decisions = DeskDecisions.objects.filter(pk=article.pk).first() or DeskDecisions(article=article)
    before = decisions.content
    removed: dict[str, list[Any]] = {
        key: [item for item in map(stored_item, items) if item is not None]
        for key, items in values.get("removed", {}).items()
        if key in ("topics", "images", "related")
    }
    first = {
        key: item
        for key, value in values.get("first", {}).items()
        if key in ("images", "related") and (item := stored_item(value)) is not None
    }
    decisions.removed = {key: items for key, items in removed.items() if items}
    decisions.first, decisions.fields = first, sorted(set(values.get("setFields", [])))
    if decisions.content != before:
        decisions.save()


def stored_item(item: Any) -> Any:
    """Return an item of an export as DeskDecisions stores it, None if it is not complete."""
    if not isinstance(item, dict):
        return item
    return [item["name"], item.get("number", 0)] if "name" in item else None


def restore_address(article: Article, values: Values) -> list[Problem]:
    """Give a story the address of an export, unless readers know its present one."""
    address = values.get("address", {})
    day = date.fromisoformat(address["day"]) if "day" in address else None
    slug = address.get("slug")
    if not slug or article.was_visible or (day, slug) == (article.url_date, article.slug):
        return []
    taken = Article.objects.filter(url_date=day, slug=slug).exclude(pk=article.pk).exists()
    if taken or FormerStoryAddress.objects.filter(url_date=day, slug=slug).exclude(article=article).exists():
        return [problem_at(ADDRESS_TAKEN, "address")]
    article.url_date, article.slug = day, slug
    article.save(update_fields=["url_date", "slug"])
    return []


def state_columns(
    article: Article, values: Values, context: WriteContext, *, is_new: bool
) -> tuple[dict[str, object], list[Problem]]:
    """Return ({column: value} of a story's state in an export, the problems with it)."""
    problems: list[Problem] = []
    state = values.get("state", article.state)
    visible_from = time_of(values, "visibleFrom") if "state" in values else article.visible_from
    if state == State.PUBLISHED and context.policy is PublishPolicy.NEVER and not article.published:
        problems.append(problem_at(NOT_PUBLISHED, "state"))
        state, visible_from = State.INBOX, None
    if state == State.PUBLISHED and visible_from is None:
        visible_from = article.published_at or timezone.now()
    visible_until = time_of(values, "visibleUntil")
    if visible_until is not None and visible_from is not None and visible_until <= visible_from:
        problems.append(problem_at(ENDS_BEFORE, "visibleUntil"))
        visible_until = None
    slot = values.get("slot")
    holds_slot = state == State.PUBLISHED and (visible_until is None or visible_until > timezone.now())
    if slot is not None and holds_slot and holder_of(slot, article.pk) is not None:
        problems.append(problem_at(SLOT_TAKEN, "slot"))
        slot = None
    columns: dict[str, object] = {
        "state": str(state),
        "state_owner": values.get("owner", str(Owner.DESK)),
        "visible_from": visible_from,
        "visible_until": visible_until,
        "proposed_publish_at": time_of(values, "proposedPublication"),
        "pin": slot,
        "kept_fields": list(dict.fromkeys(values.get("alwaysOurs", []))),
    }
    return columns, problems


def restore_conflicts(article: Article, conflicts: dict[str, Values], context: WriteContext) -> None:
    """Replace a story's open conflicts; those that are resolved by now are closed."""
    upstream = UpstreamDocument.objects.filter(pk=article.pk).first()
    open_conflicts = {row.field: row for row in Conflict.objects.filter(article=article, settlement="")}
    delete_conflicts(row for field, row in open_conflicts.items() if field not in conflicts or upstream is None)
    if upstream is None:
        return
    for field, values in conflicts.items():
        base = value_of(values, field)
        row = open_conflicts.get(field)
        if row is None:
            Conflict.objects.create(article=article, field=field, base=base, batch=context.batch)
        elif row.base != base:
            row.base = base
            row.save(update_fields=["base", "updated_at"])
    close_resolved_of(article.pk)


def delete_conflicts(conflicts: Iterable[Conflict]) -> None:
    Conflict.objects.filter(pk__in=[conflict.pk for conflict in conflicts]).delete()
