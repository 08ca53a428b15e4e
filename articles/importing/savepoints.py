"""Writing some documents in a transaction: all at once if that goes well, else each in a savepoint of its own."""

import logging
from functools import partial

from django.db import DataError, IntegrityError, OperationalError, transaction

from articles.importing.outcomes import Outcome
from articles.importing.parsing import ORGANIZATION, STORY, TOPIC
from articles.importing.problems import Problem
from articles.importing.taxonomy import write_organization, write_topic
from articles.importing.writing import known_identities

logger = logging.getLogger(__name__)
WRITE_TAXONOMY = {TOPIC: write_topic, ORGANIZATION: write_organization}


def write_documents(documents, writer, only_new=False):
    """Write {number: document}, all at once if that goes well, else each in a savepoint; return the Outcomes.

    With `only_new` there is none for documents of stories that are known, as nothing is written of them.
    """
    if not documents:
        return {}
    stories = {number: document for number, document in documents.items() if document.sort == STORY}
    known = known_identities(stories.values())
    if only_new:
        documents = stories = {number: story for number, story in stories.items() if story.identity not in known}
    try:
        with transaction.atomic():
            written = dict(zip(stories, writer.write_many(list(stories.values()), known), strict=True))
    except OperationalError:
        raise
    except Exception:
        # One of them is at fault; each by itself tells which.
        writer.forget()
        written = {}
    return {
        number: name(written.get(number) or write_one(document, writer), document)
        for number, document in documents.items()
    }


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
            # A second try finds what another import wrote between our look and our write.
            if attempt == 2:
                return refusal(error)
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
    constraint = getattr(getattr(error.__cause__, "diag", None), "constraint_name", None) or type(error).__name__
    logger.error("import: a document could not be written: %s", constraint)
    return Outcome.rejected(Problem(f"the document could not be written ({constraint})"))


def name(outcome, document):
    """Return `outcome` with the document's name, title and problems on it."""
    outcome.source, outcome.title = document.source, document.title
    outcome.problems = document.problems + outcome.problems
    return outcome
