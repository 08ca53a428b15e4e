"""The results of an import: one for every document, written to the database and read as a report."""

import json
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from heapq import heappop, heappush, merge
from typing import Any, NotRequired, Self, TypedDict

from articles.choices import SKIPPED, Result
from articles.db.bulk_rows import BOOLEAN_NUMBERS, RowLayout, as_utc_text, chunked, json_text, time_text
from articles.documents.problems import Level, Problem
from articles.importing.writing.rows import ParsedDocument
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
# (number, source, story key) of an unchanged document.
UnchangedDocument = tuple[int, str, int]


class FieldChange(TypedDict):
    """A changed field by the format's key, with its values; one in conflict also has upstream's, `theirs`."""

    field: str
    before: object
    after: object
    theirs: NotRequired[object]


@dataclass(slots=True)
class Outcome:
    """The result of one document: the fields of the report, and those that undoing and the desk need.

    `article_id` is the story's key. `updated_at_before` and `updated_at_after` are the story's `updated_at` before and
    after this document; for a new story, `updated_at_after` is a text in the form that the database stores.

    `changes_json` is a list of FieldChanges, `snapshot_json` a Snapshot of the story's rows before it, None for none:
    as JSON they take a quarter of the memory.
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
    changes_json: str = field(default=EMPTY_LIST, repr=False)
    updated_at_before: datetime | None = None
    updated_at_after: datetime | str | None = None
    snapshot_json: str | None = field(default=None, repr=False)

    @classmethod
    def created(cls, url: str, article_id: int | None = None, updated_at_after: str | None = None) -> Self:
        return cls(Result.CREATED, url, article_id=article_id, updated_at_after=updated_at_after)

    @classmethod
    def unchanged(cls, url: str, article_id: int | None = None) -> Self:
        return cls(Result.UNCHANGED, url, article_id=article_id)

    @classmethod
    def merged(cls, url: str, changed: list[str], conflicts: list[str]) -> Self:
        """Return the Outcome of a merge: a conflict if there is one, else updated if anything changed."""
        action = Result.CONFLICT if conflicts else Result.UPDATED if changed else Result.UNCHANGED
        return cls(action, url, changed=changed, conflicts=conflicts)

    @classmethod
    def rejected(cls, *problems: Problem) -> Self:
        return cls(Result.REJECTED, problems=list(problems))

    @classmethod
    def held(cls, message: str) -> Self:
        return cls(Result.HELD, problems=[Problem(message, level=Level.WARNING)])

    def about(self, document: ParsedDocument) -> Self:
        """Add the document's source, title and problems; return self."""
        self.source, self.title = document.source, document.title
        self.problems = document.problems + self.problems
        return self

    def forget_written(self) -> None:
        """Free the memory of what only the database needs, once it is written."""
        self.changes_json, self.snapshot_json = EMPTY_LIST, None

    @property
    def has_problems(self) -> bool:
        """Whether a person should look at it."""
        return bool(self.problems or self.conflicts)

    def as_json(self) -> dict[str, Any]:
        """Return the outcome as in the report (docs/import-format.md)."""
        values = {name: getattr(self, name) for name in REPORT_COLUMNS}
        return values | {"action": str(self.action), "problems": [problem.as_json() for problem in self.problems]}

    def lines(self) -> list[str]:
        """Return a line for each error and warning, for people."""
        return [
            f"{'error' if problem.level is Level.ERROR else 'warning'}: {problem.describe(self.source)}"
            for problem in self.problems
        ]


