"""Record and settle fields on which upstream and the desk disagree. All values are in the format's terms."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from articles import workflow
from articles.choices import Action
from articles.db.pending_rows import PendingRows
from articles.documents.mapping import columns_of_key, provider_pair, story_columns, topic_names, without_secured
from articles.documents.nodes import Values
from articles.exporting.story_values import LIST_KEYS, image_values, related_values
from articles.history.notes import NoteKind, make_note
from articles.history.recording import recording
from articles.importing.desk_decisions import forget_field
from articles.importing.writing.context import TopicDirectory
from articles.importing.writing.related_rows import (
    StoryCoverage,
    merge_images,
    merge_related,
    merge_topics,
    names_of_topics,
    set_topics,
)
from articles.models import Article, Conflict, ImportBatch, UpstreamDocument
from articles.permissions import may_edit, may_edit_rows
from providers.resolving import ProviderDirectory

Settlement = Conflict.Settlement


class UnusableValue(Exception):
    """A story cannot have upstream's value; the message says why."""


def new_conflicts(
    article: Article,
    values: Mapping[str, tuple[Any, Any, Any]],
    open_conflicts: Iterable[Conflict],
    batch: ImportBatch | None,
    pending: PendingRows,
) -> list[Conflict]:
    """Return the unsaved Conflicts of {field: (base, ours, theirs)}; an open one of a field gets the new values.

    `open_conflicts` are the open ones of the story.
    """
    open_fields = {conflict.field: conflict for conflict in open_conflicts}
    conflicts = []
    for field, (base, ours, theirs) in values.items():
        if field in open_fields:
            changes = {"ours": ours, "theirs": theirs, "batch_id": batch.pk if batch else None}
            pending.update(open_fields[field], {**changes, "updated_at": timezone.now()})
        else:
            conflicts.append(Conflict(article=article, field=field, base=base, ours=ours, theirs=theirs, batch=batch))
    return conflicts


def upstream_values(upstream: UpstreamDocument) -> Values:
    """Return upstream's present values with `body`, and its last `published` if the document left it out."""
    proposal = {} if upstream.proposal is None else {"published": upstream.proposal}
    values: Values = upstream.values | {"body": upstream.body} | proposal
    return values


@transaction.atomic
def settle(conflict: Conflict, settlement: str, actor: workflow.Actor) -> None:
    """Settle an open conflict for a person: take theirs, keep ours, or keep ours from now on.

    Raises PermissionDenied when the actor may not edit the story, its images or coverage, or publish, as far as the
    conflict concerns these; workflow.InvalidTransition when the state does not allow it; UnusableValue when a story
    cannot have that value.
    """
    article = Article.objects.select_for_update().get(pk=conflict.article_id)
    if not may_edit(actor, article) or not may_edit_rows(actor, conflict.field):
        raise PermissionDenied
    conflict = Conflict.objects.select_for_update().get(pk=conflict.pk)
    if conflict.settlement:
        return
    if settlement == Settlement.THEIRS:
        upstream = UpstreamDocument.objects.filter(article=article).first()
        if upstream is not None:
            conflict.theirs = value_of(upstream_values(upstream), conflict.field)
        with recording(article, actor, note=make_note(NoteKind.TAKEN, conflict.field)):
            take_theirs(article, conflict, actor)
        forget_field(article.pk, conflict.field)
    elif settlement == Settlement.ALWAYS_OURS and conflict.field not in article.kept_fields:
        article.kept_fields = [*article.kept_fields, conflict.field]
        article.save(update_fields=["kept_fields"])
    close(conflict, settlement, actor.user)


def take_theirs(article: Article, conflict: Conflict, actor: workflow.Actor) -> None:
    """Set a field of a story to upstream's value. A missing value is the field's default, as in an import."""
    field, theirs = conflict.field, conflict.theirs
    if field == "published" or (field == "removed" and theirs and article.published):
        is_to_publish = bool(theirs) and field == "published"
        if is_to_publish != article.published:
            workflow.apply(Action.PUBLISH if is_to_publish else Action.WITHDRAW, article, actor)
    elif field in LIST_KEYS:
        take_their_list(article, field, theirs)
    elif columns := columns_of_key(field):
        for column, value in column_values(field, columns, theirs).items():
            setattr(article, column, value)
        if not article.title:
            raise UnusableValue(_("Upstream has no headline, and a story needs one. The headline was not changed."))
        article.save(update_fields=columns)
    else:
        raise UnusableValue(_("Stories have no field “%(field)s”.") % {"field": field})


def take_their_list(article: Article, field: str, theirs: Any) -> None:
    """Set a list of a story, one of LIST_KEYS, to upstream's."""
    pending = PendingRows()
    if field == "images":
        images = list(article.images.all())
        merge_images({"article": article}, images, image_values(images, None), theirs, pending)
    elif field == "related":
        links = list(article.related_links.select_related("provider").prefetch_related("images", "provider__aliases"))
        coverage = StoryCoverage(links, {link.pk: list(link.images.all()) for link in links})
        merge_related(article, coverage, related_values(links, None), theirs, ProviderDirectory(), pending)
    else:
        topic_links = list(article.topic_links.select_related("tag"))
        names = [link.tag.name for link in topic_links]
        merged_names = merge_topics(names, names, theirs, names_of_topics([*names, *topic_names(theirs)]))
        set_topics(article, topic_links, merged_names, TopicDirectory(), pending)
    pending.write()
    article.save(update_fields=["updated_at"])


def column_values(
    field: str, columns: Iterable[str], value: Any, providers: ProviderDirectory | None = None
) -> dict[str, Any]:
    """Return {column: value} of a field for upstream's value; None means that upstream left the field out.

    Providers are looked up in `providers` if it is given.
    """
    parent, _dot, child = field.partition(".")
    # 0, false and empty text are values.
    values: Values = {} if value is None else {parent: {child: value} if child else value}
    if field == "provider":
        pair = provider_pair(values)
        directory = ProviderDirectory() if providers is None else providers
        return {"provider": directory[pair] if pair else None}
    all_columns = story_columns(values, (value or "") if field == "body" else "", {parent})
    return {column: all_columns[column] for column in columns}


def close(conflict: Conflict, settlement: str, user: User | None) -> None:
    conflict.settlement, conflict.settled_at, conflict.settled_by = settlement, timezone.now(), user
    conflict.save(update_fields=["ours", "theirs", "settlement", "settled_at", "settled_by", "updated_at"])


def value_of(values: Values, field: str) -> Any:
    """Return the value of a field such as `provider.authors`; for `provider` its name and domain."""
    if field == "provider":
        pair = provider_pair(values)
        return {"domain": pair[0], "name": pair[1]} if pair else None
    value: Any = values
    for key in field.split("."):
        value = (value or {}).get(key)
    return without_secured(value)
