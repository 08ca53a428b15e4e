"""Merge many changed documents into known stories, with a constant number of statements for all of them."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from django.utils import timezone

from articles import workflow
from articles.db.bulk_rows import json_text
from articles.db.pending_rows import PendingRows
from articles.db.serialization import SerializedRow
from articles.documents.digests import digest_of, is_orderless
from articles.documents.nodes import Values
from articles.history.differences import Changes, State, difference
from articles.history.recording import record_changes
from articles.history.states import COLUMNS, FIELDS, column_state, provider_state, value_state
from articles.importing.change_detection import store_secrets
from articles.importing.closing import PresentStory, close_resolved, resolution_of
from articles.importing.conflicts import Settlement, new_conflicts, upstream_values, value_of
from articles.importing.duplicate_files import DuplicateFile, remember_former_files
from articles.importing.recognition import is_withheld
from articles.importing.results import FieldChange, Outcome
from articles.importing.snapshots import Snapshot
from articles.importing.writing.context import WriteContext
from articles.importing.writing.loading import LoadedStory, serialized
from articles.importing.writing.merging import StoryMerge
from articles.importing.writing.related_rows import add_provider_logos
from articles.importing.writing.rows import PreparedStory
from articles.models import FormerIdentity, UpstreamDocument, UpstreamSecret
from articles.models.identity import NOT_OF_DUPLICATE


def update_stories(
    loaded: Mapping[int, LoadedStory], documents: Mapping[int, PreparedStory], context: WriteContext
) -> dict[int, Outcome]:
    """Merge {key of a story: its new document} into the LoadedStories; return {key: Outcome}.

    History, snapshots for undoing, and conflicts are written too. All or nothing; in a transaction only.
    """
    outcomes: dict[int, Outcome] = {}
    merges: list[StoryMerge] = []
    pending, now = PendingRows(), timezone.now()
    for key, story in loaded.items():
        document = documents[key]
        if is_unchanged(story.upstream, document):
            outcomes[key] = accept_document(story, document, pending)
            continue
        add_provider_logos(document, context.providers)
        merge = StoryMerge(story, document, context)
        merge.merge_content(pending, now)
        merges.append(merge)
    pending.write()
    for merge in merges:
        # A change of the state reads the story's new columns from the database.
        merge.merge_state()
        finish_merge(merge, pending, now)
    pending.write()
    remember_former_files(former_files_of(merges))
    write_secrets(loaded, documents)
    changes = {merge.loaded.article.pk: changes_of(merge) for merge in merges}
    record_changes(
        {key: change for key, change in changes.items() if change},
        workflow.UPSTREAM.user,
        workflow.UPSTREAM.origin,
        batch=context.batch,
    )
    return outcomes | {merge.loaded.article.pk: outcome_of(merge) for merge in merges}


def is_unchanged(upstream: UpstreamDocument, story: PreparedStory) -> bool:
    """Whether a story's document has the same content, though its text or `secured` may differ."""
    digest = upstream.digest
    if not is_orderless(digest):
        # Not compared with ==, for which true is 1.
        digest = digest_of(upstream.values, upstream.unknown, upstream.body)
    return digest == story.digest


def accept_document(loaded: LoadedStory, story: PreparedStory, pending: PendingRows) -> Outcome:
    """Store the digests of a document with the same content; return its Outcome."""
    article, upstream = loaded.article, loaded.upstream
    path = upstream.path or story.path or None
    pending.update(upstream, {"text_digest": story.text_digest, "digest": story.digest, "path": path})
    return Outcome.unchanged(article.get_absolute_url(), article.pk)


def finish_merge(merge: StoryMerge, pending: PendingRows, now: datetime) -> None:
    """Store the document of a StoryMerge as the base of the next one, and its conflicts and identity."""
    loaded, article = merge.loaded, merge.loaded.article
    store_document(merge, pending, now)
    merge_conflicts(merge, pending)
    take_identity(merge, pending)
    if merge.changed and article.updated_at == loaded.stored_article["updated_at"]:
        # Neither a column nor a list has changed, but an unknown field, or the story waits for review.
        pending.update(article, {"updated_at": now})


def former_files_of(merges: Iterable[StoryMerge]) -> Iterator[tuple[int, DuplicateFile]]:
    """Yield (key of a story, its former file) of withheld stories that another file with their URL has now.

    The former file may have another URL, by which the story must not return to readers.
    """
    for merge in merges:
        article, path, values = merge.loaded.article, *merge.former_file
        # With a new identity, the former one has the file.
        has_other_file = path != merge.story.path and merge.loaded.stored_article["identity"] == merge.story.identity
        if path and values is not None and merge.story.path and has_other_file and is_withheld(article):
            yield article.pk, DuplicateFile(merge.story.identity, path, values)


def store_document(merge: StoryMerge, pending: PendingRows, now: datetime) -> None:
    """Store a document as upstream's latest."""
    upstream, story = merge.loaded.upstream, merge.story
    columns = {
        "former_proposal": None if "published" in merge.theirs else upstream.proposal,
        "body": story.body,
        "source_name": story.source[-500:],
        "identity": story.identity,
        "path": story.path or upstream.path,
        "digest": story.digest,
        "text_digest": story.text_digest,
        "url": story.url,
        "published": story.published_at,
        "changed_at": now if merge.changed or merge.conflicts else upstream.changed_at,
    }
    pending.update(upstream, columns)
    # Not compared with ==, for which true is 1.
    pending.write_columns(upstream, {"values": merge.theirs, "unknown": merge.unknown})