class ResultWriter:
    """Writes and counts the results of a batch: a row for each document, and one for many unchanged ones."""

    def __init__(self, batch: ImportBatch) -> None:
        self.batch = batch
        self.counter: Counter[Result] = Counter()
        # How many files are not documents, and the first names of such files.
        self.skipped_count = 0
        self.skipped_names: list[str] = []

    def add_skipped(self, names: Sequence[str]) -> None:
        """Count files that are not documents."""
        self.skipped_count += len(names)
        self.skipped_names += names[: MAX_SKIPPED_NAMES - len(self.skipped_names)]

    def write(self, outcomes: Mapping[int, Outcome], unchanged: Iterable[UnchangedDocument]) -> None:
        """Write {number: Outcome}, and the `unchanged` documents, which have no Outcome."""
        unchanged, rows = list(unchanged), []
        for number, outcome in sorted(outcomes.items()):
            # One that was merged moved the base or closed a conflict, which undoing takes back.
            is_plain = outcome.action is Result.UNCHANGED and outcome.updated_at_before is None
            if is_plain and outcome.article_id and not outcome.has_problems:
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

    def count(self, outcomes: Mapping[int, Outcome], unchanged: Collection[UnchangedDocument]) -> None:
        """Count results whose transaction is committed."""
        self.counter.update(outcome.action for outcome in outcomes.values())
        self.counter[Result.UNCHANGED] += len(unchanged)

    @property
    def counts(self) -> dict[str, int]:
        """Return {result: number of documents} for every result, and the number of skipped files."""
        return {str(result): self.counter[result] for result in Result} | {SKIPPED: self.skipped_count}

    def row(self, number: int, outcome: Outcome) -> tuple[object, ...]:
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
            outcome.changes_json,
            stored_time(outcome.updated_at_before),
            stored_time(outcome.updated_at_after),
            outcome.snapshot_json,
        )


def stored_time(when: datetime | str | None) -> str | None:
    return time_text(as_utc_text(when)) if isinstance(when, datetime) else when


class Report:
    """The results of a batch, in the order its documents were read, from the database."""

    def __init__(self, batch: ImportBatch) -> None:
        self.batch = batch

    @property
    def counts(self) -> dict[str, int]:
        """Return {result: number of documents} for every result."""
        counts: dict[str, int] = self.batch.counts
        return counts

    @property
    def is_complete(self) -> bool:
        """Whether everything was imported: nothing rejected, nothing held."""
        return not self.counts[Result.REJECTED] and not self.counts[Result.HELD]

    @property
    def outcomes(self) -> list[Outcome]:
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

    def as_json(self) -> dict[str, Any]:
        """Return the report (docs/import-format.md)."""
        report: dict[str, Any] = json.loads("".join(stream_report(self.batch)))
        return report


def stream_report(batch: ImportBatch) -> Iterator[str]:
    """Yield the report of an ImportBatch as JSON (docs/import-format.md), in pieces."""
    counts = dict.fromkeys([*map(str, Result), SKIPPED], 0) | batch.counts
    summary = {
        "batch": batch.pk,
        "dry_run": batch.dry_run,
        # To the millisecond; null while the import runs.
        "seconds": round(batch.duration.total_seconds(), 3) if batch.duration is not None else None,
        "counts": counts,
        "skipped": {"count": counts[SKIPPED], "names": batch.skipped or []},
        "written_singly": batch.written_singly,
    }
    head = json.dumps(summary, indent=2, ensure_ascii=False)
    yield head.removesuffix("\n}") + ',\n  "documents": ['
    comma = ""
    for document in report_documents(batch):
        yield f"{comma}\n    {json.dumps(document, ensure_ascii=False)}"
        comma = ","
    yield "\n  ]\n}\n"


def report_documents(batch: ImportBatch) -> Iterator[dict[str, Any]]:
    """Return an iterator of every document's part of the report, in the order the documents were read."""
    rows = batch.documents.order_by("position").values_list("position", *REPORT_COLUMNS).iterator(2000)
    documents = merge(
        ((position, dict(zip(REPORT_COLUMNS, values, strict=True))) for position, *values in rows),
        unchanged_documents(batch),
        key=lambda pair: pair[0],
    )
    return (document for _position, document in documents)


def unchanged_documents(batch: ImportBatch) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield (position, the report's part) of the unchanged documents of a batch, in the order of their positions."""
    # The documents of two rows may alternate.
    waiting: list[tuple[int, dict[str, Any]]] = []
    for packed in batch.unchanged.order_by("position").iterator(10):
        while waiting and waiting[0][0] < packed.position:
            yield heappop(waiting)
        stories = titles_and_urls(key for _position, _source, key in packed.entries)
        for position, source, key in packed.entries:
            title, url = stories.get(key, ("", ""))
            outcome = Outcome(Result.UNCHANGED, url, source=source, title=title)
            heappush(waiting, (position, outcome.as_json()))
    while waiting:
        yield heappop(waiting)


def titles_and_urls(keys: Iterable[int]) -> dict[int, tuple[str, str]]:
    """Return {key: (title, reader URL)} of those stories that exist."""
    return {
        pk: (title, reader_url(day, slug))
        for piece in chunked(keys)
        for pk, title, day, slug in Article.objects.filter(pk__in=piece).values_list("pk", "title", "url_date", "slug")
    }
