"""Each permission alone decides what its name says."""

from types import SimpleNamespace

import pytest

from articles import permissions
from articles.choices import Result, State
from articles.importing.runner import import_sources
from articles.models import Article
from tests.factories import make_document

DELETE, EDIT, EXPORT, IMPORT, PUBLISH = (
    f"articles.{action}_article" for action in ("delete", "change", "export", "import", "publish")
)


def holder(*held):
    """Return an actor that has these permissions only."""
    return SimpleNamespace(may=lambda permission: permission in held)


@pytest.mark.parametrize(("function", "permission"), [("may_edit", EDIT), ("may_delete", DELETE)])
def test_published_stories_need_the_permission_to_publish_too(function, permission):
    may = getattr(permissions, function)
    for state in State:
        story = Article(state=state)
        is_published = state == State.PUBLISHED
        assert may(holder(permission, PUBLISH), story)
        assert may(holder(permission), story) is not is_published
        assert not may(holder({EDIT: DELETE, DELETE: EDIT}[permission], PUBLISH), story)
        assert permissions.may_import_over(holder(), story) is not is_published


@pytest.mark.parametrize(("field", "model"), [("images", "image"), ("related", "relatedlink")])
def test_rows_need_all_three_permissions_of_their_model(field, model):
    needed = {f"articles.{action}_{model}" for action in ("add", "change", "delete")}
    assert permissions.may_edit_rows(holder(*needed), field)
    for permission in needed:
        assert not permissions.may_edit_rows(holder(*needed - {permission}), field), permission
    assert permissions.may_edit_rows(holder(), "title")


def test_taxonomy_needs_the_permission_of_its_model():
    for held, expected in (
        ("providers.change_provider", {"organization"}),
        ("articles.change_topic", {"topic"}),
        (IMPORT, set()),
    ):
        kinds = {kind for kind in ("organization", "topic") if permissions.may_import_taxonomy(holder(held), kind)}
        assert kinds == expected


def test_secured_values_are_exported_with_both_permissions():
    assert permissions.may_export_secured(holder(EXPORT, IMPORT))
    assert not permissions.may_export_secured(holder(EXPORT))
    assert not permissions.may_export_secured(holder(IMPORT))
    assert (permissions.may_export(holder(EXPORT)), permissions.may_export(holder(IMPORT))) == (True, False)


@pytest.mark.parametrize(
    ("action", "former_state", "state", "needed"),
    [
        (Result.CREATED, None, State.INBOX, {DELETE}),
        (Result.CREATED, None, State.PUBLISHED, {DELETE, PUBLISH}),
        (Result.UPDATED, State.INBOX, State.INBOX, set()),
        (Result.UPDATED, State.INBOX, State.PUBLISHED, {PUBLISH}),
        (Result.UPDATED, State.PUBLISHED, State.WITHDRAWN, {PUBLISH}),
        (Result.CONFLICT, State.PUBLISHED, State.PUBLISHED, {PUBLISH}),
    ],
)
def test_undoing_one_document_needs_what_its_effect_needs(action, former_state, state, needed):
    snapshot = former_state and {"article": {"state": former_state}}
    document, story = SimpleNamespace(action=action, snapshot=snapshot), Article(state=state)
    assert permissions.may_undo_document(holder(*needed), document, story)
    for permission in needed:
        others = {DELETE, EDIT, EXPORT, IMPORT, PUBLISH} - {permission}
        assert not permissions.may_undo_document(holder(*others), document, story), permission


@pytest.mark.django_db
def test_undone_documents_and_deleted_stories_need_no_more_permissions(tmp_path):
    for name in ("undone", "deleted"):
        (tmp_path / f"{name}.md").write_bytes(make_document(title=name))
    batch = import_sources([str(tmp_path)]).batch
    assert not permissions.may_undo(holder(IMPORT), batch)
    batch.documents.filter(title="undone").update(undoing="undone")
    assert not permissions.may_undo(holder(IMPORT), batch)
    for held in ((IMPORT, DELETE), (IMPORT, PUBLISH), (DELETE, PUBLISH)):
        assert not permissions.may_undo(holder(*held), batch), held
    assert permissions.may_undo(holder(IMPORT, DELETE, PUBLISH), batch)
    Article.objects.filter(title="deleted").delete()
    assert permissions.may_undo(holder(IMPORT), batch)
    assert not permissions.may_undo(holder(DELETE, PUBLISH), batch)
