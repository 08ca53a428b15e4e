"""Changing what a story says, outside its form: the list in place, and bulk changes. All of it is in the history."""

from django.core.exceptions import PermissionDenied
from django.db import transaction

from articles import workflow
from articles.history.recording import recording
from articles.models import Article, Revision
from articles.permissions import may_edit

# What shows or hides a story, and where it stands on the front page, takes the permission to publish.
PUBLISHERS_OWN = frozenset({"visible_until", "pin"})


class Clash(Exception):
    """Somebody else changed a field in the meantime; `fields` are {column: the value it has now}."""

    def __init__(self, fields, revision):
        super().__init__(", ".join(fields))
        self.fields, self.revision = fields, revision


@transaction.atomic
def edit(article, values, actor, *, seen=None, note=""):
    """Set columns of a story, {column: value}, under its lock; return whether anything changed.

    `seen` are the values that whoever edits has seen, {column: value}. Raises Clash when one of them is not
    the present one, nor the one wanted; PermissionDenied when the actor may not.
    """
    story = Article.objects.select_for_update().get(pk=article.pk)
    if not may_edit(actor, story) or (PUBLISHERS_OWN & values.keys() and not actor.may(workflow.PUBLISH)):
        raise PermissionDenied(f"{actor.user} may not change this story.")
    changed = {name: value for name, value in values.items() if getattr(story, name) != value}
    clashing = {
        name: getattr(story, name) for name in changed if seen and name in seen and seen[name] != getattr(story, name)
    }
    if clashing:
        raise Clash(clashing, last_change_of(story, clashing))
    if not changed:
        return False
    with recording(story, actor, note=note, columns=list(changed)):
        for name, value in changed.items():
            setattr(story, name, value)
        story.save(update_fields=list(changed))
    for name in changed:
        setattr(article, name, getattr(story, name))
    return True


def last_change_of(story, fields):
    """Return the latest Revision that changed one of `fields`, or None."""
    revisions = Revision.objects.filter(article=story).select_related("actor").defer("changes")[:100]
    return next((one for one in revisions if not set(one.fields).isdisjoint(fields)), None)
