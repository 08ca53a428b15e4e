"""Write stories: new ones together, unchanged ones with a few queries, the others one at a time."""

from collections.abc import Callable, Collection, Iterable, Sequence

from articles.db.bulk_rows import fetch_existing
from articles.documents.problems import Level, Problem
from articles.importing.change_detection import accept_unchanged
from articles.importing.results import Outcome
from articles.importing.writing.context import WriteContext
from articles.importing.writing.create import create_stories
from articles.importing.writing.permitted_changes import STORY_LEFT_ALONE, apply_or_hold
from articles.importing.writing.rows import PreparedStory
from articles.importing.writing.update import adopt_story, update_story
from articles.models import Article, Tombstone, UpstreamDocument
from articles.permissions import may_import_over
from newsroom.pacing import Turn

# How many new stories are written before the time is checked.
CREATED_AT_ONCE = 400


def known_identities(stories: Iterable[PreparedStory]) -> set[str]:
    """Return the identities of those documents whose story exists, or existed before it was deleted."""
    identities = [story.identity for story in stories]
    return fetch_existing(Article, "identity", identities) | fetch_existing(Tombstone, "identity", identities)


def write_stories(
    stories: Sequence[PreparedStory], known: Collection[str], turn: Turn, context: WriteContext
) -> list[Outcome | None]:
    """Create or update stories with different identities; return their Outcomes, in order.

    `known` are the identities that are not new. A story that the Turn had no time for has None.
    """
    new_stories = [story for story in stories if story.identity not in known]
    outcomes: dict[str, Outcome] = {}
    for begin in range(0, len(new_stories), CREATED_AT_ONCE):
        if outcomes and turn.is_over:
            break
        piece = new_stories[begin : begin + CREATED_AT_ONCE]
        piece_outcomes = create_stories(piece, context)
        outcomes |= {story.identity: outcome for story, outcome in zip(piece, piece_outcomes, strict=True)}
    outcomes |= accept_unchanged([story for story in stories if story.identity in known])
    for story in stories:
        if outcomes and turn.is_over:
            break
        if story.identity not in outcomes:
            outcomes[story.identity] = write_story(story, context)
    return [outcomes.get(story.identity) for story in stories]


def write_story(story: PreparedStory, context: WriteContext) -> Outcome:
    """Create or update a PreparedStory; return its Outcome."""
    upstream = (
        UpstreamDocument.objects.select_for_update(of=("self", "article"))
        .select_related("article")
        .filter(article__identity=story.identity)
        .first()
    )
    if upstream is not None:
        return change_story(upstream.article, lambda: update_story(upstream, story, context), context)
    article = Article.objects.select_for_update().filter(identity=story.identity).first()
    if article is not None:
        return change_story(article, lambda: adopt_story(article, story, context), context)
    tombstone = Tombstone.objects.filter(identity=story.identity).first()
    if tombstone is not None:
        return deleted_outcome(tombstone)
    (outcome,) = create_stories([story], context)
    return outcome


def change_story(article: Article, change: Callable[[], Outcome], context: WriteContext) -> Outcome:
    """Call `change`, which changes an existing story, if the actor may change it; return its Outcome."""
    is_permitted = may_import_over(context.actor, article)
    return apply_or_hold(change, context, is_permitted=is_permitted, warning=STORY_LEFT_ALONE)


def deleted_outcome(tombstone: Tombstone) -> Outcome:
    """Return the Outcome of a story that was deleted at the desk and stays deleted."""
    when = f"{tombstone.deleted_at:%Y-%m-%d}"
    message = f"skipped: deleted at the desk on {when}; to import it, allow re-import under Deleted stories"
    outcome = Outcome.unchanged("")
    outcome.problems = [Problem(message, level=Level.WARNING)]
    return outcome
