"""One run of the importer: from sources to outcomes."""

import logging
import pickle
import tempfile
from collections import Counter
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass, field
from itertools import islice
from pathlib import PurePath

from django.db import DataError, IntegrityError, OperationalError, transaction
from django.utils import timezone

from articles import workflow
from articles.choices import Result
from articles.importing.outcomes import Outcome
from articles.importing.parsing import ORGANIZATION, STORY, TOPIC, Document, parse_document
from articles.importing.problems import Problem
from articles.importing.recognising import Recognised, recognise
from articles.importing.sources import check_sources, read_sources
from articles.importing.taxonomy import write_organization, write_topic
from articles.importing.writing import Publish, StoryWriter
from articles.models import ImportBatch, ImportedDocument

logger = logging.getLogger(__name__)
DOCUMENTS_AT_ONCE = 250
ATTEMPTS = 4
SPOOL_IN_MEMORY = 16 * 1024 * 1024


@dataclass
class Report:
    """What became of every document of a batch, in the order they were read; None where the run did not get to it."""

    batch: ImportBatch
    outcomes: list[Outcome] = field(default_factory=list)

    @property
    def counts(self):
        """Return {result: number of documents}, every result named."""
        counted = Counter(outcome.action for outcome in self.outcomes if outcome)
        return {str(result): counted[result] for result in Result}

    @property
    def is_complete(self):
        """Whether everything went in: nothing rejected, nothing held."""
        return not any(outcome.action in (Result.REJECTED, Result.HELD) for outcome in self.outcomes if outcome)

    def as_json(self):
        """Return the report by its contract (docs/import-format.md)."""
        return {
            "batch": self.batch.pk,
            "dry_run": self.batch.dry_run,
            "counts": self.counts,
            "documents": [outcome.as_json() for outcome in self.outcomes if outcome],
        }


class Spool:
    """Parsed documents on their way from the reader to the writer, on disk when they are many."""

    def __init__(self):
        self.file = tempfile.SpooledTemporaryFile(max_size=SPOOL_IN_MEMORY)  # noqa: SIM115 - closed by __exit__

    def __enter__(self):
        return self

    def __exit__(self, *_error):
        self.file.close()

    def add(self, index, document):
        pickle.dump((index, document), self.file, protocol=pickle.HIGHEST_PROTOCOL)

    def __iter__(self):
        self.file.seek(0)
        while True:
            try:
                yield pickle.load(self.file)  # noqa: S301 - we wrote it a moment ago
            except EOFError:
                return


def import_sources(
    names,
    standard_input=None,
    notify: Callable[[Outcome], None] | None = None,
    *,
    dry_run=False,
    publish=Publish.UPSTREAM,
    actor=workflow.COMMAND_LINE,
):
    """Import every document of `names` (files, archives, folders, `-`) as an ImportBatch and return the Report.

    A bad document is reported and costs nothing but itself. Of several documents of one story the one
    with the latest `publishedDateTime` counts, then the last by name; the others are duplicates. Raises
    UnusableSource, before anything is written, when a source is not there. `notify` is called with every
    outcome as it becomes known. A dry run does all of it and takes it back; `publish` says whether
    upstream's proposal to publish is followed. Interrupted, what was finished stays, and the batch says so.
    """
    check_sources(names)
    batch = ImportBatch.objects.create(
        sources=list(names),
        options={"publish": publish},
        dry_run=dry_run,
        actor=actor.user,
        origin=actor.origin,
    )
    report = Report(batch)
    batch.state = ImportBatch.State.INTERRUPTED
    try:
        take_in(read_documents(read_sources(names, standard_input)), report, notify, publish)
        batch.state = ImportBatch.State.FINISHED
    finally:
        keep_results(report)
    return report


def take_in(documents, report, notify, publish):
    """Find out which documents count, then write them; fill in the outcomes of `report`."""
    winners, dry_run = {}, report.batch.dry_run
    # Apart, as all topics and organizations are written before the first story.
    with Spool() as taxonomy, Spool() as stories:
        for index, document in enumerate(documents):
            if document.is_sound:
                report.outcomes.append(None)
                (stories if document.sort == STORY else taxonomy).add(index, document)
                contender = (*precedence(document), index)
                winners[key_of(document)] = max(winners.get(key_of(document), contender), contender)
            else:
                report.outcomes.append(name(Outcome.rejected(), document))
                tell(notify, report.outcomes[index])
        with transaction.atomic() if dry_run else nullcontext():
            for spool in (taxonomy, stories):
                write_all(spool, winners, report, notify, StoryWriter(publish, report.batch))
            if dry_run:
                transaction.set_rollback(True)


