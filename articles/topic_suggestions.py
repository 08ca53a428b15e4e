"""Topics a story may be about, by the words it uses: the names and keywords of topics, found in its text."""

from collections import defaultdict

from articles.models import Topic
from articles.text_folding import fold

MOST = 5
# How much a find counts, by where it is.
WEIGHTS = {"title": 5, "excerpt": 2, "body": 1}
# So much of a body is looked through; what a story is about is said early.
BODY_LIMIT = 20_000
# What nobody looks over is added only if headline or excerpt say it, and no more than so many.
SURE, MOST_SURE = WEIGHTS["excerpt"], 3


def suggest_topics(story, without=()):
    """Return up to five Topics, the likeliest first, of those not in `without`, their keys. One query."""
    return Suggester().suggest(story, without)


class Suggester:
    """All topics with the phrases by which they are found, loaded once for many stories. One query.

    A topic's names and keywords are phrases; each counts once, in the place where it counts most. They are kept by
    their first words, so that a story costs what its own words cost, however many topics there are.
    """

    def __init__(self):
        self.by_word = defaultdict(list)
        for topic in Topic.objects.only("name", "short_name", "keywords"):
            for phrase in phrases_of(topic):
                self.by_word[phrase.split(" ", 1)[0]].append((f" {phrase} ", topic))

    def suggest(self, story, without=()):
        """Return up to five Topics, the likeliest first, of those not in `without`, their keys."""
        return [topic for _score, topic in self.scored(story, without)[:MOST]]

    def sure(self, story, without=()):
        """Return up to three Topics that headline or excerpt speak of, the likeliest first, not in `without`."""
        return [topic for score, topic in self.scored(story, without) if score >= SURE][:MOST_SURE]

    def scored(self, story, without):
        """Return [(score, Topic)], the best first, and of one score by name."""
        places = {name: f" {fold(getattr(story, name)[:BODY_LIMIT])} " for name in WEIGHTS}
        words = {word for text in places.values() for word in text.split()}
        scores, topics = defaultdict(int), {}
        for word in self.by_word.keys() & words:
            for phrase, topic in self.by_word[word]:
                if topic.pk not in without:
                    scores[topic.pk] += max(
                        (WEIGHTS[name] for name, text in places.items() if phrase in text), default=0
                    )
                    topics[topic.pk] = topic
        found = [(score, topics[key]) for key, score in scores.items() if score]
        return sorted(found, key=lambda one: (-one[0], one[1].name.lower()))


def phrases_of(topic):
    """Return the folded phrases by which a topic is found in a text."""
    words = (topic.name, topic.short_name, *(word for word in topic.keywords if isinstance(word, str)))
    return {folded for word in words if (folded := fold(word).strip())}
