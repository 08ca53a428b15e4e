"""Writing down what a story said before and after: the one way in which stories are changed."""

from collections import defaultdict
from contextlib import contextmanager

from django.utils import timezone

from articles.choices import Origin
from articles.db.bulk_rows import RowLayout, as_utc_text, json_text, time_text
from articles.history.differences import difference
from articles.history.notes import MERGED, note_of
from articles.history.states import columns_of, named, state_of
from articles.models import Article, ArticleTopic, RelatedLink, Revision

NOTE_LIMIT = 200
MANY = RowLayout(
    Revision, ["article_id", "actor_id", "origin", "note", "created_at", "fields", "changes"], ["batch_id"]
)


@contextmanager
def recording(article, actor, *, note="", batch=None, columns=None):
    """Keep what the block changes of a story as a Revision, if it changes anything.

    In a transaction, with the story's row locked. With `columns` only those are compared, on `article` itself,
    which must be fresh: for changes by the thousand. `actor` is a workflow.Actor.
    """
    before = look_at(article, columns)
    yield
    write_down(article, actor, before, note=note, batch=batch, columns=columns)


def look_at(article, columns=None):
    """Return a story's state before a change, for `write_down`."""
    return state_of(article.pk) if columns is None else columns_of(article, columns)


def write_down(article, actor, before, *, note="", batch=None, columns=None):
    """Keep what a story says now against the state `before`; return the Revision, or None if it says the same."""
    changes = difference(before, look_at(article, columns))
    if not changes:
        return None
    return Revision.objects.create(
        article_id=article.pk,
        actor=actor.user,
        origin=actor.origin,
        note=note[:NOTE_LIMIT],
        batch=batch,
        fields=list(changes),
        changes=changes,
    )


def note_topics(keys, name, other, actor, note):
    """Keep that stories with these keys lose the topic `name`, for `other` if that is not None. To be called before.

    Three statements for all of them; where a story has both, the one that stays keeps its place.
    """
    had = defaultdict(list)
    links = ArticleTopic.objects.filter(content_object__in=keys).order_by("content_object", "pk")
    for key, topic in links.values_list("content_object", "tag__name"):
        had[key].append(topic)
    now = {key: replaced(topics, name, other) for key, topics in had.items()}
    changes = {key: {"topics": [topics, now[key]]} for key, topics in had.items() if topics != now[key]}
    write_down_many(changes, actor.user, actor.origin, note)


def write_down_many(changes, user, origin, note):
    """Keep many stories' changes, {key: {field: change}}, as rows: the set-based acts change them by the thousand."""
    said = (user and user.pk, str(origin), note[:NOTE_LIMIT], time_text(as_utc_text(timezone.now())))
    MANY.insert((key, *said, json_text(list(change)), json_text(change)) for key, change in changes.items())


def replaced(names, name, other):
    """Return a list of names with `other` in the place of `name`, or without it."""
    if other is None or other in names:
        return [each for each in names if each != name]
    return [other if each == name else each for each in names]


def note_merged_provider(sender, source, target, actor, **kwargs):
    """Keep that stories and their coverage have another provider now; receives `about_to_merge`."""
    origin = Origin.ADMIN if actor else Origin.COMMAND
    change = [{"provider_id": source.pk}, {"provider_id": target.pk}]
    coverage = defaultdict(dict)
    links = RelatedLink.objects.filter(provider=source).order_by().values_list("pk", "article_id")
    for link, story in links.iterator():
        coverage[story][str(link)] = change
    own = Article.objects.filter(provider=source).order_by("pk").values_list("pk", flat=True)
    changes = {key: {"provider": [named(source), named(target)]} for key in own.iterator()}
    for key, rows in coverage.items():
        changes.setdefault(key, {})["related"] = rows
    write_down_many(changes, actor, origin, note_of(MERGED))
