"""Who may do what with stories: one function per question, for the desk, bulk changes, imports and tasks.

An `actor` is anything with `may(permission)`, such as `workflow.Actor`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from django.db.models import Q

from articles.choices import UNDOABLE, Result, State

if TYPE_CHECKING:
    from articles.models import Article, ImportBatch, ImportedDocument

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
# The permissions for documents that change rows shared by stories, by the document's type.
TAXONOMY_PERMISSIONS = {"organization": "providers.change_provider", "topic": "articles.change_topic"}


class HasPermissions(Protocol):
    """Somebody or something that acts, such as a `workflow.Actor`."""

    def may(self, permission: str) -> bool: ...


def may_edit(actor: HasPermissions, story: Article) -> bool:
    """Return whether the actor may change the content of a story."""
    return actor.may(EDIT) and may_change_in_state(actor, story)


def may_delete(actor: HasPermissions, story: Article) -> bool:
    """Return whether the actor may delete a story."""
    return actor.may(DELETE) and may_change_in_state(actor, story)


def may_change_in_state(actor: HasPermissions, story: Article) -> bool:
    """Return whether the actor may change a story at all; a published one needs the permission to publish."""
    return story.state != State.PUBLISHED or actor.may(PUBLISH)


def may_edit_rows(actor: HasPermissions, field: str) -> bool:
    """Return whether the actor may replace the rows of a story's `images` or `related`; true for other fields."""
    return all(actor.may(permission) for permission in ROW_PERMISSIONS.get(field, ()))


def may_block_pictures(actor: HasPermissions) -> bool:
    """Return whether the actor may remove a picture from all stories and block it."""
    return actor.may("articles.delete_image") and actor.may(PUBLISH)


def may_import(actor: HasPermissions) -> bool:
    """Return whether the actor may import documents."""
    return actor.may(IMPORT)


def may_restore_exports(actor: HasPermissions) -> bool:
    """Return whether an import by the actor may restore the desk's edits, states included, from exports."""
    return may_import(actor) and actor.may(PUBLISH)


def may_import_over(actor: HasPermissions, story: Article) -> bool:
    """Return whether an import by the actor may change an existing story."""
    return may_change_in_state(actor, story)


def may_import_taxonomy(actor: HasPermissions, document_type: str) -> bool:
    """Return whether an import by the actor may change providers ("organization") or topics ("topic")."""
    return actor.may(TAXONOMY_PERMISSIONS[document_type])


def may_undo(actor: HasPermissions, batch: ImportBatch) -> bool:
    """Return whether the actor may undo all of an import that is not undone yet. At most two queries.

    Undoing deletes the stories that the import created, and reverts the changes of others.
    """
    written = batch.documents.filter(UNDOABLE, undoing="", article__isnull=False)
    if not may_import(actor):
        return False
    if not actor.may(DELETE) and written.filter(action=Result.CREATED).exists():
        return False
    is_published = Q(article__published=True) | Q(snapshot__article__state=State.PUBLISHED)
    return actor.may(PUBLISH) or not written.filter(is_published).exists()


def may_undo_document(actor: HasPermissions, document: ImportedDocument, story: Article) -> bool:
    """Return whether the actor may undo an imported document's change of its story, which is locked."""
    former_state = (document.snapshot or {}).get("article", {}).get("state")
    allowed = may_delete(actor, story) if document.action == Result.CREATED else may_change_in_state(actor, story)
    return allowed and (former_state != State.PUBLISHED or actor.may(PUBLISH))


def may_export(actor: HasPermissions) -> bool:
    """Return whether the actor may export stories from the desk."""
    return actor.may(EXPORT)


def may_export_secured(actor: HasPermissions) -> bool:
    """Return whether an export for the actor includes `secured`, which only imports use."""
    return may_export(actor) and may_import(actor)
