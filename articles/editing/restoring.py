"""Restore an older version of a story."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction

from articles.canonical_urls import identity_of
from articles.db.serialization import deserialize_row, json_value, python_value
from articles.editing.fields import PUBLISHER_FIELDS
from articles.history.differences import ROW_FIELDS, Changes, State, difference, revert
from articles.history.notes import NoteKind, make_note
from articles.history.picture_copies import with_present_copy
from articles.history.recording import recording
from articles.history.states import COLUMNS, columns_of, pictures_of, state_of, without_pictures
from articles.models import Article, ArticleTopic, Image, RelatedLink, Revision, Topic
from articles.permissions import PUBLISH, may_edit, may_edit_rows
from articles.workflow import Actor
from providers.models import Provider, ProviderAlias


class NewerRevisions(Exception):
    """The story was changed after the person saw it; `revisions` are the changes, newest first."""

    def __init__(self, revisions: Sequence[Revision]) -> None:
        super().__init__(f"{len(revisions)} newer revisions")
        self.revisions = revisions


def state_at(article: Article, number: int) -> State:
    """Return the story's state right after its Revision `number`; 0 is its first state."""
    state = state_of(article.pk)
    for revision in Revision.objects.filter(article=article, pk__gt=number):
        state = revert(state, revision.changes)
    return state


def changes_of_restoring(article: Article, number: int) -> Changes:
    """Return the changes (articles/history/differences.py) that restoring a version would make at most."""
    return difference(state_of(article.pk), state_at(article, number))


@transaction.atomic
def restore(article: Article, number: int, actor: Actor, latest_seen: int | None = None) -> list[str]:
    """Restore a story to its state right after its Revision `number`; 0 is its first state.

    Return the names of fields that could not be restored: a slug that readers know or that another story has now, a
    provider or topic that was deleted, pictures or coverage that the actor may not edit. The workflow state stays, and
    so do PUBLISHER_FIELDS for an actor who may not publish. `latest_seen` is the number of the newest Revision that
    the person has seen. Raises NewerRevisions if there is a newer one, PermissionDenied, Revision.DoesNotExist.
    """
    story = Article.objects.select_for_update().get(pk=article.pk)
    if not may_edit(actor, story):
        raise PermissionDenied
    if latest_seen is not None:
        newer_revisions = list(Revision.objects.filter(article=story, pk__gt=latest_seen).select_related("actor"))
        if newer_revisions:
            raise NewerRevisions(newer_revisions)
    revision = Revision.objects.get(article=story, pk=number) if number else None
    target = state_at(story, number)
    skipped_fields: list[str] = []
    when = revision.created_at if revision else story.created_at
    with recording(story, actor, note=make_note(NoteKind.RESTORED, when.isoformat())):
        skipped_fields += restore_columns(story, target, actor)
        skipped_fields += restore_topics(story, target["topics"])
        for field in ROW_FIELDS:
            if may_edit_rows(actor, field):
                restore_rows(story, field, target[field])
            elif state_of(story.pk)[field] != target[field]:
                skipped_fields.append(field)
    return skipped_fields


def restore_columns(story: Article, target: State, actor: Actor) -> list[str]:
    """Write the columns that differ from the state `target`; return the names of those that could not be restored."""
    current_values = columns_of(story)
    skipped_fields: list[str] = []
    changed_fields = [name for name in COLUMNS if current_values[name] != target[name]]
    if not actor.may(PUBLISH):
        changed_fields = [name for name in changed_fields if name not in PUBLISHER_FIELDS]
    # Readers may know the address.
    if "slug" in changed_fields and (
        story.was_visible or Article.objects.filter(url_date=story.url_date, slug=target["slug"]).exists()
    ):
        changed_fields.remove("slug")
        skipped_fields.append("slug")
    for name in changed_fields:
        setattr(story, name, python_value(COLUMNS[name], target[name]))
    if story.visible_until and story.visible_from and story.visible_until <= story.visible_from:
        story.visible_until = python_value(COLUMNS["visible_until"], current_values["visible_until"])
        skipped_fields.append("visible_until")
    if (target["provider"] or {}).get("id") != story.provider_id:
        provider = find_provider(target["provider"])
        if provider is None and target["provider"]:
            skipped_fields.append("provider")
        else:
            story.provider = provider
            changed_fields.append("provider")
    # Saved even without a changed column, because `updated_at` also covers topics, pictures and coverage.
    story.save(update_fields=[*changed_fields, "updated_at"])
    return skipped_fields


