"""Who may do what with stories: one function for each question, asked by the desk, bulk changes, imports and tasks.

An `actor` is anything with `may(permission)`, such as `workflow.Actor`.
"""

from django.db.models import Q

from articles.choices import WRITTEN, Result, State

EDIT = "articles.change_article"
DELETE = "articles.delete_article"
PUBLISH = "articles.publish_article"
IMPORT = "articles.import_article"
EXPORT = "articles.export_article"
# Rows beside a story that have permissions of their own, by the fields of its history.
ROW_PERMISSIONS = {
    "images": ("articles.add_image", "articles.change_image", "articles.delete_image"),
    "related": ("articles.add_relatedlink", "articles.change_relatedlink", "articles.delete_relatedlink"),
}
# Organization and topic documents change rows that stories share.
TAXONOMY_PERMISSIONS = {"organization": "providers.change_provider", "topic": "articles.change_topic"}


def may_edit(actor, story):
    """Return whether the actor may change the content of a story; a published one needs the right to publish."""
    return actor.may(EDIT) and may_touch(actor, story)


def may_delete(actor, story):
    """Return whether the actor may delete a story; a published one needs the right to publish."""
    return actor.may(DELETE) and may_touch(actor, story)


def may_touch(actor, story):
    """Return whether the actor may change anything of a story that readers see, or will see."""
    return story.state != State.PUBLISHED or actor.may(PUBLISH)


def may_edit_rows(actor, field):
    """Return whether the actor may replace a story's `images` or `related` as a whole; other fields need no more."""
    return all(actor.may(permission) for permission in ROW_PERMISSIONS.get(field, ()))


def may_import(actor):
    """Return whether the actor may import documents."""
    return actor.may(IMPORT)


def may_import_over(actor, story):
    """Return whether an import by the actor may change a story that is there."""
    return may_touch(actor, story)


def may_import_taxonomy(actor, sort):
    """Return whether an import by the actor may change providers ("organization") or topics ("topic")."""
    return actor.may(TAXONOMY_PERMISSIONS[sort])


def may_undo(actor, batch):
    """Return whether the actor may undo all that is left to undo of an import. At most two queries.

    Undoing deletes what the import created and changes back what it changed.
    """
    written = batch.documents.filter(action__in=WRITTEN, undoing="", article__isnull=False)
    if not may_import(actor):
        return False
    if not actor.may(DELETE) and written.filter(action=Result.CREATED).exists():
        return False
    is_out = Q(article__published=True) | Q(snapshot__article__state=State.PUBLISHED)
    return actor.may(PUBLISH) or not written.filter(is_out).exists()


def may_undo_document(actor, document, story):
    """Return whether the actor may undo what an import did to one story, locked."""
    was = (document.snapshot or {}).get("article", {}).get("state")
    allowed = may_delete(actor, story) if document.action == Result.CREATED else may_touch(actor, story)
    return allowed and (was != State.PUBLISHED or actor.may(PUBLISH))


def may_export(actor):
    """Return whether the actor may export stories from the desk."""
    return actor.may(EXPORT)


def may_export_secured(actor):
    """Return whether an export for the actor includes `secured`, which only an import has a use for."""
    return may_export(actor) and may_import(actor)
