"""Output of the commands that download pictures: progress and summary."""

from typing import Never

from django.conf import settings
from django.core.management.base import OutputWrapper
from tqdm import tqdm

from articles.importing.batches import touched_stories
from articles.models import ImportBatch
from articles.models.picture import SourceState
from pictures.downloading import Notify, Outcome, Summary, download
from pictures.follow_up import count_missing
from pictures.planning import Selection
from pictures.refusals import describe_reason


class PictureBar:
    """A progress bar with the rate of pictures a second."""

    def __init__(self, stream: OutputWrapper) -> None:
        self.bar: tqdm[Never] = tqdm(desc="Pictures", unit=" pictures", file=stream, leave=False)

    def __call__(self, outcome: Outcome, done: int, total: int) -> None:
        self.bar.total = total
        self.bar.update(done - self.bar.n)

    def close(self) -> None:
        """Remove the bar."""
        self.bar.close()


def download_with_bar(
    selection: Selection, stream: OutputWrapper, *, has_bar: bool, limit: int | None = None
) -> Summary:
    """Download the selected pictures, with a progress bar if `has_bar`."""
    bar = PictureBar(stream) if has_bar else None
    notify: Notify | None = bar
    try:
        return download(selection, limit=limit, notify=notify)
    finally:
        if bar is not None:
            bar.close()


def download_for_command(batch: ImportBatch, stream: OutputWrapper, *, has_bar: bool) -> list[str]:
    """Download pictures at the end of the command that ran an import; return the lines of the summary.

    As in the background: with PICTURES_FETCH also what earlier imports left out, otherwise those of the import.
    """
    selection = Selection() if settings.PICTURES_FETCH else Selection(stories=touched_stories(batch))
    summary = download_with_bar(selection, stream, has_bar=has_bar)
    return summary_lines(summary) if summary.total or summary.error else []


def summary_lines(summary: Summary) -> list[str]:
    """Return the lines that end a run: a table of the outcomes, with the reasons of those that are not stored."""
    rate = f", {summary.total / summary.seconds:,.1f} a second" if summary.seconds >= 1 else ""
    lines = [f"Pictures: {summary.total:,} in {summary.seconds:,.1f} s{rate}"]
    lines += [f"  {state:<10} {summary.states[state]:>9,}" for state in SourceState if summary.states[state]]
    for code, number in summary.reasons.most_common():
        lines.append(f"    {number:>7,} × {describe_reason(code)}")
    if summary.error:
        lines.append(f"The run ended early: {summary.error}")
    return lines


def missing_lines(batch: ImportBatch) -> list[str]:
    """Return the lines that say how many pictures of an import are missing, and how to get them; none if none is."""
    if batch.dry_run or batch.state != batch.State.FINISHED:
        return []
    number = count_missing(touched_stories(batch))
    if not number:
        return []
    noun = "picture" if number == 1 else "pictures"
    return [f"{number:,} {noun} not downloaded yet. To download them, run manage.py fetch_pictures"]