def find_provider(provider_state: Mapping[str, Any] | None) -> Provider | None:
    """Return the Provider of a `provider_state`, or the one it was merged into, or None."""
    if not provider_state:
        return None
    provider = Provider.objects.filter(pk=provider_state["id"]).first()
    if provider is None:
        alias = ProviderAlias.objects.select_related("provider").filter(name=provider_state["name"]).first()
        provider = alias.provider if alias else None
    return provider


def restore_topics(story: Article, names: Iterable[str]) -> list[str]:
    """Give a story exactly the topics that these names mean now, in order; return ["topics"] if one was deleted."""
    topics = [Topic.objects.get_or_create_by_upstream_name(name)[0] for name in names]
    target_keys = list(dict.fromkeys(topic.pk for topic in topics if topic))
    skipped_fields = ["topics"] if None in topics else []
    links = ArticleTopic.objects.filter(content_object=story)
    if list(links.order_by("pk").values_list("tag_id", flat=True)) == target_keys:
        return skipped_fields
    links.delete()
    for key in target_keys:
        ArticleTopic.objects.create(content_object=story, tag_id=key)
    return skipped_fields


def restore_rows(story: Article, field: str, target: Mapping[str, Any]) -> None:
    """Give a story exactly the pictures or related coverage of a state; removed rows get their former keys."""
    model: type[Image | RelatedLink] = RelatedLink if field == "related" else Image
    current_rows: dict[str, Image | RelatedLink] = {str(row.pk): row for row in model.objects.filter(article=story)}
    for key in current_rows.keys() - target.keys():
        current_rows[key].delete()
    providers = {row.get("provider_id") for row in target.values()}
    known_providers = set(Provider.objects.filter(pk__in=providers - {None}).values_list("pk", flat=True)) | {None}
    for key, row_state in target.items():
        row = current_rows.get(key)
        values = restorable_values(row_state, row) if model is Image else without_pictures(row_state)
        values = deserialize_row(model, values)
        if values.get("provider_id") not in known_providers:
            values["provider_id"] = None
        if row is None:
            row = model(pk=int(key), article=story, **values)
            if isinstance(row, RelatedLink) and row.link:
                row.identity = identity_of(row.link)
            row.save(force_insert=True)
        else:
            update_row(row, values)
        if isinstance(row, RelatedLink):
            restore_pictures(row, row_state.get("pictures"))


def restorable_values(row_state: Mapping[str, Any], row: Image | RelatedLink | None) -> Mapping[str, Any]:
    """Return the values of a recorded picture, without a copy of it that was removed or blocked since."""
    is_same_file = isinstance(row, Image) and str(row.file) == row_state.get("file")
    return row_state if is_same_file else with_present_copy(row_state)


def update_row(row: Image | RelatedLink, values: Mapping[str, object]) -> None:
    """Save the values of a row that differ."""
    changed_names = [name for name in values if json_value(getattr(row, name)) != json_value(values[name])]
    for name in changed_names:
        setattr(row, name, values[name])
    if changed_names:
        row.save(update_fields=changed_names)


def restore_pictures(link: RelatedLink, target: Sequence[Mapping[str, Any]] | None) -> None:
    """Give related coverage the pictures of its recorded row, in order.

    `target` is None in revisions from before coverage recorded its pictures.
    """
    if target is None or target == pictures_of(link.images.order_by("position", "pk")):
        return
    link.images.all().delete()
    for position, row in enumerate(target):
        Image.objects.create(related_link=link, position=position, **deserialize_row(Image, row))
