"""Who may do what with stories: one function per question, for the desk, bulk changes, imports and tasks.

An `actor` is anything with `may(permission)`, such as `workflow.Actor`.
"""

from django.db.models import Q

from articles.choices import WRITTEN, Result, State

EDIT = "articles.change_article"
DELETE = "articles.delete_article"
PUBLISH = "articles.publish_article"
IMPORT = "articles.import_article"
EXPORT = "articles.export_article"
# The permissions for a story's pictures and related coverage, by the fields of its history.
ROW_PERMISSIONS = {
    "images": ("articles.add_image", "articles.change_image", "articles.delete_image"),
    "related": ("articles.add_relatedlink", "articles.change_relatedlink", "articles.delete_relatedlink"),
}
# By the type of document that changes rows which stories share.
TAXONOMY_PERMISSIONS = {"organization": "providers.change_provider", "topic": "articles.change_topic"}


def may_edit(actor, story):
    """Return whether the actor may change the content of a story."""
    return actor.may(EDIT) and may_touch(actor, story)


def may_delete(actor, story):
    """Return whether the actor may delete a story."""
    return actor.may(DELETE) and may_touch(actor, story)


def may_touch(actor, story):
    """Return whether the actor may change a story at all; a published one needs the permission to publish."""
    return story.state != State.PUBLISHED or actor.may(PUBLISH)


def may_edit_rows(actor, field):
    """Return whether the actor may replace the rows of a story's `images` or `related`; true for other fields."""
    return all(actor.may(permission) for permission in ROW_PERMISSIONS.get(field, ()))


def may_import(actor):
    """Return whether the actor may import documents."""
    return actor.may(IMPORT)


def may_import_over(actor, story):
    """Return whether an import by the actor may change an existing story."""
    return may_touch(actor, story)


def may_import_taxonomy(actor, document_type):
    """Return whether an import by the actor may change providers ("organization") or topics ("topic")."""
    return actor.may(TAXONOMY_PERMISSIONS[document_type])


def may_undo(actor, batch):
    """Return whether the actor may undo the whole import, as far as it is not undone yet. At most two queries.

    Undoing deletes the stories that the import created, and changes back those it changed.
    """
    written = batch.documents.filter(action__in=WRITTEN, undoing="", article__isnull=False)
    if not may_import(actor):
        return False
    if not actor.may(DELETE) and written.filter(action=Result.CREATED).exists():
        return False
    is_published = Q(article__published=True) | Q(snapshot__article__state=State.PUBLISHED)
    return actor.may(PUBLISH) or not written.filter(is_published).exists()


def may_undo_document(actor, document, story):
    """Return whether the actor may undo an imported document's change of its story, which is locked."""
    former_state = (document.snapshot or {}).get("article", {}).get("state")
    allowed = may_delete(actor, story) if document.action == Result.CREATED else may_touch(actor, story)
    return allowed and (former_state != State.PUBLISHED or actor.may(PUBLISH))


def may_export(actor):
    """Return whether the actor may export stories from the desk."""
    return actor.may(EXPORT)


def may_export_secured(actor):
    """Return whether an export for the actor includes `secured`, which only imports use."""
    return may_export(actor) and may_import(actor)
