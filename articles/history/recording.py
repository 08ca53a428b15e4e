"""Recording the changes of a story's fields. Every change of a story goes through this module."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from django.utils import timezone

from articles.choices import Origin
from articles.db.bulk_rows import RowLayout, as_utc_text, json_text, time_text
from articles.history.differences import difference
from articles.history.notes import NoteKind, make_note
from articles.history.signals import story_changed
from articles.history.states import columns_of, provider_state, state_of
from articles.models import Article, ArticleTopic, RelatedLink, Revision

if TYPE_CHECKING:
    from django.contrib.auth.models import User

    from articles.history.differences import Changes, State
    from articles.models import ImportBatch
    from articles.workflow import Actor
    from providers.models import Provider

NOTE_LIMIT = 200
REVISION_ROWS = RowLayout(
    Revision, ["article_id", "actor_id", "origin", "note", "created_at", "batch_id", "fields", "changes"]
)


@contextmanager
def recording(
    article: Article,
    actor: Actor,
    *,
    note: str = "",
    batch: ImportBatch | None = None,
    columns: Collection[str] | None = None,
    is_decision: bool = True,
) -> Iterator[None]:
    """Write a Revision of the changes of a story within the block, if there are any.

    Call it in a transaction, with the story's row locked. With `columns`, only these are compared, by the attributes
    of `article`, which must be current; use this for changes of thousands of stories. `is_decision` is false for a
    change that decides nothing about the content, such as undoing an import.
    """
    before = capture_state(article, columns)
    yield
    record_change(article, actor, before, note=note, batch=batch, columns=columns, is_decision=is_decision)


def capture_state(article: Article, columns: Collection[str] | None = None) -> State:
    """Return a story's state before a change, for `record_change`."""
    return state_of(article.pk) if columns is None else columns_of(article, columns)


def record_change(
    article: Article,
    actor: Actor,
    before: State,
    *,
    note: str = "",
    batch: ImportBatch | None = None,
    columns: Collection[str] | None = None,
    is_decision: bool = True,
) -> Revision | None:
    """Write a Revision of the changes of a story since the state `before`; return it, or None if nothing changed.

    Sends `story_changed`.
    """
    changes = difference(before, capture_state(article, columns))
    if not changes:
        return None
    revision = Revision.objects.create(
        article_id=article.pk,
        actor=actor.user,
        origin=actor.origin,
        note=note[:NOTE_LIMIT],
        batch=batch,
        fields=list(changes),
        changes=changes,
    )
    story_changed.send(Article, key=article.pk, changes=changes, actor=actor, is_decision=is_decision)
    return revision


def record_topic_replacement(
    keys: Collection[int], name: str, replacement: str | None, actor: Actor, note: str
) -> None:
    """Record that the stories with these keys get the topic `replacement` in place of `name`, or lose it if None.

    Call it before the change. Set-based. In a story that has both topics, `replacement` keeps its position.
    """
    before: defaultdict[int, list[str]] = defaultdict(list)
    links = ArticleTopic.objects.filter(content_object__in=keys).order_by("content_object", "pk")
    for key, topic in links.values_list("content_object", "tag__name"):
        before[key].append(topic)
    after = {key: replace_name(topics, name, replacement) for key, topics in before.items()}
    changes = {key: {"topics": [topics, after[key]]} for key, topics in before.items() if topics != after[key]}
    record_changes(changes, actor.user, actor.origin, note)


def record_changes(
    changes: dict[int, Changes],
    user: User | None,
    origin: Origin,
    note: str = "",
    batch: ImportBatch | None = None,
) -> None:
    """Write the Revisions of many stories from {key: {field: change}}; for set-based changes and imports.

    `story_changed` is not sent: its receivers ignore imports, and set-based changes decide nothing about a story.
    """
    key = batch.pk if batch else None
    shared = (user and user.pk, str(origin), note[:NOTE_LIMIT], time_text(as_utc_text(timezone.now())), key)
    REVISION_ROWS.insert((pk, *shared, json_text(list(change)), json_text(change)) for pk, change in changes.items())


def replace_name(names: Collection[str], name: str, replacement: str | None) -> list[str]:
    """Return names with `replacement` in place of `name`, or without `name` if it is None or among the names."""
    if replacement is None or replacement in names:
        return [each for each in names if each != name]
    return [replacement if each == name else each for each in names]


def record_provider_merge(
    sender: type[Provider], source: Provider, target: Provider, actor: User | None, **kwargs: object
) -> None:
    """Record the new provider of the stories and coverage of a merged one; receives `about_to_merge`."""
    origin = Origin.ADMIN if actor else Origin.COMMAND
    change = [{"provider_id": source.pk}, {"provider_id": target.pk}]
    coverage: defaultdict[int, Changes] = defaultdict(dict)
    links = RelatedLink.objects.filter(provider=source).order_by().values_list("pk", "article_id")
    for link, story in links.iterator():
        coverage[story][str(link)] = change
    stories = Article.objects.filter(provider=source).order_by("pk").values_list("pk", flat=True)
    new_provider = [provider_state(source), provider_state(target)]
    changes: dict[int, Changes] = {key: {"provider": new_provider} for key in stories.iterator()}
    for key, rows in coverage.items():
        changes.setdefault(key, {})["related"] = rows
    record_changes(changes, actor, origin, make_note(NoteKind.MERGED))
