"""Writing down what a story said before and after: the one way in which stories are changed."""

from contextlib import contextmanager

from articles.choices import Origin
from articles.history.differences import difference
from articles.history.notes import MERGED, note_of
from articles.history.states import columns_of, named, state_of
from articles.models import Article, Revision

NOTE_LIMIT = 200


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


def note_merged_provider(sender, source, target, actor, **kwargs):
    """Keep that stories have another provider now; receives `about_to_merge`."""
    changes = {"provider": [named(source), named(target)]}
    keys = Article.objects.filter(provider=source).values_list("pk", flat=True)
    origin = Origin.ADMIN if actor else Origin.COMMAND
    Revision.objects.bulk_create(
        (
            Revision(
                article_id=key,
                actor=actor,
                origin=origin,
                note=note_of(MERGED),
                fields=["provider"],
                changes=changes,
            )
            for key in keys.iterator()
        ),
        batch_size=500,
    )
