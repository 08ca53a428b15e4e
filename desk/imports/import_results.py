"""What the page of an import shows: how it stands, and what became of its documents."""

import json
from dataclasses import dataclass
from datetime import timedelta
from pathlib import PurePath

from django.core.paginator import Paginator
from django.db.models import Case, Count, IntegerField, Value, When
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from articles.choices import WRITTEN, Result
from articles.documents.mapping import without_secured
from articles.documents.problems import field_for_people
from articles.importing.batches import PRESUMED_DEAD_AFTER, recorded_counts
from articles.importing.results import titles_and_urls
from articles.models import ImportBatch, ImportedDocument
from articles.sanitising import plain_text

SHOWN_LENGTH = 240
PAGE_SIZE = 50
# So long a worker may be busy with another import before the page says that none came.
PATIENCE = timedelta(seconds=20)
APPROVALS = {
    "unpublish": gettext_lazy("Unpublish %(number)s of %(published)s published stories"),
    "change": gettext_lazy("Change %(number)s of %(published)s published stories"),
    "redate": gettext_lazy("Change the date of %(number)s of %(published)s published stories"),
}
REASONS = {
    "unpublish": gettext_lazy("This would unpublish %(number)s of %(published)s published stories (limit %(limit)s)."),
    "change": gettext_lazy("This would change %(number)s of %(published)s published stories (limit %(limit)s)."),
    "redate": gettext_lazy(
        "This would change the date of %(number)s of %(published)s published stories (limit %(limit)s)."
    ),
}
State = ImportBatch.State
Undoing = ImportedDocument.Undoing
RESULT_LABELS = {
    Result.CREATED: "success",
    Result.UPDATED: "success",
    Result.CONFLICT: "warning",
    Result.HELD: "warning",
    Result.REJECTED: "danger",
}
STATE_LABELS = {
    State.QUEUED: "info",
    State.RUNNING: "info",
    State.FINISHED: "success",
    State.HELD: "warning",
    State.INTERRUPTED: "danger",
}


def is_stopped(batch):
    """Whether a batch is said to run, and its process is gone."""
    sign = batch.alive_at or batch.started_at
    return batch.state == State.RUNNING and sign < timezone.now() - PRESUMED_DEAD_AFTER


def is_forgotten(batch):
    """Whether a batch has waited so long that whoever was to run it may be gone, as with a restarted laptop."""
    return batch.state == State.QUEUED and batch.started_at < timezone.now() - PRESUMED_DEAD_AFTER


def as_recorded(batch):
    """Return a batch with the counts of what it recorded, where its killed process could not write them."""
    if is_stopped(batch) or (batch.state == State.INTERRUPTED and not batch.counts):
        batch.counts = recorded_counts(batch)
    return batch


def is_undoable(batch):
    """Return whether a batch wrote something that may be taken back, even if it was killed meanwhile."""
    written = any(batch.counts.get(result) for result in WRITTEN)
    return batch.can_be_undone or (is_stopped(batch) and not batch.dry_run and written)


def is_being_undone(batch):
    """Return whether undoing a batch has begun and is not finished, be it stopped or not."""
    return batch.can_be_undone and (batch.undo_started_at is not None or is_undone_in_part(batch))


def is_undo_stopped(batch):
    """Return whether the process that was to undo a batch is gone."""
    return batch.alive_at is None or batch.alive_at < timezone.now() - PRESUMED_DEAD_AFTER


def approval_of(batch):
    """Return (label of the button, the number to type) for a preview that needs approval, else None."""
    if not (batch.is_preview and batch.note):
        return None
    reason = next(iter(batch.options.get("reasons", ())), None)
    if reason is None:
        # Held by a former version, which kept no numbers.
        number = sum(batch.counts.get(result, 0) for result in (*WRITTEN, Result.HELD))
        return _("Import all %(number)s documents") % {"number": f"{number:,}"}, number
    figures = {"number": f"{reason['number']:,}", "published": f"{reason['published']:,}"}
    return APPROVALS[reason["verb"]] % figures, reason["number"]


def reasons_in_words(batch):
    """Return why a batch needs approval, in the language of the desk."""
    reasons = batch.options.get("reasons")
    if not reasons:
        return batch.note
    return " ".join(
        REASONS[reason["verb"]]
        % {
            "number": f"{reason['number']:,}",
            "published": f"{reason['published']:,}",
            "limit": f"{reason['limit']:.0%}",
        }
        for reason in reasons
    )


def names_of(batch):
    """Return the names of what was imported, without the folders they lay in."""
    return ", ".join(PurePath(source).name or source for source in batch.sources)


