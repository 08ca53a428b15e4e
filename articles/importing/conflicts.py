"""Record and settle fields on which upstream and the desk disagree. All values are in the format's terms."""

from collections.abc import Collection, Iterable
from typing import Any

from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from articles import workflow
from articles.choices import Action, State
from articles.documents.mapping import columns_of_key, provider_pair, story_columns, without_secured
from articles.documents.nodes import Values
from articles.exporting.story_values import current_values, image_values, related_values
from articles.history.notes import NoteKind, make_note
from articles.history.recording import recording
from articles.importing.desk_decisions import forget_field
from articles.importing.writing.related_rows import merge_images, merge_related, merge_topics
from articles.models import Article, Conflict, ImportBatch, UpstreamDocument
from articles.permissions import may_edit, may_edit_rows
from providers.resolving import ProviderDirectory

Settlement = Conflict.Settlement


class UnusableValue(Exception):
    """A story cannot have upstream's value; the message says why."""


def record_conflicts(
    article: Article, fields: Collection[str], base: Values, theirs: Values, batch: ImportBatch | None
) -> None:
    """Open a conflict for each of `fields` with all three values; an open conflict gets the new values.

    `base` and `theirs` are upstream's values before and now, {key: value} with the body as `body`.
    """
    if not fields:
        return
    ours = current_values(article, base, base.get("body", "")) | {"body": article.body}
    ours |= {"published": article.state == State.PUBLISHED}
    for field in fields:
        values = {"ours": value_of(ours, field), "theirs": value_of(theirs, field), "batch": batch}
        Conflict.objects.update_or_create(
            article=article,
            field=field,
            settlement="",
            defaults=values,
            create_defaults={**values, "base": value_of(base, field)},
        )


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
    elif field == "images":
        rows = list(article.images.all())
        merge_images({"article": article}, rows, image_values(rows, None), theirs)
        article.save(update_fields=["updated_at"])
    elif field == "related":
        links = list(article.related_links.select_related("provider").prefetch_related("images", "provider__aliases"))
        merge_related(article, links, related_values(links, None), theirs, ProviderDirectory())
        article.save(update_fields=["updated_at"])
    elif field == "topics":
        names = [topic.name for topic in article.topics_in_order]
        merge_topics(article, names, names, theirs)
        article.save(update_fields=["updated_at"])
    elif columns := columns_of_key(field):
        for column, value in column_values(field, columns, theirs).items():
            setattr(article, column, value)
        if not article.title:
            raise UnusableValue(_("Upstream has no headline, and a story needs one. The headline was not changed."))
        article.save(update_fields=columns)
    else:
        raise UnusableValue(_("Stories have no field “%(field)s”.") % {"field": field})


def column_values(field: str, columns: Iterable[str], value: Any) -> dict[str, Any]:
    """Return {column: value} of a field for upstream's value; None means that upstream left the field out."""
    parent, _dot, child = field.partition(".")
    # 0, false and empty text are values.
    values: Values = {} if value is None else {parent: {child: value} if child else value}
    if field == "provider":
        pair = provider_pair(values)
        return {"provider": ProviderDirectory()[pair] if pair else None}
    all_columns = story_columns(values, (value or "") if field == "body" else "")
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
