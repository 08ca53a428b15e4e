"""Hold an import that would change too many published stories until a person approves it."""

from collections import defaultdict
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

from django.conf import settings

from articles.choices import Owner
from articles.db.bulk_rows import chunked
from articles.importing.change_detection import recompute_old_digests
from articles.importing.chunks import Summary
from articles.importing.identity_matches import known_matches, matches_in_former_form
from articles.importing.temporary_storage import TemporaryNumbers, TemporaryStorage
from articles.models import Article, FormerIdentity, ImportBatch, UpstreamDocument

DATE_TOLERANCE = timedelta(days=1)


class Reason(NamedTuple):
    """Why an import is held: it would do `verb` to `number` of `published` published stories, more than `limit`.

    `verb` is "unpublish", "change" or "redate". The fields are stored in `ImportBatch.options["reasons"]`.
    """

    verb: str
    number: int
    published: int
    limit: float

    def __str__(self) -> str:
        words = {"redate": "change the date of"}.get(self.verb, self.verb)
        effect = f"{words} {self.number:,} of {self.published:,} published stories"
        return f"This would {effect} (limit {self.limit:.0%})."


class ImpactEstimate:
    """The numbers of the documents that would change, unpublish or redate published stories; filled during reading."""

    def __init__(self, storage: TemporaryStorage) -> None:
        self.changing = TemporaryNumbers(storage, "changing")
        self.unpublishing = TemporaryNumbers(storage, "unpublishing")
        self.redating = TemporaryNumbers(storage, "redating")

    def add(self, summaries: Mapping[int, Summary]) -> None:
        """Add {number: Summary} of stories; a few queries for every 2,000.

        A story counts as changed only if the values of its document differ; another form of them does not count.
        """
        numbers = numbers_by_story(summaries)
        for keys in chunked(numbers):
            upstream = UpstreamDocument.objects.filter(article__in=keys, article__published=True)
            rows = upstream.values_list(
                *("pk", "digest", "published"), *("values__published", "former_proposal", "article__state_owner")
            )
            differing_rows = [
                (summaries[number], number, *row)
                for row in rows.iterator()
                for number in numbers[row[0]]
                if summaries[number].digest != row[1]
            ]
            new_digests = recompute_old_digests({key: digest for _summary, _number, key, digest, *_ in differing_rows})
            for summary, number, key, _digest, published_at, *proposals, owner in differing_rows:
                if new_digests.get(key) == summary.digest:
                    continue
                self.changing.add(number)
                if any(proposals) and summary.proposes_publication is False and owner == Owner.UPSTREAM:
                    self.unpublishing.add(number)
                if is_redated(published_at, summary.published_at):
                    self.redating.add(number)

    def reasons_to_hold(self, is_winner: Callable[[int], bool]) -> list[Reason]:
        """Return the Reasons to hold the import, the most serious first; an empty list if there are none.

        `is_winner` returns whether the document with a number counts in the import.
        """
        published_count = Article.objects.filter(published=True).count()
        limits = (
            (self.unpublishing, settings.IMPORT_HOLD_UNPUBLISHED, "unpublish"),
            (self.changing, settings.IMPORT_HOLD_CHANGED, "change"),
            (self.redating, settings.IMPORT_HOLD_REDATED, "redate"),
        )
        reasons = []
        for numbers, share, verb in limits:
            number = sum(map(is_winner, numbers))
            if number > max(share * published_count, settings.IMPORT_HOLD_LEAST):
                reasons.append(Reason(verb, number, published_count, share))
        return reasons


def numbers_by_story(summaries: Mapping[int, Summary]) -> dict[int, list[int]]:
    """Return {key of a story: numbers of its documents} for {number: Summary}.

    A document with an unknown URL counts for the story that its file had, although its title may differ: an import that
    replaces most files is held.
    """
    identities = {identity for summary in summaries.values() for identity in (summary.key, summary.former_key)}
    matches = known_matches(identities - {""})
    former_matches = matches_in_former_form({each.key: each.former_key for each in summaries.values()}, matches)
    numbers: defaultdict[int, list[int]] = defaultdict(list)
    numbers_by_path: defaultdict[str, list[int]] = defaultdict(list)
    for number, summary in summaries.items():
        match = matches.get(summary.key) or former_matches.get(summary.key)
        if match is None and summary.path:
            numbers_by_path[summary.path].append(number)
        elif match is not None and match.story is not None:
            numbers[match.story].append(number)
    for paths in chunked(numbers_by_path):
        holders = UpstreamDocument.objects.filter(path__in=paths).values_list("pk", "path")
        former_holders = FormerIdentity.objects.filter(path__in=paths, article__isnull=False)
        # A story may have had several URLs with one path.
        for key, path in holders.union(former_holders.values_list("article", "path")):
            numbers[key] += numbers_by_path[path or ""]
    return numbers


def can_be_held(batch: ImportBatch) -> bool:
    """Whether documents could cause the batch to be held: holding is on, and enough stories are published."""
    least = settings.IMPORT_HOLD_LEAST
    is_holding = bool(batch.options.get("hold", True))
    return is_holding and Article.objects.filter(published=True)[: least + 1].count() > least


def is_redated(before: str, after: str) -> bool:
    """Whether two times of a document, as text or empty, differ by more than a day."""
    if not before or not after:
        return bool(before) != bool(after)
    return abs(datetime.fromisoformat(after) - datetime.fromisoformat(before)) > DATE_TOLERANCE
