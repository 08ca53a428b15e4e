"""Import documents that an export wrote with the desk's state: restore it, or leave the story as it is.

The fields of such a document are the desk's values, so they never become upstream's. Each is written by itself.
"""

from collections.abc import Mapping
from typing import Any

from django.utils import timezone

from articles.choices import Owner, Result
from articles.db.bulk_rows import as_utc_text, json_text
from articles.documents.desk_state import NEWSROOM, DeskState
from articles.documents.nodes import Values
from articles.documents.parse import Document
from articles.documents.problems import Level, Problem
from articles.exporting.desk_state import present, state_of_desk, with_desk_rows
from articles.exporting.story_values import current_values, with_related_rows
from articles.history.notes import NoteKind, make_note
from articles.history.recording import capture_state, record_change
from articles.importing.conflicts import value_of
from articles.importing.identity_matches import Match, known_matches
from articles.importing.restored_rows import restore_rows
from articles.importing.restored_state import restore_desk_state
from articles.importing.results import FieldChange, Outcome
from articles.importing.snapshots import snapshot_of
from articles.importing.writing.context import WriteContext
from articles.importing.writing.create import create_stories
from articles.importing.writing.rows import PreparedStory, prepare
from articles.models import Article, UpstreamDocument
from articles.story_urls import reader_url

DELETED = Problem(
    "skipped: the story was deleted at the desk; to restore it, allow re-import under Deleted stories",
    level=Level.WARNING,
)
JOINED = Problem(
    "skipped: the story has been joined with another one since the export, or its URL has changed",
    level=Level.WARNING,
)
# Columns that change without a change of the story: when rows were written, and the text by which they are recognised.
VOLATILE = frozenset({"updated_at", "imported_at", "changed_at", "created_at", "text_digest", "batch_id"})


def write_export(story: PreparedStory, state: DeskState, match: Match | None, context: WriteContext) -> Outcome | None:
    """Write a document with the desk's state; return its Outcome, None if its story was deleted since `match`.

    `match` is the document's Match, None for an unknown story.
    """
    if match is None and context.restores:
        # The story may be known by an identity that it had before.
        former_identities = state.values.get("formerIdentities", [])
        match = next(iter(known_matches(former_identities).values()), None) if former_identities else None
        if match is not None:
            match = match._replace(is_former=False)
    if match is not None and match.tombstone is not None:
        return skipped(DELETED)
    key = match.story if match is not None else None
    if not context.restores:
        return leave_alone(story, key, context, [state.ignored])
    if not state.is_usable:
        return leave_alone(story, key, context, state.problems)
    if match is not None and match.is_former and key is not None and is_other_story(key, story):
        return skipped(JOINED)
    return restore_story(story, state, key, context)


def skipped(problem: Problem) -> Outcome:
    """Return the Outcome of a document whose story stays as it is."""
    outcome = Outcome.unchanged("")
    outcome.problems = [problem]
    return outcome


def is_other_story(key: int, story: PreparedStory) -> bool:
    """Return whether the story with this key has another identity than an export of it."""
    return not Article.objects.filter(pk=key, identity__in=(story.identity, story.former_identity)).exists()


def leave_alone(
    story: PreparedStory, key: int | None, context: WriteContext, problems: list[Problem]
) -> Outcome | None:
    """Leave a known story as it is; create an unknown one as if the desk had written it, without upstream's values."""
    if key is None:
        (outcome,) = create_stories([story], context)
        forget_base(story.identity)
    else:
        address = Article.objects.filter(pk=key).values_list("url_date", "slug").first()
        if address is None:
            return None
        outcome = Outcome.unchanged(reader_url(*address), key)
    outcome.problems = [*problems, *outcome.problems]
    return outcome


def forget_base(identity: str) -> None:
    """Let the desk own a new story, so that upstream's next document is compared with it and replaces nothing."""
    documents = UpstreamDocument.objects.filter(article__identity=identity)
    documents.update(values={}, body="", digest="", text_digest="")
    Article.objects.filter(identity=identity).update(state_owner=Owner.DESK)