def merge_conflicts(merge: StoryMerge, pending: PendingRows) -> None:
    """Open conflicts on the fields on which upstream and the desk disagree, and close those that are resolved."""
    loaded, open_conflicts = merge.loaded, merge.loaded.open_conflicts
    if not merge.conflicts and not open_conflicts:
        return
    merge.snapshot_rows["conflicts"] = serialized(open_conflicts)
    present = PresentStory(loaded.article, loaded.upstream, merge.present_values(), merge.context.providers)
    by_field = {conflict.field: conflict for conflict in open_conflicts}
    merge.conflicts = [
        name
        for name in merge.conflicts
        if name not in by_field or resolution_of(by_field[name], present) is not Settlement.RETURNED
    ]
    base = {**merge.base, "body": merge.base_body}
    values = {
        name: tuple(value_of(side, name) for side in (base, present.ours, present.theirs)) for name in merge.conflicts
    }
    new = new_conflicts(loaded.article, values, open_conflicts, merge.context.batch, pending)
    close_resolved([*open_conflicts, *new], present, pending)
    for conflict in new:
        pending.insert(conflict)


def take_identity(merge: StoryMerge, pending: PendingRows) -> None:
    """Give a story the identity of its document; the one that it had becomes a former identity.

    `former_file` is the file of its former document. The identity by which an earlier release knew the same document
    is dropped.
    """
    article, story = merge.loaded.article, merge.story
    if article.identity == story.identity:
        return
    former = FormerIdentity.objects.filter(article=article)
    merge.snapshot_rows["former_identities"] = serialized(former.filter(NOT_OF_DUPLICATE))
    former.filter(identity=story.identity).delete()
    if article.identity != story.former_identity:
        FormerIdentity.remember(article.identity, article, merge.former_file)
    pending.update(article, {"identity": story.identity})


def write_secrets(loaded: Mapping[int, LoadedStory], documents: Mapping[int, PreparedStory]) -> None:
    """Store the blobs of documents."""
    store_secrets({key: documents[key].secured for key, story in loaded.items() if story.has_secret})
    UpstreamSecret.objects.bulk_create(
        UpstreamSecret(upstream_id=key, text=documents[key].secured)
        for key, story in loaded.items()
        if not story.has_secret
    )


def changes_of(merge: StoryMerge) -> Changes:
    """Return the changes of a story as its history records them, once its rows are written."""
    article, stored = merge.loaded.article, merge.loaded.stored_article
    before: State = {}
    after: State = {}
    for name in merge.loaded.changed_columns:
        if name in COLUMNS:
            before[name], after[name] = value_state(name, stored[name]), column_state(article, name)
    if article.provider_id != stored["provider_id"]:
        before["provider"], after["provider"] = merge.provider_before, provider_state(article.provider)
    before |= merge.history_before
    after |= merge.history_after()
    return difference({name: before[name] for name in FIELDS if name in before}, after)


def outcome_of(merge: StoryMerge) -> Outcome:
    """Return the Outcome of a StoryMerge, once its rows are written."""
    article, stored = merge.loaded.article, merge.loaded.stored_article
    outcome = Outcome.merged(article.get_absolute_url(), merge.changed, merge.conflicts)
    outcome.problems = merge.problems
    outcome.article_id, outcome.snapshot_json = article.pk, json_text(snapshot_of(merge))
    outcome.updated_at_before, outcome.updated_at_after = stored["updated_at"], article.updated_at
    if merge.changed or merge.conflicts:
        after = merge.document_values(merge.theirs | merge.unknown, merge.story.body)
        theirs = upstream_values(merge.loaded.upstream)
        outcome.changes_json = json_text(describe_changes(outcome, merge.values_before, after, theirs))
    return outcome


def snapshot_of(merge: StoryMerge) -> Snapshot:
    """Return what a StoryMerge changed, as it was before."""
    loaded, stored = merge.loaded, merge.loaded.stored_article
    article: SerializedRow = {
        "id": loaded.article.pk,
        "identity": stored["identity"],
        "state": stored["state"],
        **loaded.article_before(),
    }
    snapshot: Snapshot = {"article": article, "upstream": loaded.upstream_before()}
    snapshot.update(merge.snapshot_rows)  # type: ignore[typeddict-item] # the names of its lists
    return snapshot


def describe_changes(outcome: Outcome, before: Values, after: Values, theirs: Values) -> list[FieldChange]:
    """Return the changed fields and those in conflict, with their values."""
    changes: list[FieldChange] = [
        {"field": key, "before": value_of(before, key), "after": value_of(after, key)}
        for key in outcome.changed
        # A story that went to review was unpublished before and still is.
        if key != "published" or before[key] != after[key]
    ]
    return changes + [
        {
            "field": key,
            "before": value_of(before, key),
            "after": value_of(after, key),
            "theirs": value_of(theirs, key),
        }
        for key in outcome.conflicts
    ]
