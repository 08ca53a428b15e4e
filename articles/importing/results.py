"""Writing down what became of every document of a batch, and reading it again as a report."""

import json
from collections import Counter
from datetime import datetime
from heapq import merge

from django.db import connection
from django.db.models import DateTimeField

from articles.choices import SKIPPED, Result
from articles.importing.bulk import AS_NUMBER, Layout, in_pieces, json_text
from articles.importing.outcomes import REPORTED, Outcome
from articles.importing.problems import Problem
from articles.models import Article, ImportBatch, ImportedDocument, UnchangedDocuments
from articles.reader_urls import reader_url

DOCUMENTS = Layout(
    ImportedDocument,
    [
        *("batch_id", "position", "source", "action", "url", "title", "changed", "conflicts", "duplicate_of"),
        *("problems", "has_problems", "article_id", "changes", "seen_at", "left_at", "snapshot"),
    ],
    ["undoing"],
)
NOTHING = "[]"
SKIPPED_LISTED = 100
TIME = DateTimeField()


class Ledger:
    """Keeps the results of a batch: a row for each document, and one for many of which nothing is to say."""

    def __init__(self, batch):
        self.batch, self.counted = batch, Counter()
        # Of files that are no documents, the names of the first.
        self.skipped, self.skipped_names = 0, []

    def skip(self, names):
        """Count files that are no documents."""
        self.skipped += len(names)
        self.skipped_names += names[: SKIPPED_LISTED - len(self.skipped_names)]

    def enter(self, outcomes, quiet):
        """Write down {number: Outcome}, and those `quiet`, [(number, source, key of the story)], that are unchanged."""
        quiet, rows = list(quiet), []
        for number, outcome in sorted(outcomes.items()):
            if outcome.action is Result.UNCHANGED and outcome.article_id and not outcome.has_problems:
                quiet.append((number, outcome.source, outcome.article_id))
            else:
                rows.append(self.row(number, outcome))
        DOCUMENTS.insert(rows)
        if quiet:
            quiet.sort()
            packed = UnchangedDocuments.pack(quiet)
            UnchangedDocuments.objects.create(batch=self.batch, position=quiet[0][0], number=len(quiet), packed=packed)

    def count(self, outcomes, quiet):
        """Count what is written down for good."""
        self.counted.update(outcome.action for outcome in outcomes.values())
        self.counted[Result.UNCHANGED] += len(quiet)

    @property
    def counts(self):
        """Return {result: number of documents}, every result named, and the number of files skipped."""
        return {str(result): self.counted[result] for result in Result} | {SKIPPED: self.skipped}

    def row(self, number, outcome):
        return (
            self.batch.pk,
            number,
            outcome.source,
            outcome.action.value,
            outcome.url,
            outcome.title,
            json_text(outcome.changed) if outcome.changed else NOTHING,
            json_text(outcome.conflicts) if outcome.conflicts else NOTHING,
            outcome.duplicate_of,
            json_text([problem.as_json() for problem in outcome.problems]) if outcome.problems else NOTHING,
            AS_NUMBER[outcome.has_problems],
            # What was rolled back has a key that nobody has.
            None if outcome.action is Result.CREATED and self.batch.dry_run else outcome.article_id,
            json_text(outcome.changes) if outcome.changes else NOTHING,
            stored_time(outcome.seen_at),
            stored_time(outcome.left_at),
            json_text(outcome.snapshot),
        )


def stored_time(when):
    return TIME.get_db_prep_value(when, connection) if isinstance(when, datetime) else when


class Report:
    """What became of every document of a batch, in the order they were read, from what was written down."""

    def __init__(self, batch):
        self.batch = batch

    @property
    def counts(self):
        """Return {result: number of documents}, every result named."""
        return self.batch.counts

    @property
    def is_complete(self):
        """Whether everything went in: nothing rejected, nothing held."""
        return not self.counts[Result.REJECTED] and not self.counts[Result.HELD]

    @property
    def outcomes(self):
        """Return a list of Outcomes: of a large batch a large one."""
        return [
            Outcome(
                **said
                | {
                    "action": Result(said["action"]),
                    "problems": [Problem.from_json(problem) for problem in said["problems"]],
                }
            )
            for said in documents_of(self.batch)
        ]

    def as_json(self):
        """Return the report by its contract (docs/import-format.md)."""
        return report_of(self.batch)


def report_of(batch):
    """Return the report of an ImportBatch as its contract has it."""
    return json.loads("".join(stream_report(batch)))


def stream_report(batch):
    """Yield the report of an ImportBatch, JSON by its contract, piece by piece."""
    counts = dict.fromkeys([*map(str, Result), SKIPPED], 0) | batch.counts
    values = {"batch": batch.pk, "dry_run": batch.dry_run, "counts": counts, "written_singly": batch.written_singly}
    head = json.dumps(values, indent=2)
    yield head.removesuffix("\n}") + ',\n  "documents": ['
    comma = ""
    for document in documents_of(batch):
        yield f"{comma}\n    {json.dumps(document, ensure_ascii=False)}"
        comma = ","
    yield "\n  ]\n}\n"


def documents_of(batch: ImportBatch):
    """Yield every document's part of the report, in the order the documents were read."""
    told = batch.documents.order_by("position").values_list("position", *REPORTED).iterator(2000)
    everything = merge(
        ((position, dict(zip(REPORTED, said, strict=True))) for position, *said in told),
        unchanged_documents(batch),
        key=lambda pair: pair[0],
    )
    return (document for _position, document in everything)


def unchanged_documents(batch):
    for some in batch.unchanged.order_by("position").iterator(10):
        stories = stories_of(key for _position, _source, key in some.entries)
        for position, source, key in some.entries:
            title, url = stories.get(key, ("", ""))
            outcome = Outcome(Result.UNCHANGED, url, source=source, title=title)
            yield position, outcome.as_json()


def stories_of(keys):
    """Return {key: (headline, reader's URL)} of the stories that are there."""
    return {
        pk: (title, reader_url(day, slug))
        for some in in_pieces(keys)
        for pk, title, day, slug in Article.objects.filter(pk__in=some).values_list("pk", "title", "url_date", "slug")
    }
