"""Recording what a change of a story does to its fields. Every change of a story goes through here."""

from collections import defaultdict
from contextlib import contextmanager

from django.utils import timezone

from articles.choices import Origin
from articles.db.bulk_rows import RowLayout, as_utc_text, json_text, time_text
from articles.history.differences import difference
from articles.history.notes import NoteKind, make_note
from articles.history.states import columns_of, provider_state, state_of
from articles.models import Article, ArticleTopic, RelatedLink, Revision

NOTE_LIMIT = 200
REVISION_ROWS = RowLayout(
    Revision, ["article_id", "actor_id", "origin", "note", "created_at", "fields", "changes"], ["batch_id"]
)


@contextmanager
def recording(article, actor, *, note="", batch=None, columns=None):
    """Write a Revision of what the block changes of a story, if it changes anything.

    In a transaction, with the story's row locked. `actor` is a workflow.Actor. With `columns` only these are compared,
    on `article` itself, which must be fresh: for changes of thousands of stories.
    """
    before = capture_state(article, columns)
    yield
    record_change(article, actor, before, note=note, batch=batch, columns=columns)


def capture_state(article, columns=None):
    """Return a story's state before a change, for `record_change`."""
    return state_of(article.pk) if columns is None else columns_of(article, columns)


def record_change(article, actor, before, *, note="", batch=None, columns=None):
    """Write a Revision of the changes of a story since the state `before`; return it, or None without any change."""
    changes = difference(before, capture_state(article, columns))
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


def record_topic_replacement(keys, name, replacement, actor, note):
    """Record that the stories with these keys get the topic `replacement` for `name`, or lose it if that is None.

    Call it before the change. Set-based. In a story that has both topics, `replacement` keeps its place.
    """
    before = defaultdict(list)
    links = ArticleTopic.objects.filter(content_object__in=keys).order_by("content_object", "pk")
    for key, topic in links.values_list("content_object", "tag__name"):
        before[key].append(topic)
    after = {key: replace_name(topics, name, replacement) for key, topics in before.items()}
    changes = {key: {"topics": [topics, after[key]]} for key, topics in before.items() if topics != after[key]}
    record_changes(changes, actor.user, actor.origin, note)


def record_changes(changes, user, origin, note):
    """Write the Revisions of many stories, {key: {field: change}}, as rows, for set-based changes of thousands."""
    shared = (user and user.pk, str(origin), note[:NOTE_LIMIT], time_text(as_utc_text(timezone.now())))
    REVISION_ROWS.insert((key, *shared, json_text(list(change)), json_text(change)) for key, change in changes.items())


def replace_name(names, name, replacement):
    """Return a list of names with `replacement` for `name`, or without `name` if it is None or already listed."""
    if replacement is None or replacement in names:
        return [each for each in names if each != name]
    return [replacement if each == name else each for each in names]


def record_provider_merge(sender, source, target, actor, **kwargs):
    """Record the new provider of the stories and coverage of a merged one; receives `about_to_merge`."""
    origin = Origin.ADMIN if actor else Origin.COMMAND
    change = [{"provider_id": source.pk}, {"provider_id": target.pk}]
    coverage = defaultdict(dict)
    links = RelatedLink.objects.filter(provider=source).order_by().values_list("pk", "article_id")
    for link, story in links.iterator():
        coverage[story][str(link)] = change
    stories = Article.objects.filter(provider=source).order_by("pk").values_list("pk", flat=True)
    changes = {key: {"provider": [provider_state(source), provider_state(target)]} for key in stories.iterator()}
    for key, rows in coverage.items():
        changes.setdefault(key, {})["related"] = rows
    record_changes(changes, actor, origin, make_note(NoteKind.MERGED))