def state_in_words(batch):
    """Return the kind of a batch's state, for its colour, and what the desk calls it."""
    if is_stopped(batch) or (batch.can_be_undone and batch.undo_started_at and is_undo_stopped(batch)):
        return "danger", _("Stopped")
    if batch.state == State.FINISHED and batch.dry_run:
        return "info", _("Preview")
    return STATE_LABELS.get(batch.state, "default"), batch.get_state_display()


def progress_of(batch):
    """Return how far a batch is, for its bar: `text`, `value` of `max` (None if unknown), and whether it is `over`."""
    progress = {"over": batch.is_over or is_stopped(batch), "value": None, "max": None}
    if batch.state == State.QUEUED:
        waited = timezone.now() - batch.started_at > PATIENCE
        return progress | {"text": _("Waiting for a worker.") if waited else _("Waiting to run")}
    number, total = batch.done or batch.read, batch.total
    if total:
        # Reading is the first half of the work, writing the second.
        progress |= {"value": min(batch.read, total) + min(batch.done, total), "max": 2 * total}
    names = {"number": f"{number:,}", "total": f"{total:,}" if total else ""}
    if batch.done:
        text = _("%(number)s of %(total)s documents done") if total else _("%(number)s documents done")
    else:
        text = _("%(number)s of %(total)s documents read") if total else _("%(number)s documents read")
    return progress | {"text": text % names}


def undoing_of(batch):
    """Return how far undoing a batch is, as `progress_of` does."""
    done = batch.documents.exclude(undoing="").count()
    total = sum(batch.counts.get(result, 0) for result in WRITTEN)
    if done:
        text = _("%(number)s of %(total)s stories undone")
    else:
        text = ngettext("Waiting to undo %(total)s story", "Waiting to undo %(total)s stories", total)
    return {
        "over": batch.state == State.UNDONE or is_undo_stopped(batch),
        "value": done,
        "max": total,
        "text": text % {"number": f"{done:,}", "total": f"{total:,}"},
    }


def is_undone_in_part(batch):
    """Whether undoing a batch has begun and is not through. The last document of it is the first to be undone."""
    if not batch.can_be_undone:
        return False
    last = batch.documents.filter(action__in=WRITTEN).order_by("-position").values_list("undoing", flat=True)
    return any(last[:1])


@dataclass
class Choice:
    """One of the filters over the documents, a row of the table of counts."""

    key: str
    label: str
    number: int
    kind: str = ""
    is_chosen: bool = False


class Documents:
    """The documents of a batch that a request's filter asks for, a page of them at a time."""

    def __init__(self, batch, asked):
        self.batch = batch
        self.results = [
            Choice(str(one), one.label, batch.counts.get(one, 0), RESULT_LABELS.get(one, "")) for one in Result
        ]
        problems = batch.documents.filter(has_problems=True).count() if any(batch.counts.values()) else 0
        self.others = [Choice("problems", _("With problems"), problems, "warning" if problems else "")]
        if batch.state == State.UNDONE or is_undone_in_part(batch):
            told = dict(batch.documents.exclude(undoing="").order_by().values_list("undoing").annotate(Count("pk")))
            self.others += [
                Choice(Undoing.UNDONE.value, _("Undone"), told.get(Undoing.UNDONE, 0)),
                Choice(Undoing.LEFT.value, _("Skipped: edited since"), told.get(Undoing.LEFT, 0), "warning"),
            ]
        self.chosen = next((one for one in [*self.results, *self.others] if one.key == asked.get("show")), None)
        if self.chosen:
            self.chosen.is_chosen = True
        self.page = Paginator(self.listed(), PAGE_SIZE).get_page(asked.get("page"))
        self.pages = self.page.paginator.get_elided_page_range(self.page.number, on_each_side=2, on_ends=1)
        self.rows = self.rows_of_page()

    @property
    def quiet(self):
        """The number of unchanged documents that are not listed among all."""
        return 0 if self.chosen else self.batch.counts.get(Result.UNCHANGED, 0)

    def listed(self):
        """Return all that is asked for, as keys in the order in which a person should see them, or Unchanged."""
        key = self.chosen.key if self.chosen else ""
        if key == Result.UNCHANGED:
            return Unchanged(self.batch)
        documents = self.batch.documents.all()
        if key == "problems":
            documents = documents.filter(has_problems=True)
        elif key in Undoing.values:
            documents = documents.filter(undoing=key)
        elif key:
            documents = documents.filter(action=key)
        return documents.order_by(IN_ORDER, "position").values_list("pk", flat=True)

    def rows_of_page(self):
        if isinstance(self.page.paginator.object_list, Unchanged):
            return [row_of(document, self.batch) for document in self.page.object_list]
        keys = list(self.page.object_list)
        # What they were sorted by may be read from an index; the rest is read for these alone.
        found = ImportedDocument.objects.defer("snapshot").in_bulk(keys)
        return [row_of(found[key], self.batch) for key in keys if key in found]


