"""Change single fields of a story outside its form: in the list, and in bulk changes."""

from collections.abc import Collection, Mapping

from django.core.exceptions import PermissionDenied
from django.db import transaction

from articles.history.recording import recording
from articles.models import Article, Revision
from articles.permissions import PUBLISH, may_edit
from articles.workflow import Actor

# Fields that show or hide a story, or place it on the front page: changing them takes the permission to publish.
PUBLISHER_FIELDS = frozenset({"visible_until", "pin"})


class EditConflict(Exception):
    """Somebody else has changed a field since the person saw it.

    `current_values` are {column: value now}, `revision` the latest Revision of one of them, or None.
    """

    def __init__(self, current_values: Mapping[str, object], revision: Revision | None) -> None:
        super().__init__(", ".join(current_values))
        self.current_values, self.revision = current_values, revision


@transaction.atomic
def edit(
    article: Article,
    values: Mapping[str, object],
    actor: Actor,
    *,
    expected: Mapping[str, object] | None = None,
    note: str = "",
) -> bool:
    """Set columns of a story, {column: value}, under its lock, and record it; return whether anything changed.

    `expected` are {column: value} as the person who edits saw them. Raises EditConflict when a column has neither the
    expected nor the new value, PermissionDenied when the actor may not edit.
    """
    story = Article.objects.select_for_update().get(pk=article.pk)
    if not may_edit(actor, story) or (PUBLISHER_FIELDS & values.keys() and not actor.may(PUBLISH)):
        raise PermissionDenied(f"{actor.user} may not change this story.")
    new_values = {name: value for name, value in values.items() if getattr(story, name) != value}
    current_values = {name: getattr(story, name) for name in new_values}
    conflicting_values = {
        name: value for name, value in current_values.items() if expected and expected.get(name, value) != value
    }
    if conflicting_values:
        raise EditConflict(conflicting_values, last_change_of(story, conflicting_values))
    if not new_values:
        return False
    with recording(story, actor, note=note, columns=list(new_values)):
        for name, value in new_values.items():
            setattr(story, name, value)
        story.save(update_fields=list(new_values))
    for name in new_values:
        setattr(article, name, getattr(story, name))
    return True


def last_change_of(story: Article, fields: Collection[str]) -> Revision | None:
    """Return the latest Revision that changed one of `fields`, or None."""
    revisions = Revision.objects.filter(article=story).select_related("actor").defer("changes")[:100]
    return next((revision for revision in revisions if not set(revision.fields).isdisjoint(fields)), None)
