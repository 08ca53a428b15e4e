"""What became of the documents of an import: the filters over them, and the rows of a page."""

import json
from dataclasses import dataclass

from django.core.paginator import Paginator
from django.db.models import Case, Count, IntegerField, Value, When
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from articles.choices import Result
from articles.documents.mapping import without_secured
from articles.documents.problems import readable_field
from articles.importing.results import titles_and_urls
from articles.models import ImportBatch, ImportedDocument
from articles.sanitising import plain_text
from desk.imports.import_state import is_undone_in_part
from desk.stories.history_texts import key_label

SHOWN_LENGTH = 240
# How much of a value that two versions have in common is shown before they differ.
COMMON_LENGTH = 30
TITLE_LENGTH = 300
PAGE_SIZE = 50
State = ImportBatch.State
Undoing = ImportedDocument.Undoing
RESULT_BADGES = {
    Result.CREATED: "success",
    Result.UPDATED: "success",
    Result.CONFLICT: "warning",
    Result.HELD: "warning",
    Result.REJECTED: "danger",
}
# In a preview, which has not written anything.
PREVIEW_LABELS = {Result.CREATED: gettext_lazy("New"), Result.UPDATED: gettext_lazy("Will update")}
# What a person has to look at comes first.
BY_URGENCY = Case(
    When(action=Result.REJECTED, then=Value(0)),
    When(action__in=[Result.HELD, Result.CONFLICT], then=Value(1)),
    When(has_problems=True, then=Value(2)),
    When(action=Result.UPDATED, then=Value(3)),
    When(action=Result.CREATED, then=Value(4)),
    default=Value(5),
    output_field=IntegerField(),
)


@dataclass
class Choice:
    """One of the filters over the documents, a row of the table of counts. `kind` is its badge."""

    key: str
    label: str
    number: int
    kind: str = ""
    is_chosen: bool = False


class Documents:
    """The documents of a batch that a request's parameters select, a page of them at a time."""

    def __init__(self, batch, parameters):
        self.batch = batch
        self.results = [
            Choice(str(result), result_label(result, batch), batch.counts.get(result, 0), RESULT_BADGES.get(result, ""))
            for result in Result
        ]
        problems = batch.documents.filter(has_problems=True).count() if any(batch.counts.values()) else 0
        self.others = [Choice("problems", _("With problems"), problems, "warning" if problems else "")]
        if batch.state == State.UNDONE or is_undone_in_part(batch):
            undone = batch.documents.exclude(undoing="").order_by().values_list("undoing").annotate(Count("pk"))
            numbers = dict(undone)
            self.others += [
                Choice(Undoing.UNDONE.value, _("Undone"), numbers.get(Undoing.UNDONE, 0)),
                Choice(Undoing.SKIPPED.value, _("Skipped: edited since"), numbers.get(Undoing.SKIPPED, 0), "warning"),
            ]
        choices = [*self.results, *self.others]
        self.chosen = next((choice for choice in choices if choice.key == parameters.get("show")), None)
        if self.chosen:
            self.chosen.is_chosen = True
        self.page = Paginator(self.documents(), PAGE_SIZE).get_page(parameters.get("page"))
        self.pages = self.page.paginator.get_elided_page_range(self.page.number, on_each_side=2, on_ends=1)
        self.rows = self.rows_of_page()

    @property
    def unlisted(self):
        """The number of unchanged documents, which are not listed among all."""
        return 0 if self.chosen else self.batch.counts.get(Result.UNCHANGED, 0)

    def documents(self):
        """Return the keys of the documents selected, in the order of BY_URGENCY, or UnchangedList."""
        key = self.chosen.key if self.chosen else ""
        if key == Result.UNCHANGED:
            return UnchangedList(self.batch)
        documents = self.batch.documents.all()
        if key == "problems":
            documents = documents.filter(has_problems=True)
        elif key in Undoing.values:
            documents = documents.filter(undoing=key)
        elif key:
            documents = documents.filter(action=key)
        return documents.order_by(BY_URGENCY, "position").values_list("pk", flat=True)

    def rows_of_page(self):
        """Return what the page shows of its documents."""
        if isinstance(self.page.paginator.object_list, UnchangedList):
            return [row_of(document, self.batch) for document in self.page.object_list]
        keys = list(self.page.object_list)
        # The columns of the order may be read from an index; the others are read for the rows of the page alone.
        documents = ImportedDocument.objects.defer("snapshot").in_bulk(keys)
        return [row_of(documents[key], self.batch) for key in keys if key in documents]