IN_ORDER = Case(
    When(action=Result.REJECTED, then=Value(0)),
    When(action__in=[Result.HELD, Result.CONFLICT], then=Value(1)),
    When(has_problems=True, then=Value(2)),
    When(action=Result.UPDATED, then=Value(3)),
    When(action=Result.CREATED, then=Value(4)),
    default=Value(5),
    output_field=IntegerField(),
)


class Unchanged:
    """The documents of a batch that said nothing new, as a list of which a slice is read at a time.

    First those with a row of their own, because something is to be said of them; then those packed together.
    """

    def __init__(self, batch):
        self.told = batch.documents.filter(action=Result.UNCHANGED).order_by("position").defer("snapshot")
        self.number_told = self.told.count()
        self.batch = batch
        self.packs = list(batch.unchanged.order_by("position").values_list("pk", "number"))

    def __len__(self):
        return self.number_told + sum(number for _key, number in self.packs)

    def __getitem__(self, asked):
        start, stop, _step = asked.indices(len(self))
        told = list(self.told[start:stop]) if start < self.number_told else []
        entries = self.entries(max(0, start - self.number_told), max(0, stop - self.number_told))
        stories = titles_and_urls(key for _position, _source, key in entries)
        for _position, source, key in entries:
            title, url = stories.get(key, ("", ""))
            told.append(
                ImportedDocument(
                    source=source, action=Result.UNCHANGED, title=title, url=url, article_id=key if url else None
                )
            )
        return told

    def entries(self, start, stop):
        """Return the packed entries from `start` to `stop`, unpacking only those rows that hold them."""
        found, first = [], 0
        wanted = {}
        for key, number in self.packs:
            if first < stop and first + number > start:
                wanted[key] = first
            first += number
        packed = self.batch.unchanged.in_bulk(list(wanted))
        for key, first in wanted.items():
            found += packed[key].entries[max(0, start - first) : stop - first]
        return found


def row_of(document, batch):
    """Return what the page says of one document."""
    return {
        "source": document.source,
        "kind": RESULT_LABELS.get(document.action, ""),
        "result": document.get_action_display(),
        "undoing": document.get_undoing_display(),
        "title": plain_text(document.title)[:300],
        "url": (
            reverse("admin:articles_article_change", args=[document.article_id])
            if document.article_id
            # A story that is only previewed has no page anywhere.
            else ""
            if batch.is_preview and document.action != Result.DUPLICATE
            else document.url
        ),
        "duplicate_of": document.duplicate_of,
        "problems": [(problem["level"], problem_line(problem)) for problem in document.problems],
        "changes": [change_of(change) for change in document.changes if change["field"] != "secured"],
    }


def problem_line(problem):
    """Return a problem as a person reads it: line, column, field, message."""
    place = ""
    if problem["line"] and problem["column"]:
        place = _("line %(line)s, column %(column)s") % {"line": problem["line"], "column": problem["column"]}
    elif problem["line"]:
        place = _("line %(number)s") % {"number": problem["line"]}
    return ": ".join(str(part) for part in (place, field_for_people(problem["field"]), problem["message"]) if part)


def change_of(change):
    before, after, theirs = (without_secured(change.get(name)) for name in ("before", "after", "theirs"))
    return {
        "field": change["field"],
        "before": shown(before, theirs if "theirs" in change else after),
        "after": shown(after, before),
        "stays": "theirs" in change and before == after,
        "theirs": shown(theirs, before) if "theirs" in change else "",
    }


def shown(value, other):
    """Return a value of the format in few words, from a little before it begins to differ from `other`."""
    text, beside = in_words(value), in_words(other)
    same = next((at for at, (one, two) in enumerate(zip(text, beside, strict=False)) if one != two), len(text))
    start = max(0, same - 30) if len(text) > SHOWN_LENGTH else 0
    cut = text[start : start + SHOWN_LENGTH]
    return f"{'…' if start else ''}{cut}{'…' if len(text) > start + SHOWN_LENGTH else ''}"


def in_words(value):
    if value is None:
        return "–"
    if isinstance(value, list) and all(isinstance(one, str) for one in value):
        return ", ".join(value) or "–"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