def restore_story(story: PreparedStory, state: DeskState, key: int | None, context: WriteContext) -> Outcome | None:
    """Give a story, new or known, the desk's values and state and upstream's document; return the Outcome.

    The story's history, its snapshot for undoing and its conflicts are written too. None if it does not exist any more.
    """
    is_new = key is None
    if key is None:
        article = create_from_base(story, state, context)
    else:
        known = Article.objects.select_for_update().filter(pk=key).first()
        if known is None:
            return None
        article = known
    upstream = UpstreamDocument.objects.select_for_update().filter(pk=article.pk).first()
    snapshot, history, updated_at_before = snapshot_of(article, upstream), capture_state(article), article.updated_at
    values_before = report_values(article.pk)
    restore_rows(article, story, state, context)
    problems = restore_desk_state(article, story, state, context, is_new=is_new)
    note = make_note(NoteKind.RESTORED_EXPORT)
    record_change(article, context.actor, history, note=note, batch=context.batch, is_decision=False)
    after = snapshot_of(article, UpstreamDocument.objects.filter(pk=article.pk).first())
    if not is_new and without_volatile(snapshot) == without_volatile(after):
        outcome = Outcome.unchanged(article.get_absolute_url(), article.pk)
        outcome.problems = state.problems + problems
        return outcome
    if article.updated_at == updated_at_before:
        # Only rows beside the story's changed; undoing and previews compare this time.
        article.save(update_fields=["updated_at"])
    if is_new:
        outcome = Outcome(Result.CREATED, article.get_absolute_url())
    else:
        values_after = report_values(article.pk)
        outcome = Outcome.merged(article.get_absolute_url(), changed_fields(values_before, values_after), [])
        outcome.changes_json = json_text(describe(outcome.changed, values_before, values_after))
        outcome.snapshot_json, outcome.updated_at_before = json_text(snapshot), updated_at_before
    outcome.article_id, outcome.updated_at_after = article.pk, article.updated_at
    outcome.problems = state.problems + problems
    return outcome


def create_from_base(story: PreparedStory, state: DeskState, context: WriteContext) -> Article:
    """Create a story of upstream's document, in the inbox; without such a document, of the desk's values."""
    base = state.base
    document = Document(
        story.source,
        values=base.values if base else story.values,
        unknown=base.unknown if base else story.unknown,
        body=base.body if base else story.body,
        secured=story.secured,
        path=story.path,
        desk_state=state,
    )
    prepared = prepare(document, as_utc_text(timezone.now()), follow_proposal=False)
    create_stories([prepared.in_inbox()], context)
    article = Article.objects.select_for_update().get(identity=prepared.identity)
    if base is None:
        UpstreamDocument.objects.filter(pk=article.pk).delete()
    return article


def report_values(key: int) -> Values:
    """Return the format's fields of a story, with the body and the desk's state, to compare and report them."""
    story = with_desk_rows(with_related_rows(Article.objects.select_related("upstream"))).get(pk=key)
    values = current_values(story, {}, "") | {"body": story.body, "published": story.published}
    return values | {NEWSROOM: present(state_of_desk(story))}


def changed_fields(before: Values, after: Values) -> list[str]:
    """Return the fields that differ between two `report_values`."""
    return [key for key in before | after if before.get(key) != after.get(key)]


def describe(fields: list[str], before: Values, after: Values) -> list[FieldChange]:
    """Return the changes of fields with their values."""
    return [{"field": key, "before": value_of(before, key), "after": value_of(after, key)} for key in fields]


def without_volatile(value: Any) -> Any:
    """Return rows, at any depth of a snapshot, without the columns that change without a change of the story."""
    if isinstance(value, Mapping):
        return {key: without_volatile(below) for key, below in value.items() if key not in VOLATILE}
    return [without_volatile(below) for below in value] if isinstance(value, list) else value
