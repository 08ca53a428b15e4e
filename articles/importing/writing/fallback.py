"""Write documents together; if that fails, one at a time, each in a savepoint. A failure is logged and counted."""

import logging
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from django.db import DataError, IntegrityError, OperationalError, transaction

from articles.documents.problems import Problem
from articles.importing.recognition import Recognition
from articles.importing.results import Outcome
from articles.importing.writing.context import WriteContext
from articles.importing.writing.create import with_plain_slugs
from articles.importing.writing.rows import ParsedDocument, PreparedStory
from articles.importing.writing.stories import WrittenStories, write_stories, write_story
from articles.importing.writing.taxonomy import write_taxonomy
from newsroom.fallbacks import describe_cause, warn_of_fallback
from newsroom.pacing import Turn

logger = logging.getLogger(__name__)


@dataclass
class WriteResult:
    """The Outcomes of {number: document}, and the documents for which there was no time.

    `singly_count` is how many stories were written one at a time because writing them together failed; operators see
    it as `ImportBatch.written_singly`. `could_write_together` is false if creating stories together failed.
    """

    outcomes: dict[int, Outcome] = field(default_factory=dict)
    remaining: dict[int, ParsedDocument] = field(default_factory=dict)
    singly_count: int = 0
    could_write_together: bool = True


def write_documents(
    documents: Mapping[int, ParsedDocument],
    context: WriteContext,
    turn: Turn,
    *,
    only_new: bool = False,
    together: bool = True,
) -> WriteResult:
    """Write {number: document} until the Turn is over, at least one; return the WriteResult.

    Stories are written together if possible and if `together` is true, else one at a time in savepoints. With
    `only_new`, documents of known stories and of stories whose URL is taken are ignored: which story gets a URL is
    known when all documents have been read.
    """
    if not documents:
        return WriteResult()
    stories = {number: document for number, document in documents.items() if isinstance(document, PreparedStory)}
    recognition = Recognition.of(stories.values(), context)
    if only_new:
        new_stories = {number: story for number, story in stories.items() if story.identity not in recognition.matches}
        documents = stories = with_plain_slugs(new_stories)
    written = write_together(stories.values(), recognition, turn, context) if together else None
    result = WriteResult(could_write_together=written is not None)
    if written is not None:
        outcomes = written.outcomes
        result.outcomes = {n: outcomes[story.identity] for n, story in stories.items() if story.identity in outcomes}
    for number, document in documents.items():
        if number in result.outcomes:
            continue
        # Written together, the others are those for which the turn was too short.
        is_left = written is not None and number in stories and document.identity not in written.to_write_singly
        if is_left or (result.outcomes and turn.is_over):
            result.remaining[number] = document
            continue
        result.outcomes[number] = write_singly(document, context)
        result.singly_count += isinstance(document, PreparedStory)
    result.outcomes = {number: outcome.about(documents[number]) for number, outcome in result.outcomes.items()}
    return result


def write_together(
    stories: Collection[PreparedStory], recognition: Recognition, turn: Turn, context: WriteContext
) -> WrittenStories | None:
    """Write stories in one savepoint; return the WrittenStories, None if that fails."""
    try:
        with transaction.atomic():
            return write_stories(list(stories), recognition, turn, context)
    except OperationalError:
        # The whole transaction is repeated.
        raise
    except Exception as error:
        # Writing one at a time isolates the faulty story. The message may quote a row, so only the cause is logged.
        warn_of_fallback(f"import: {len(stories)} documents are written one at a time", describe_cause(error))
        context.clear_lookups()
        return None


def write_singly(document: ParsedDocument, context: WriteContext) -> Outcome:
    """Write one document in a savepoint; return its Outcome, a rejection if the database refuses it."""
    for attempt in (1, 2):
        try:
            with transaction.atomic():
                if isinstance(document, PreparedStory):
                    return write_story(document, context)
                return write_taxonomy(document, context)
        except (IntegrityError, DataError) as error:
            context.clear_lookups()
            if attempt == 2:
                return rejection(error)
            # The second attempt finds what another import wrote between our query and our write.
            warn_of_fallback("import: a document is looked up and written again", describe_cause(error))
        except OperationalError:
            raise
        except Exception as error:
            # A bug here must not lose the documents after this one.
            context.clear_lookups()
            return rejection(error)
    raise AssertionError("unreachable")


def rejection(error: Exception) -> Outcome:
    """Return the Outcome of a document that could not be written.

    The error's message is left out, as the database quotes the row, `secured` included.
    """
    cause = describe_cause(error)
    logger.error("import: a document could not be written: %s", cause)
    return Outcome.rejected(Problem(f"the document could not be written ({cause})"))
