"""The circuit breaker: a batch that would do too much to what readers see waits for a person's yes."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple

from django.conf import settings

from articles.choices import Owner
from articles.db.bulk_rows import chunked
from articles.importing.change_detection import digests_of_former
from articles.models import Article, UpstreamDocument

A_SHIFT = timedelta(days=1)


class Reason(NamedTuple):
    """Why a batch must wait: it would unpublish, change or redate so many of the published stories, above a share."""

    verb: str
    number: int
    published: int
    limit: float

    def __str__(self):
        words = {"redate": "shift by more than a day the date of"}.get(self.verb, self.verb)
        effect = f"{words} {self.number:,} of {self.published:,} published stories"
        return f"This would {effect} (limit {self.limit:.0%})."


@dataclass
class Foresight:
    """What a batch would do to published stories, by the numbers of its documents; counted while it is read."""

    changed: list = field(default_factory=list)
    unpublished: list = field(default_factory=list)
    redated: list = field(default_factory=list)

    def look_at(self, lights):
        """Take note of {number: Light} of stories; one query for those of 2,000.

        A story counts as changed only if the values of its document differ, in whatever form they were written.
        """
        numbers = defaultdict(list)
        for number, light in lights.items():
            numbers[light.key].append(number)
        for some in chunked(numbers):
            said = UpstreamDocument.objects.filter(article__identity__in=some, article__published=True)
            rows = said.values_list(
                "pk", "article__identity", "digest", "published", "values__published", "article__state_owner"
            )
            differing = [
                (lights[number], number, *row)
                for row in rows.iterator()
                for number in numbers[row[1]]
                if lights[number].digest != row[2]
            ]
            former = digests_of_former({key: digest for _light, _number, key, _identity, digest, *_rest in differing})
            for light, number, key, _identity, _digest, published, proposed, owner in differing:
                if former.get(key) == light.digest:
                    continue
                self.changed.append(number)
                if proposed and not light.proposed and owner == Owner.UPSTREAM:
                    self.unpublished.append(number)
                if is_shift(published, light.published):
                    self.redated.append(number)

    def reasons_to_hold(self, counts):
        """Return the Reasons why the batch must wait, the gravest first, none if it need not.

        `counts` tells of a document's number whether it counts in the batch.
        """
        published = Article.objects.filter(published=True).count()
        bounds = (
            (self.unpublished, settings.IMPORT_HOLD_UNPUBLISHED, "unpublish"),
            (self.changed, settings.IMPORT_HOLD_CHANGED, "change"),
            (self.redated, settings.IMPORT_HOLD_REDATED, "redate"),
        )
        reasons = []
        for numbers, share, verb in bounds:
            number = sum(map(counts, numbers))
            if number > max(share * published, settings.IMPORT_HOLD_LEAST):
                reasons.append(Reason(verb, number, published, share))
        return reasons


def is_shift(before, now):
    """Whether two times as documents have them, either perhaps empty, are more than a day apart."""
    if not before or not now:
        return bool(before) != bool(now)
    return abs(datetime.fromisoformat(now) - datetime.fromisoformat(before)) > A_SHIFT
