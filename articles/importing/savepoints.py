"""Writing some documents in a transaction: all at once if that goes well, else each in a savepoint of its own."""

import logging
from dataclasses import dataclass, field
from functools import partial

from django.db import DataError, IntegrityError, OperationalError, transaction

from articles.importing.creating import uncontested
from articles.importing.outcomes import Outcome
from articles.importing.parsing import ORGANIZATION, STORY, TOPIC
from articles.importing.problems import Problem
from articles.importing.taxonomy import write_organization, write_topic
from articles.importing.writing import known_identities
from newsroom.fallbacks import warn_of_fallback

logger = logging.getLogger(__name__)
WRITE_TAXONOMY = {TOPIC: write_topic, ORGANIZATION: write_organization}


@dataclass
class Written:
    """What came of writing {number: document}: the Outcomes, and the documents for which the turn was too short.

    `singly` is how many were written one at a time because writing them together failed.
    """

    outcomes: dict = field(default_factory=dict)
    rest: dict = field(default_factory=dict)
    singly: int = 0


def write_documents(documents, writer, turn, only_new=False, together=True):
    """Write {number: document} until the Turn is over, and one at least; return the Written.

    All at once if that goes well, else each in a savepoint, as is done at once without `together`. With `only_new`
    documents of stories that are known, or whose URL another story has, are left out, as nothing is written of them:
    which one has the URL in the end is known when all have been read.
    """
    if not documents:
        return Written()
    stories = {number: document for number, document in documents.items() if document.sort == STORY}
    known = known_identities(stories.values())
    if only_new:
        new = {number: story for number, story in stories.items() if story.identity not in known}
        documents = stories = uncontested(new)
    outcomes = {}
    try:
        if together:
            with transaction.atomic():
                outcomes = dict(zip(stories, writer.write_many(list(stories.values()), known, turn), strict=True))
    except OperationalError:
        raise
    except Exception as error:
        # One of them is at fault; each by itself tells which.
        warn_of_fallback(f"import: {len(stories)} documents are written one at a time", cause_of(error))
        writer.forget()
        together = False
    written = Written(outcomes={number: outcome for number, outcome in outcomes.items() if outcome is not None})
    for number, document in documents.items():
        if number in written.outcomes:
            continue
        # Of stories that are written together some are left only when the turn is over.
        if (written.outcomes and turn.is_over) or number in outcomes:
            written.rest[number] = document
            continue
        written.outcomes[number] = write_one(document, writer)
        written.singly += document.sort == STORY
    written.outcomes = {number: name(outcome, documents[number]) for number, outcome in written.outcomes.items()}
    return written


def write_one(document, writer):
    """Write one document in a savepoint; return its Outcome, a rejection if the database would not have it."""
    for attempt in (1, 2):
        try:
            with transaction.atomic():
                if document.sort == STORY:
                    return writer.write(document)
                write = WRITE_TAXONOMY[document.sort]
                return writer.taxonomy_permitted(document.sort, partial(write, document, writer.newest))
        except (IntegrityError, DataError) as error:
            writer.forget()
            if attempt == 2:
                return refusal(error)
            # A second try finds what another import wrote between our look and our write.
            warn_of_fallback("import: a document is looked up and written again", cause_of(error))
        except OperationalError:
            raise
        except Exception as error:
            # Ours to mend, but no reason to lose the documents after it.
            writer.forget()
            return refusal(error)
    raise AssertionError("unreachable")


def refusal(error):
    """Return the rejection for a document that could not be written.

    The error's own message is left out, as the database's quotes the row, `secured` included.
    """
    cause = cause_of(error)
    logger.error("import: a document could not be written: %s", cause)
    return Outcome.rejected(Problem(f"the document could not be written ({cause})"))


def cause_of(error):
    """Return the name of the constraint that an exception is about, else that of its class; no text of a row."""
    return getattr(getattr(error.__cause__, "diag", None), "constraint_name", None) or type(error).__name__


def name(outcome, document):
    """Return `outcome` with the document's name, title and problems on it."""
    outcome.source, outcome.title = document.source, document.title
    outcome.problems = document.problems + outcome.problems
    return outcome
