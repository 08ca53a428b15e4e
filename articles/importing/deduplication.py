"""Which of several documents of one thing counts, with little to remember of each."""

from bisect import bisect_right
from functools import lru_cache
from pathlib import PurePath

# Documents of one thing mostly come from a few places, one after the other.
LISTS_AT_HAND = 8


class Contest:
    """Takes documents in the order they are read, and knows which counts: the latest, then the last by name.

    Their sources, and when they were published, are kept as one text for some documents at a time: small texts that
    stay, among many that go, would keep several times their own memory from being used again.
    """

    def __init__(self):
        self.firsts, self.said, self.number = [], [], 0
        self.winners, self.losers = {}, {}
        self.lists_of = lru_cache(LISTS_AT_HAND)(self.lists_of)

    def take_in(self, sources, rivals):
        """Let the next documents compete; `sources` are those of all of them.

        `rivals` are [(place among them, key, 16 bytes, time of publication, text that sorts)] of those that are sound.
        """
        first, published = self.number, [""] * len(sources)
        for place, _key, when in rivals:
            published[place] = when
        self.firsts.append(first)
        self.said.append(("\n".join(sources), "\n".join(published)))
        self.number += len(sources)
        for place, key, _when in rivals:
            self.enter(first + place, key)

    def enter(self, number, key):
        holder = self.winners.setdefault(key, number)
        if holder == number:
            return
        winner, loser = (number, holder) if self.precedence(number) > self.precedence(holder) else (holder, number)
        self.winners[key] = winner
        self.losers[loser] = key

    def lists_of(self, index):
        """Return (sources, times of publication) of the documents that were taken in at a time."""
        return tuple(joined.split("\n") for joined in self.said[index])

    def beside(self, number):
        """Return the place of a document among those it was taken in with, and their sources and times."""
        index = bisect_right(self.firsts, number) - 1
        return number - self.firsts[index], *self.lists_of(index)

    def precedence(self, number):
        place, sources, published = self.beside(number)
        return published[place], PurePath(sources[place]).name, sources[place], number

    def counts(self, number):
        """Whether the document counts."""
        return number not in self.losers

    def winner_over(self, number):
        """Return the source of the document that counts instead of this one."""
        place, sources, _published = self.beside(self.winners[self.losers[number]])
        return sources[place]
