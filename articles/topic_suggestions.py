"""Suggested topics for a story: those whose names or keywords occur in its text."""

from collections import defaultdict
from collections.abc import Collection

from articles.models import Article, Topic
from articles.text_folding import fold

SUGGESTIONS = 5
# The score of an occurrence, by field.
WEIGHTS = {"title": 5, "excerpt": 2, "body": 1}
# Only this many characters of a body are searched, because a story names its subject early.
BODY_LIMIT = 20_000
# For topics that are added without review: the lowest score, for an occurrence in headline or excerpt, and the number.
CERTAIN_SCORE, CERTAIN_TOPICS = WEIGHTS["excerpt"], 3


def suggest_topics(story: Article, without: Collection[int] = ()) -> list[Topic]:
    """Return up to five Topics, best first, except those whose keys are in `without`. One query."""
    return Suggester().suggest(story, without)


class Suggester:
    """All topics with their phrases, loaded once for many stories. One query.

    A topic's names and keywords are its phrases; each scores once, in the field with the highest weight. They are
    indexed by their first words, so the time for a story depends on its words, not on the number of topics.
    """

    def __init__(self) -> None:
        self.by_word: defaultdict[str, list[tuple[str, Topic]]] = defaultdict(list)
        for topic in Topic.objects.only("name", "short_name", "keywords"):
            for phrase in phrases_of(topic):
                self.by_word[phrase.split(" ", 1)[0]].append((f" {phrase} ", topic))

    def suggest(self, story: Article, without: Collection[int] = ()) -> list[Topic]:
        """Return up to five Topics, best first, except those whose keys are in `without`."""
        return [topic for _score, topic in self.scored(story, without)[:SUGGESTIONS]]

    def suggest_certain(self, story: Article, without: Collection[int] = ()) -> list[Topic]:
        """Return up to three Topics that occur in headline or excerpt, best first, not in `without`."""
        return [topic for score, topic in self.scored(story, without) if score >= CERTAIN_SCORE][:CERTAIN_TOPICS]

    def scored(self, story: Article, without: Collection[int]) -> list[tuple[int, Topic]]:
        """Return [(score, Topic)], best first; topics with the same score are sorted by name."""
        texts = {name: f" {fold(getattr(story, name)[:BODY_LIMIT])} " for name in WEIGHTS}
        words = {word for text in texts.values() for word in text.split()}
        scores: defaultdict[int, int] = defaultdict(int)
        topics: dict[int, Topic] = {}
        for word in self.by_word.keys() & words:
            for phrase, topic in self.by_word[word]:
                if topic.pk not in without:
                    scores[topic.pk] += max(
                        (WEIGHTS[name] for name, text in texts.items() if phrase in text), default=0
                    )
                    topics[topic.pk] = topic
        ranked = [(score, topics[key]) for key, score in scores.items() if score]
        return sorted(ranked, key=lambda pair: (-pair[0], pair[1].name.lower()))


def phrases_of(topic: Topic) -> set[str]:
    """Return the folded names and keywords by which a topic is recognised in a text."""
    words = (topic.name, topic.short_name, *(word for word in topic.keywords if isinstance(word, str)))
    return {folded for word in words if (folded := fold(word).strip())}
