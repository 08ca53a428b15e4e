"""The results of an import: what became of every document, written to the database and read as a report."""

import json
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from heapq import merge

from django.db import connection

from articles.choices import SKIPPED, Result
from articles.db.bulk_rows import BOOLEAN_NUMBERS, RowLayout, chunked, json_text
from articles.documents.problems import Level, Problem
from articles.models import Article, ImportBatch, ImportedDocument, UnchangedDocuments
from articles.story_urls import reader_url

REPORT_COLUMNS = ("source", "action", "url", "title", "changed", "conflicts", "duplicate_of", "problems")
DOCUMENTS = RowLayout(
    ImportedDocument,
    [
        *("batch_id", "position", "source", "action", "url", "title", "changed", "conflicts", "duplicate_of"),
        *("problems", "has_problems", "article_id", "changes", "seen_at", "left_at", "snapshot"),
    ],
    ["undoing"],
)
EMPTY_LIST = "[]"
MAX_SKIPPED_NAMES = 100


@dataclass(slots=True)
class Outcome:
    """What became of one document: the fields of the report, and what undoing and the desk need.

    `article_id` is the story's key, `changes` a list of {"field", "before", "after"} in the format's terms, `seen_at`
    and `left_at` the story's `updated_at` before and after, `snapshot` the story's rows before.
    """

    action: Result
    url: str = ""
    source: str = ""
    title: str = ""
    changed: list[str] = field(default_factory=list)
    conflicts: list[str] = field(default_factory=list)
    duplicate_of: str = ""
    problems: list[Problem] = field(default_factory=list)
    article_id: int | None = None
    changes: list[dict] = field(default_factory=list, repr=False)
    seen_at: datetime | None = None
    left_at: datetime | None = None
    snapshot: dict | None = field(default=None, repr=False)

    @classmethod
    def created(cls, url, article_id=None, left_at=None):
        return cls(Result.CREATED, url, article_id=article_id, left_at=left_at)

    @classmethod
    def unchanged(cls, url, article_id=None):
        return cls(Result.UNCHANGED, url, article_id=article_id)

    @classmethod
    def merged(cls, url, changed, conflicts):
        """Return the Outcome of a merge: a conflict if there is one, else updated if anything changed."""
        action = Result.CONFLICT if conflicts else Result.UPDATED if changed else Result.UNCHANGED
        return cls(action, url, changed=changed, conflicts=conflicts)

    @classmethod
    def rejected(cls, *problems):
        return cls(Result.REJECTED, problems=list(problems))

    @classmethod
    def held(cls, message):
        return cls(Result.HELD, problems=[Problem(message, level=Level.WARNING)])

    def about(self, document):
        """Add the document's source, title and problems; return self."""
        self.source, self.title = document.source, document.title
        self.problems = document.problems + self.problems
        return self

    @property
    def has_problems(self):
        """Whether a person should look at it."""
        return bool(self.problems or self.conflicts)

    def as_json(self):
        """Return the outcome as in the report (docs/import-format.md)."""
        values = {name: getattr(self, name) for name in REPORT_COLUMNS}
        return values | {"action": str(self.action), "problems": [problem.as_json() for problem in self.problems]}

    def lines(self):
        """Return a line for each error and warning, for people."""
        return [
            f"{'error' if problem.level is Level.ERROR else 'warning'}: {problem.describe(self.source)}"
            for problem in self.problems
        ]


