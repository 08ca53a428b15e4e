"""Topics a story may be about, by the words it uses: the names and keywords of topics, found in its text."""

from articles.models import Topic
from articles.search.words import fold

MOST = 5
# How much a find counts, by where it is.
WEIGHTS = {"title": 5, "excerpt": 2, "body": 1}
# So much of a body is looked through; what a story is about is said early.
BODY_LIMIT = 20_000


def suggest_topics(story, without=()):
    """Return up to five Topics, the likeliest first, of those not in `without`, their keys. One query.

    A topic's names and keywords are phrases; each counts once, in the place where it counts most.
    """
    places = {name: f" {fold(getattr(story, name)[:BODY_LIMIT])} " for name in WEIGHTS}
    scored = []
    for topic in Topic.objects.exclude(pk__in=without).only("name", "short_name", "keywords"):
        score = sum(best_place(phrase, places) for phrase in phrases_of(topic))
        if score:
            scored.append((-score, topic.name.lower(), topic))
    return [topic for _score, _name, topic in sorted(scored, key=lambda one: one[:2])[:MOST]]


def phrases_of(topic):
    """Return the folded phrases by which a topic is found in a text."""
    words = (topic.name, topic.short_name, *(word for word in topic.keywords if isinstance(word, str)))
    return {folded for word in words if (folded := fold(word).strip())}


def best_place(phrase, places):
    return max((WEIGHTS[name] for name, text in places.items() if f" {phrase} " in text), default=0)
