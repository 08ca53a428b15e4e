"""Write stories: new ones together, unchanged ones with a few queries, the others one at a time."""

from collections.abc import Callable, Sequence

from articles.choices import WRITTEN, Result
from articles.documents.problems import Level, Problem
from articles.importing.change_detection import accept_unchanged
from articles.importing.deduplication import comparable_time
from articles.importing.recognition import Match, Recognition
from articles.importing.restoring import write_export
from articles.importing.results import Outcome
from articles.importing.writing.context import WriteContext
from articles.importing.writing.create import create_stories
from articles.importing.writing.permitted_changes import STORY_LEFT_ALONE, apply_or_hold
from articles.importing.writing.rows import PreparedStory
from articles.importing.writing.update import adopt_story, update_story
from articles.models import Article, FormerIdentity, PossibleDuplicate, Tombstone, UpstreamDocument
from articles.permissions import may_import_over
from newsroom.pacing import Turn

# How many new stories are written before the time is checked.
CREATED_AT_ONCE = 400


def write_stories(
    stories: Sequence[PreparedStory], recognition: Recognition, turn: Turn, context: WriteContext
) -> list[Outcome | None]:
    """Create or update stories with different identities; return their Outcomes, in order.

    `recognition` is that of these stories, or of more. A story that the Turn had no time for has None.
    """
    known = recognition.matches
    outcomes: dict[str, Outcome] = {}
    # Exports with the desk's state are written one at a time, and first, because they have addresses of their own.
    for story in stories:
        if story.desk_state is not None and not (outcomes and turn.is_over):
            outcomes[story.identity] = write_story(story, context, recognition)
    plain_stories = [story for story in stories if story.desk_state is None]
    new_stories = [story for story in plain_stories if story.identity not in known]
    for begin in range(0, len(new_stories), CREATED_AT_ONCE):
        if outcomes and turn.is_over:
            break
        piece = new_stories[begin : begin + CREATED_AT_ONCE]
        piece_outcomes = create_stories(piece, context)
        for story, outcome in zip(piece, piece_outcomes, strict=True):
            outcomes[story.identity] = with_warning(outcome, recognition.warnings.get(story.identity))
    known_keys = {story.identity: known[story.identity].story for story in plain_stories if story.identity in known}
    outcomes |= accept_unchanged(
        [(key, story) for story in plain_stories if (key := known_keys.get(story.identity)) is not None]
    )
    for story in plain_stories:
        if outcomes and turn.is_over:
            break
        if story.identity not in outcomes:
            outcomes[story.identity] = write_story(story, context, recognition)
    return [outcomes.get(story.identity) for story in stories]


def write_story(story: PreparedStory, context: WriteContext, recognition: Recognition | None = None) -> Outcome:
    """Create or update a PreparedStory; return its Outcome. Without a Recognition it is looked up again."""
    recognition = recognition or Recognition.of([story], context)
    match = recognition.matches.get(story.identity)
    if story.desk_state is not None:
        return write_export(story, story.desk_state, match, context) or write_story(story, context)
    if match is None:
        (outcome,) = create_stories([story], context)
        return with_warning(outcome, recognition.warnings.get(story.identity))
    known_outcome: Outcome | None = None
    if match.tombstone is not None:
        tombstone = Tombstone.objects.filter(pk=match.tombstone).first()
        known_outcome = deleted_outcome(tombstone, story) if tombstone else None
    elif match.story is not None:
        known_outcome = change_known_story(match.story, story, match, recognition.rivals.get(story.identity), context)
    # It was deleted after it was recognised.
    return known_outcome or write_story(story, context)


def change_known_story(
    key: int, story: PreparedStory, match: Match, rival: int | None, context: WriteContext
) -> Outcome | None:
    """Merge a document into the story with this key; return the Outcome, None if the story does not exist any more.

    `match` is the document's Match, `rival` the key of the story that the document's file had before.
    """
    upstream = (
        UpstreamDocument.objects.select_for_update(of=("self", "article"))
        .select_related("article")
        .filter(article=key)
        .first()
    )
    if upstream is None:
        article = Article.objects.select_for_update().filter(pk=key).first()
        if article is None:
            return None
        return change_story(article, lambda: adopt_story(article, story, context), context)
    is_older = is_older_file(story, upstream, is_former=match.is_former)
    if is_older and not context.is_file_of_other_story(upstream):
        return older_outcome(upstream)
    outcome = change_story(upstream.article, lambda: update_story(upstream, story, context), context)
    if rival is not None and outcome.action in WRITTEN:
        outcome = with_warning(outcome, suggest_joining(upstream.article_id, rival, story.path))
    return outcome


def change_story(article: Article, change: Callable[[], Outcome], context: WriteContext) -> Outcome:
    """Call `change`, which changes an existing story, if the actor may change it; return its Outcome."""
    is_permitted = may_import_over(context.actor, article)
    return apply_or_hold(change, context, is_permitted=is_permitted, warning=STORY_LEFT_ALONE)


def with_warning(outcome: Outcome, warning: Problem | None) -> Outcome:
    """Return the Outcome with one more problem, if there is a warning."""
    if warning is not None:
        outcome.problems = [*outcome.problems, warning]
    return outcome


def is_older_file(story: PreparedStory, upstream: UpstreamDocument, *, is_former: bool) -> bool:
    """Return whether a document is older than that of another file of its story, which counts.

    The same file with an earlier date is a correction. Of two files with one date the last by name counts if they have
    different URLs, as both may be imported every hour; with one URL, the file may have been renamed.
    """
    if not story.path or not upstream.path or story.path == upstream.path or not story.published_at:
        return False
    time, other_time = comparable_time(story.published_at), comparable_time(upstream.published)
    return time < other_time or (is_former and time == other_time and story.path < upstream.path)


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


def deleted_outcome(tombstone: Tombstone, story: PreparedStory) -> Outcome:
    """Return the Outcome of a story that was deleted at the desk and stays deleted, under its document's URL too."""
    if story.identity != tombstone.identity:
        FormerIdentity.objects.get_or_create(identity=story.identity, defaults={"tombstone": tombstone})
    when = f"{tombstone.deleted_at:%Y-%m-%d}"
    message = f"skipped: deleted at the desk on {when}; to import it, allow re-import under Deleted stories"
    outcome = Outcome.unchanged("")
    outcome.problems = [Problem(message, level=Level.WARNING)]
    return outcome
