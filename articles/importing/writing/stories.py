"""Write stories: new ones together, unchanged ones with a few queries, changed ones by the hundred."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

from django.db import OperationalError, transaction

from articles.choices import WRITTEN, Result
from articles.documents.problems import Level, Problem
from articles.importing.change_detection import accept_unchanged
from articles.importing.deduplication import comparable_time
from articles.importing.duplicate_files import remember_older_documents
from articles.importing.identity_matches import Match
from articles.importing.recognition import Recognition
from articles.importing.restoring import write_export
from articles.importing.results import Outcome
from articles.importing.writing.context import WriteContext
from articles.importing.writing.create import create_stories
from articles.importing.writing.loading import LockedStory, load_stories, lock_stories
from articles.importing.writing.permitted_changes import STORY_LEFT_ALONE, apply_or_hold
from articles.importing.writing.rows import PreparedStory
from articles.importing.writing.update import update_stories
from articles.models import Article, FormerIdentity, KnownFile, PossibleDuplicate, Tombstone, UpstreamDocument
from articles.models.identity import recognised_values
from articles.permissions import may_import_over
from newsroom.fallbacks import describe_cause, warn_of_fallback
from newsroom.pacing import Turn

# How many new stories are written before the time is checked.
CREATED_AT_ONCE = 400


@dataclass
class WrittenStories:
    """{identity: Outcome} of the stories that were written, and the identities of those to write one at a time.

    For the others the Turn had no time.
    """

    outcomes: dict[str, Outcome] = field(default_factory=dict)
    to_write_singly: set[str] = field(default_factory=set)


def write_stories(
    stories: Sequence[PreparedStory], recognition: Recognition, turn: Turn, context: WriteContext
) -> WrittenStories:
    """Create or update stories with different identities; return the WrittenStories.

    `recognition` is that of these stories, or of more.
    """
    known = recognition.matches
    written = WrittenStories()
    outcomes = written.outcomes
    # Exports with the desk's state are written one at a time, and first, because they have addresses of their own.
    for story in stories:
        if story.desk_state is not None and not (outcomes and turn.is_over):
            outcomes[story.identity] = write_story(story, context)
    plain_stories = [story for story in stories if story.desk_state is None]
    new_stories = [story for story in plain_stories if story.identity not in known]
    for piece in pieces_of(new_stories, CREATED_AT_ONCE):
        if outcomes and turn.is_over:
            return written
        for story, outcome in zip(piece, create_stories(piece, context), strict=True):
            outcomes[story.identity] = as_new(outcome, story, recognition)
    known_stories = [story for story in plain_stories if story.identity in known]
    known_keys = [(known[story.identity].story, story) for story in known_stories]
    outcomes |= accept_unchanged([(key, story) for key, story in known_keys if key is not None])
    outcomes |= deleted_outcomes([story for story in known_stories if known[story.identity].story is None], known)
    changed_stories = newest_first([story for story in known_stories if story.identity not in outcomes], recognition)
    while changed_stories and not (outcomes and turn.is_over):
        size, began_at = context.merge_size.number, turn.seconds
        piece, changed_stories = changed_stories[:size], changed_stories[size:]
        merged = merge_together(piece, recognition, context)
        context.merge_size.adjust(len(piece), turn.seconds - began_at)
        outcomes |= merged
        written.to_write_singly |= {story.identity for story in piece} - merged.keys()
    return written


def newest_first(stories: Sequence[PreparedStory], recognition: Recognition) -> list[PreparedStory]:
    """Return documents of known stories in order, but those of one story together, the one that counts first."""
    places: dict[int | None, int] = {}
    for place, story in enumerate(stories):
        places.setdefault(recognition.matches[story.identity].story, place)
    if len(places) == len(stories):
        return list(stories)
    latest_first = sorted(stories, key=lambda story: (comparable_time(story.published_at), story.path), reverse=True)
    return sorted(latest_first, key=lambda story: places[recognition.matches[story.identity].story])


def pieces_of(stories: Sequence[PreparedStory], size: int) -> Iterator[Sequence[PreparedStory]]:
    for begin in range(0, len(stories), size):
        yield stories[begin : begin + size]


def merge_together(
    stories: Sequence[PreparedStory], recognition: Recognition, context: WriteContext
) -> dict[str, Outcome]:
    """Merge documents of known stories together; return {identity: Outcome} of those for which that was possible.

    Left out are stories that were deleted since or that somebody else is writing right now, and all of them if the
    database rejects one.
    """
    outcomes: dict[str, Outcome] = {}
    try:
        with transaction.atomic():
            for documents in by_story(stories, recognition):
                merged = merge_documents(documents, recognition, context, skip_locked=True)
                outcomes |= {documents[key].identity: outcome for key, outcome in merged.items()}
    except OperationalError:
        # The whole transaction is repeated.
        raise
    except Exception as error:
        # Writing one at a time isolates the faulty story. The message may quote a row, so only the cause is logged.
        warn_of_fallback(f"import: {len(stories)} documents are merged one at a time", describe_cause(error))
        context.clear_lookups()
        return {}
    if len(outcomes) < len(stories):
        count = len(stories) - len(outcomes)
        warn_of_fallback(f"import: {count} documents are merged one at a time", "their stories are in use")
    return outcomes


def by_story(stories: Iterable[PreparedStory], recognition: Recognition) -> Iterator[dict[int, PreparedStory]]:
    """Yield {key of a story: document}; of several documents of one story, each but the first in a later dict."""
    remaining = list(stories)
    while remaining:
        documents: dict[int, PreparedStory] = {}
        others: list[PreparedStory] = []
        for story in remaining:
            key = recognition.matches[story.identity].story
            if key is None or documents.setdefault(key, story) is not story:
                others.append(story)
        yield documents
        # Documents of deleted stories have no key.
        remaining = others if documents else []


def merge_documents(
    documents: Mapping[int, PreparedStory], recognition: Recognition, context: WriteContext, *, skip_locked: bool
) -> dict[int, Outcome]:
    """Merge {key of a story: document}; return {key: Outcome}, without stories that do not exist any more.

    Stories that somebody else has locked are waited for, or with `skip_locked` left out.
    """
    outcomes: dict[int, Outcome] = {}
    older_documents = []
    locked = lock_stories(documents, skip_locked=skip_locked)
    for key, (article, upstream) in list(locked.items()):
        story = documents[key]
        if upstream is not None and is_skipped(story, upstream, context):
            outcomes[key] = older_outcome(upstream)
            older_documents.append((story, recognition.matches[story.identity]))
        elif not may_import_over(context.actor, article):
            change = partial(update_locked, {key: locked[key]}, documents, context)
            outcomes[key] = apply_or_hold(change, context, is_permitted=False, warning=STORY_LEFT_ALONE)
        else:
            continue
        del locked[key]
    remember_older_documents(older_documents)
    outcomes |= update_stories(load_stories(locked, documents, context), documents, context)
    for key, outcome in outcomes.items():
        rival = recognition.rivals.get(documents[key].identity)
        if rival is not None and outcome.action in WRITTEN:
            outcomes[key] = with_warning(outcome, suggest_joining(key, rival, documents[key].path))
    return outcomes


def update_locked(
    locked: Mapping[int, LockedStory], documents: Mapping[int, PreparedStory], context: WriteContext
) -> Outcome:
    """Merge the document of one locked story; return its Outcome."""
    (outcome,) = update_stories(load_stories(locked, documents, context), documents, context).values()
    return outcome


def write_story(story: PreparedStory, context: WriteContext) -> Outcome:
    """Create or update a PreparedStory, which is recognised again; return its Outcome."""
    recognition = Recognition.of([story], context)
    match = recognition.matches.get(story.identity)
    if story.desk_state is not None:
        return write_export(story, story.desk_state, match, context) or write_story(story, context)
    if match is None:
        (outcome,) = create_stories([story], context)
        return as_new(outcome, story, recognition)
    if match.story is None:
        outcomes = list(deleted_outcomes([story], recognition.matches).values())
    else:
        outcomes = list(merge_documents({match.story: story}, recognition, context, skip_locked=False).values())
    if outcomes:
        return outcomes[0]
    # It was deleted, or its deletion was taken back, after it was recognised.
    return write_story(story, context)


def as_new(outcome: Outcome, story: PreparedStory, recognition: Recognition) -> Outcome:
    """Return the Outcome of a new story with its warning; suggest joining it with the one that its file had before."""
    rival = recognition.rivals.get(story.identity)
    if rival is not None and outcome.article_id is not None:
        suggest_joining(outcome.article_id, rival, story.path)
    return with_warning(outcome, recognition.warnings.get(story.identity))


def with_warning(outcome: Outcome, warning: Problem | None) -> Outcome:
    """Return the Outcome with one more problem, if there is a warning."""
    if warning is not None:
        outcome.problems = [*outcome.problems, warning]
    return outcome


def is_skipped(story: PreparedStory, upstream: UpstreamDocument, context: WriteContext) -> bool:
    """Return whether a document does not count, because another file of its story is newer."""
    if not is_older_file(story, upstream, upstream.published):
        return False
    # The other file may be gone, or have another date or story now.
    file = context.present_file(upstream)
    if file is None:
        return bool(story.published_at)
    return file.has_story and is_older_file(story, upstream, file.time)


def is_older_file(story: PreparedStory, upstream: UpstreamDocument, time: str) -> bool:
    """Return whether a document is older than that of another file of its story, which counts and has this `time`.

    The same file with an earlier date is a correction. Of two files with one date the last by name counts if they have
    different URLs, as both may be imported every hour; with one URL, the file may have been renamed.
    """
    if not story.path or not upstream.path or story.path == upstream.path:
        return False
    own_time, other_time = comparable_time(story.published_at), comparable_time(time)
    has_other_url = upstream.identity not in (story.identity, story.former_identity)
    return own_time < other_time or (has_other_url and own_time == other_time and story.path < upstream.path)


def older_outcome(upstream: UpstreamDocument) -> Outcome:
    """Return the Outcome of a document that does not count, because another file of the story is newer."""
    message = f"skipped: {upstream.path} has a newer version of the story"
    problem = Problem(message, level=Level.WARNING)
    return Outcome(Result.DUPLICATE, duplicate_of=upstream.source_name, problems=[problem])


def suggest_joining(key: int, rival: int, path: str) -> Problem | None:
    """Suggest at the desk to join two stories; return the warning, None if that was suggested before."""
    first, second = sorted((key, rival))
    _pair, is_new = PossibleDuplicate.objects.get_or_create(first_id=first, second_id=second, defaults={"path": path})
    if not is_new:
        return None
    title = Article.objects.values_list("title", flat=True).get(pk=rival)
    message = f"{path} was the file of {title!r} before; if both are one story, join them at the desk"
    return Problem(message, level=Level.WARNING)


def deleted_outcomes(stories: Sequence[PreparedStory], matches: Mapping[str, Match]) -> dict[str, Outcome]:
    """Return {identity: Outcome} of stories that were deleted at the desk and stay deleted.

    They stay deleted under the URLs of their documents too. Stories whose deletion was taken back are left out. At most
    two queries.
    """
    if not stories:
        return {}
    tombstones = Tombstone.objects.in_bulk([matches[story.identity].tombstone for story in stories])
    outcomes: dict[str, Outcome] = {}
    new_identities: list[FormerIdentity] = []
    for story in stories:
        tombstone = tombstones.get(matches[story.identity].tombstone or 0)
        if tombstone is None:
            continue
        if story.identity != tombstone.identity:
            file = KnownFile(story.path, recognised_values(story.values)) if story.path else KnownFile()
            new_identities.append(FormerIdentity(identity=story.identity, tombstone=tombstone, **file._asdict()))
        when = f"{tombstone.deleted_at:%Y-%m-%d}"
        message = f"skipped: deleted at the desk on {when}; to import it, allow re-import under Deleted stories"
        outcomes[story.identity] = Outcome.unchanged("")
        outcomes[story.identity].problems = [Problem(message, level=Level.WARNING)]
    FormerIdentity.objects.bulk_create(new_identities, ignore_conflicts=True)
    return outcomes