class UnchangedList:
    """The unchanged documents of a batch, as a sequence of which a slice is read at a time.

    First those with a row of their own, which have problems; then those packed together.
    """

    def __init__(self, batch):
        self.documents = batch.documents.filter(action=Result.UNCHANGED).order_by("position").defer("snapshot")
        self.document_count = self.documents.count()
        self.batch = batch
        self.packs = list(batch.unchanged.order_by("position").values_list("pk", "number"))

    def __len__(self):
        return self.document_count + sum(number for _key, number in self.packs)

    def __getitem__(self, bounds):
        start, stop, _step = bounds.indices(len(self))
        documents = list(self.documents[start:stop]) if start < self.document_count else []
        entries = self.entries(max(0, start - self.document_count), max(0, stop - self.document_count))
        stories = titles_and_urls(key for _position, _source, key in entries)
        for _position, source, key in entries:
            title, url = stories.get(key, ("", ""))
            documents.append(
                ImportedDocument(
                    source=source, action=Result.UNCHANGED, title=title, url=url, article_id=key if url else None
                )
            )
        return documents

    def entries(self, start, stop):
        """Return the packed entries from `start` to `stop`, unpacking only the rows that contain them."""
        entries, offset, offsets = [], 0, {}
        for key, number in self.packs:
            if offset < stop and offset + number > start:
                offsets[key] = offset
            offset += number
        packs = self.batch.unchanged.in_bulk(list(offsets))
        for key, first in offsets.items():
            entries += packs[key].entries[max(0, start - first) : stop - first]
        return entries


def row_of(document, batch):
    """Return what the page shows of one document."""
    return {
        "source": document.source,
        "kind": RESULT_BADGES.get(document.action, ""),
        "result": result_label(document.action, batch),
        "undoing": document.get_undoing_display(),
        "title": plain_text(document.title)[:TITLE_LENGTH],
        "url": story_url(document, batch),
        "duplicate_of": document.duplicate_of,
        "problems": [(problem["level"], problem_line(problem)) for problem in document.problems],
        "changes": [change_of(change) for change in document.changes if change["field"] != "secured"],
    }


def result_label(result, batch):
    """Return the label of a Result, in a preview that of what would happen."""
    labels = PREVIEW_LABELS if batch.dry_run else {}
    return labels.get(result, Result(result).label)


def story_url(document, batch):
    """Return the address of a document's story at the desk, else for readers, "" if it is only previewed."""
    if document.article_id:
        return reverse("admin:articles_article_change", args=[document.article_id])
    return "" if batch.is_preview and document.action != Result.DUPLICATE else document.url


def problem_line(problem):
    """Return a problem in one line: line and column, field, message."""
    place = ""
    if problem["line"] and problem["column"]:
        place = _("line %(line)s, column %(column)s") % {"line": problem["line"], "column": problem["column"]}
    elif problem["line"]:
        place = _("line %(number)s") % {"number": problem["line"]}
    return ": ".join(str(part) for part in (place, readable_field(problem["field"]), problem["message"]) if part)


def change_of(change):
    """Return what the page shows of a changed field: values before and after, and upstream's of a conflict."""
    before, after, theirs = (without_secured(change.get(name)) for name in ("before", "after", "theirs"))
    return {
        "field": key_label(change["field"]),
        "before": shown(before, theirs if "theirs" in change else after),
        "after": shown(after, before),
        "stays": "theirs" in change and before == after,
        "theirs": shown(theirs, before) if "theirs" in change else "",
    }


def shown(value, other):
    """Return a value of the document format as a short text, from a little before it begins to differ from `other`."""
    text, other_text = describe_value(value), describe_value(other)
    pairs = enumerate(zip(text, other_text, strict=False))
    common = next((index for index, (one, two) in pairs if one != two), len(text))
    start = max(0, common - COMMON_LENGTH) if len(text) > SHOWN_LENGTH else 0
    cut = text[start : start + SHOWN_LENGTH]
    return f"{'…' if start else ''}{cut}{'…' if len(text) > start + SHOWN_LENGTH else ''}"


def describe_value(value):
    """Return a value of the document format as a person reads it."""
    if value is None:
        return "–"
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return ", ".join(value) or "–"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