def keep_results(report):
    """Write down what became of the batch and of each of its documents."""
    batch = report.batch
    batch.finished_at, batch.counts = timezone.now(), report.counts
    with transaction.atomic():
        batch.save()
        rows = (
            ImportedDocument(
                batch=batch,
                position=position,
                has_problems=bool(outcome.problems or outcome.conflicts),
                **outcome.as_json(),
            )
            for position, outcome in enumerate(report.outcomes)
            if outcome
        )
        while some := list(islice(rows, 1000)):
            ImportedDocument.objects.bulk_create(some)


def report_of(batch):
    """Return the report of an ImportBatch as its contract has it, from what was written down."""
    keys = ("source", "action", "url", "title", "changed", "conflicts", "duplicate_of", "problems")
    documents = list(batch.documents.order_by("position").values(*keys))
    return {"batch": batch.pk, "dry_run": batch.dry_run, "counts": batch.counts, "documents": documents}


def read_documents(raws):
    """Yield a Document, or a Recognised where nothing new is said, for each of the RawDocuments `raws`."""
    while some := list(islice(raws, DOCUMENTS_AT_ONCE)):
        known = recognise(some)
        for index, raw in enumerate(some):
            if index in known:
                yield known[index]
            elif raw.problem:
                yield Document(raw.source, problems=[raw.problem])
            else:
                yield parse_document(raw.content, raw.source)


def write_all(spool, winners, report, notify, writer):
    """Write the spooled documents, some in a transaction."""
    documents = iter(spool)
    while some := list(islice(documents, DOCUMENTS_AT_ONCE)):
        winning = []
        for index, document in some:
            *_precedence, winning_source, winner = winners[key_of(document)]
            if winner == index:
                winning.append((index, document))
            else:
                report.outcomes[index] = name(Outcome(Result.DUPLICATE, duplicate_of=winning_source), document)
        outcomes = commit_some([document for _index, document in winning], writer)
        for (index, document), outcome in zip(winning, outcomes, strict=True):
            report.outcomes[index] = name(outcome, document)
        for index, _document in some:
            tell(notify, report.outcomes[index])


def commit_some(documents, writer):
    """Write some documents in a transaction; return their Outcomes once it is committed.

    What another import or an editor does at the same moment can undo the whole of it (a deadlock, a
    provider merged away), so it is tried again.
    """
    for attempt in range(1, ATTEMPTS + 1):
        # What was looked up for the last transaction may be gone by now.
        writer.forget()
        try:
            with transaction.atomic():
                return write_some(documents, writer)
        except (IntegrityError, OperationalError) as error:
            if attempt == ATTEMPTS or transaction.get_connection().in_atomic_block:
                raise
            logger.warning("import: tried again after %s", type(error).__name__)
    raise AssertionError("unreachable")


def write_some(documents, writer):
    """Write some documents, all at once if that goes well, else each in a savepoint of its own; return the Outcomes."""
    stories = [document for document in documents if isinstance(document, Document) and document.sort == STORY]
    try:
        with transaction.atomic():
            written = dict(zip(map(id, stories), writer.write_many(stories), strict=True))
    except OperationalError:
        raise
    except Exception:
        # One of them is at fault; each by itself tells which.
        writer.forget()
        written = {}
    return [written.get(id(document)) or write_one(document, writer) for document in documents]


def write_one(document, writer):
    """Write one document in a savepoint; return its Outcome, a rejection if the database would not have it."""
    if isinstance(document, Recognised):
        document.write()
        return Outcome.unchanged(document.url)
    for attempt in (1, 2):
        try:
            with transaction.atomic():
                if document.sort == TOPIC:
                    return write_topic(document)
                if document.sort == ORGANIZATION:
                    return write_organization(document)
                return writer.write(document)
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


def key_of(document):
    """Return what two documents of the same thing share."""
    if document.sort == STORY:
        return STORY, document.identity
    return document.sort, document.values.get("domain", ""), document.values["name"].strip()


def precedence(document):
    """Return what decides between two documents of one story: the later one, then the last by name."""
    return document.published, PurePath(document.source).name, document.source


def name(outcome, document):
    """Return `outcome` with the document's name, title and problems on it."""
    outcome.source, outcome.title = document.source, document.title
    outcome.problems = document.problems + outcome.problems
    return outcome


def tell(notify, outcome):
    if notify is not None:
        notify(outcome)
