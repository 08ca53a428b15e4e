"""Which of several documents of one thing counts, with little to remember of each."""

from pathlib import PurePath


class Contest:
    """Takes documents in the order they are read, and knows which counts: the latest, then the last by name."""

    def __init__(self):
        self.sources, self.published = [], []
        self.winners, self.losers = {}, {}

    def read(self, sources):
        """Take note of the sources of the next documents."""
        self.sources += sources
        self.published += [""] * len(sources)

    def enter(self, number, key, published):
        """Let the document `number` compete for `key`, 16 bytes, with the time it was published, text that sorts."""
        self.published[number] = published
        holder = self.winners.setdefault(key, number)
        if holder == number:
            return
        winner, loser = (number, holder) if self.precedence(number) > self.precedence(holder) else (holder, number)
        self.winners[key] = winner
        self.losers[loser] = key

    def precedence(self, number):
        source = self.sources[number]
        return self.published[number], PurePath(source).name, source, number

    def counts(self, number):
        """Whether the document counts."""
        return number not in self.losers

    def winner_over(self, number):
        """Return the source of the document that counts instead of this one."""
        return self.sources[self.winners[self.losers[number]]]