class ResultWriter:
    """Writes and counts the results of a batch: a row for each document, and one for many unchanged ones."""

    def __init__(self, batch):
        self.batch, self.counter = batch, Counter()
        # Of files that are not documents; the first names.
        self.skipped_count, self.skipped_names = 0, []

    def add_skipped(self, names):
        """Count files that are not documents."""
        self.skipped_count += len(names)
        self.skipped_names += names[: MAX_SKIPPED_NAMES - len(self.skipped_names)]

    def write(self, outcomes, unchanged):
        """Write {number: Outcome}, and the `unchanged`, [(number, source, story key)], of which there is no Outcome."""
        unchanged, rows = list(unchanged), []
        for number, outcome in sorted(outcomes.items()):
            if outcome.action is Result.UNCHANGED and outcome.article_id and not outcome.has_problems:
                unchanged.append((number, outcome.source, outcome.article_id))
            else:
                rows.append(self.row(number, outcome))
        DOCUMENTS.insert(rows)
        if unchanged:
            unchanged.sort()
            UnchangedDocuments.objects.create(
                batch=self.batch,
                position=unchanged[0][0],
                number=len(unchanged),
                packed=UnchangedDocuments.pack(unchanged),
            )

    def count(self, outcomes, unchanged):
        """Count results whose transaction is committed."""
        self.counter.update(outcome.action for outcome in outcomes.values())
        self.counter[Result.UNCHANGED] += len(unchanged)

    @property
    def counts(self):
        """Return {result: number of documents} for every result, and the number of skipped files."""
        return {str(result): self.counter[result] for result in Result} | {SKIPPED: self.skipped_count}

    def row(self, number, outcome):
        return (
            self.batch.pk,
            number,
            outcome.source,
            outcome.action.value,
            outcome.url,
            outcome.title,
            json_text(outcome.changed) if outcome.changed else EMPTY_LIST,
            json_text(outcome.conflicts) if outcome.conflicts else EMPTY_LIST,
            outcome.duplicate_of,
            json_text([problem.as_json() for problem in outcome.problems]) if outcome.problems else EMPTY_LIST,
            BOOLEAN_NUMBERS[outcome.has_problems],
            # A story that was rolled back has no key.
            None if outcome.action is Result.CREATED and self.batch.dry_run else outcome.article_id,
            json_text(outcome.changes) if outcome.changes else EMPTY_LIST,
            stored_time(outcome.seen_at),
            stored_time(outcome.left_at),
            json_text(outcome.snapshot),
        )


def stored_time(when):
    return connection.ops.adapt_datetimefield_value(when) if isinstance(when, datetime) else when


class Report:
    """The results of a batch, in the order its documents were read, from the database."""

    def __init__(self, batch):
        self.batch = batch

    @property
    def counts(self):
        """Return {result: number of documents} for every result."""
        return self.batch.counts

    @property
    def is_complete(self):
        """Whether everything was imported: nothing rejected, nothing held."""
        return not self.counts[Result.REJECTED] and not self.counts[Result.HELD]

    @property
    def outcomes(self):
        """Return a list of all Outcomes; a large one for a large batch."""
        return [
            Outcome(
                **values
                | {
                    "action": Result(values["action"]),
                    "problems": [Problem.from_json(problem) for problem in values["problems"]],
                }
            )
            for values in report_documents(self.batch)
        ]

    def as_json(self):
        """Return the report (docs/import-format.md)."""
        return json.loads("".join(stream_report(self.batch)))


def stream_report(batch):
    """Yield the report of an ImportBatch as JSON (docs/import-format.md), in pieces."""
    counts = dict.fromkeys([*map(str, Result), SKIPPED], 0) | batch.counts
    summary = {"batch": batch.pk, "dry_run": batch.dry_run, "counts": counts, "written_singly": batch.written_singly}
    head = json.dumps(summary, indent=2)
    yield head.removesuffix("\n}") + ',\n  "documents": ['
    comma = ""
    for document in report_documents(batch):
        yield f"{comma}\n    {json.dumps(document, ensure_ascii=False)}"
        comma = ","
    yield "\n  ]\n}\n"


def report_documents(batch: ImportBatch):
    """Return an iterator of every document's part of the report, in the order the documents were read."""
    rows = batch.documents.order_by("position").values_list("position", *REPORT_COLUMNS).iterator(2000)
    documents = merge(
        ((position, dict(zip(REPORT_COLUMNS, values, strict=True))) for position, *values in rows),
        unchanged_documents(batch),
        key=lambda pair: pair[0],
    )
    return (document for _position, document in documents)


def unchanged_documents(batch):
    """Yield (position, the report's part) of the unchanged documents of a batch."""
    for packed in batch.unchanged.order_by("position").iterator(10):
        stories = titles_and_urls(key for _position, _source, key in packed.entries)
        for position, source, key in packed.entries:
            title, url = stories.get(key, ("", ""))
            outcome = Outcome(Result.UNCHANGED, url, source=source, title=title)
            yield position, outcome.as_json()


def titles_and_urls(keys):
    """Return {key: (title, reader URL)} of those stories that exist."""
    return {
        pk: (title, reader_url(day, slug))
        for piece in chunked(keys)
        for pk, title, day, slug in Article.objects.filter(pk__in=piece).values_list("pk", "title", "url_date", "slug")
    }
