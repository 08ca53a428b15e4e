"""Merge a changed document into a known story: base (upstream before), ours (the desk), theirs (upstream now)."""

from collections.abc import Sequence
from typing import Any

from django.db.models import Prefetch
from django.utils import timezone

from articles import workflow
from articles.choices import MergePolicy, Owner, State
from articles.documents.digests import digest_of
from articles.documents.mapping import (
    KEY_OF_COLUMN,
    images_by_key,
    links_by_key,
    provider_pair,
    related_by_key,
    story_columns,
    topic_names,
    unknown_fields,
)
from articles.documents.nodes import Values
from articles.exporting.story_values import current_values, with_related_rows
from articles.history.recording import capture_state, record_change
from articles.importing.closing import close_resolved, without_returned
from articles.importing.conflicts import record_conflicts, value_of
from articles.importing.desk_decisions import (
    StoredItem,
    decisions_of,
    first_keys,
    removed_coverage,
    store,
    stored_coverage,
)
from articles.importing.embargoes import DATE, follow_upstream_date
from articles.importing.merge import merge_fields, updated_removals
from articles.importing.policies import policies_of_columns
from articles.importing.publication import STATE_WARNINGS, StateMerge, may_publish, merge_removal, merge_state
from articles.importing.results import FieldChange, Outcome
from articles.importing.snapshots import snapshot_of
from articles.importing.writing.context import WriteContext
from articles.importing.writing.related_rows import (
    ListRules,
    add_provider_logos,
    as_current_names,
    merge_images,
    merge_related,
    merge_topics,
    names_of_topics,
)
from articles.importing.writing.rows import PreparedStory
from articles.models import (
    Article,
    DeskDecisions,
    FormerIdentity,
    Image,
    KnownFile,
    RelatedLink,
    UpstreamDocument,
    UpstreamSecret,
)
from providers.models import Provider
from providers.resolving import ProviderDirectory

ROW_KEYS = ("topics", "images", "related")


def adopt_story(article: Article, story: PreparedStory, context: WriteContext) -> Outcome:
    """Merge a document into a story that the desk wrote before upstream sent it; return the Outcome."""
    snapshot = snapshot_of(article, None)
    article.state_owner = Owner.DESK
    article.save(update_fields=["state_owner"])
    upstream = UpstreamDocument.objects.create(
        article=article, identity=story.identity, source_name=story.source[-500:]
    )
    outcome = update_story(upstream, story, context)
    outcome.snapshot = snapshot
    return outcome


def update_story(upstream: UpstreamDocument, story: PreparedStory, context: WriteContext) -> Outcome:
    """Merge a document into the story of an UpstreamDocument; return the Outcome.

    Both rows are locked. The story's history, its snapshot for undoing and its conflicts are written too.
    """
    article = upstream.article
    # Not compared with ==, for which true is 1.
    if digest_of(upstream.values, upstream.unknown, upstream.body) == story.digest:
        # Only `secured` differs, which upstream generates randomly, or the form of the document.
        UpstreamDocument.objects.filter(pk=upstream.pk).update(
            text_digest=story.text_digest, digest=story.digest, path=upstream.path or story.path or None
        )
        store_secret(upstream, story)
        return Outcome.unchanged(article.get_absolute_url(), article.pk)
    add_provider_logos(story, context.providers)
    snapshot, updated_at_before = snapshot_of(article, upstream), article.updated_at
    values_before = document_values(article, upstream.values | unknown_fields(upstream.unknown), upstream.body)
    state_before, former_file = capture_state(article), KnownFile.of(upstream)
    outcome = merge_document(article, upstream, story, context)
    take_identity(article, story, former_file)
    if outcome.changed or outcome.problems:
        record_change(article, workflow.UPSTREAM, state_before, batch=context.batch)
    if outcome.changed and article.updated_at == updated_at_before:
        # Only related rows changed; the story counts as changed too.
        article.save(update_fields=["updated_at"])
    outcome.article_id, outcome.snapshot = article.pk, snapshot
    outcome.updated_at_before, outcome.updated_at_after = updated_at_before, article.updated_at
    theirs = story.values
    values_after = document_values(article, theirs | story.unknown, story.body)
    outcome.changes = describe_changes(outcome, values_before, values_after, theirs | {"body": story.body})
    return outcome


def take_identity(article: Article, story: PreparedStory, former_file: KnownFile) -> None:
    """Give a story the identity of its document; the one that it had becomes a former identity.

    `former_file` is the file of its former document. The identity by which an earlier release knew the same document
    is dropped.
    """
    if article.identity == story.identity:
        return
    former_identity, article.identity = article.identity, story.identity
    FormerIdentity.objects.filter(identity=story.identity, article=article).delete()
    article.save(update_fields=["identity"])
    if former_identity != story.former_identity:
        FormerIdentity.remember(former_identity, article, former_file)


def merge_document(
    article: Article, upstream: UpstreamDocument, story: PreparedStory, context: WriteContext
) -> Outcome:
    """Merge all parts of a document, store it as the new base, and return the Outcome of the merge."""
    base, theirs = upstream.values, story.values
    decisions = decisions_of(article.pk)
    changed, conflicts = merge_columns(article, upstream, story, context, decisions)
    for key, (has_changed, has_conflict) in merge_rows(article, base, theirs, context, decisions).items():
        changed += [key] if has_changed else []
        conflicts += [key] if has_conflict else []
    state = StateMerge.NOTHING
    if "published" not in article.kept_fields:
        state = merge_state(article, base | former_proposal(upstream), theirs, context.policy)
    if state is StateMerge.CONFLICT and context.field_policies["published"] is not MergePolicy.ASK:
        state = StateMerge.NOTHING
    changed += ["published"] if state in (StateMerge.CHANGED, StateMerge.REVIEWED) else []
    conflicts += ["published"] if state is StateMerge.CONFLICT else []
    was_moved, problems = follow_upstream_date(
        article, base, theirs, may_publish=lambda: may_publish(article, context.policy)
    )
    changed += [DATE] if was_moved and DATE not in [*changed, *conflicts] else []
    removal = merge_removal(article, base, theirs, context.policy)
    changed += ["published"] if removal is StateMerge.CHANGED and "published" not in changed else []
    conflicts += ["removed"] if removal is StateMerge.CONFLICT else []
    changed += [key for key in upstream.unknown | story.unknown if upstream.unknown.get(key) != story.unknown.get(key)]
    old_values, new_values = {**base, "body": upstream.body}, {**theirs, "body": story.body}
    store_document(upstream, story, is_changed=bool(changed or conflicts))
    conflicts = without_returned(article, conflicts, upstream)
    record_conflicts(article, conflicts, old_values, new_values, context.batch)
    close_resolved(article, upstream)
    outcome = Outcome.merged(article.get_absolute_url(), changed, conflicts)
    outcome.problems = problems + ([STATE_WARNINGS[state]] if state in STATE_WARNINGS else [])
    return outcome


def former_proposal(upstream: UpstreamDocument) -> Values:
    """Return upstream's last `published` as a value of the format; empty if no document had it."""
    return {} if upstream.proposal is None else {"published": upstream.proposal}


def merge_columns(
    article: Article,
    upstream: UpstreamDocument,
    story: PreparedStory,
    context: WriteContext,
    decisions: DeskDecisions,
) -> tuple[list[str], list[str]]:
    """Merge and save the story's own columns; return the format's keys of (changed fields, conflicts)."""
    old_values, new_values, providers = upstream.values, story.values, context.providers
    base = story_columns(old_values, upstream.body) | {"provider": provider_of(old_values, providers)}
    theirs = story_columns(new_values, story.body) | {"provider": provider_of(new_values, providers)}
    ours = {column: getattr(article, column) for column in theirs}
    for column in list(theirs):
        if KEY_OF_COLUMN.get(column, column) in article.kept_fields:
            theirs[column] = base[column]
    desk_columns = [column for column in theirs if KEY_OF_COLUMN.get(column, column) in decisions.fields]
    merge = merge_fields(base, ours, theirs, policies_of_columns(context.field_policies), desk_columns)
    for column, value in merge.changes.items():
        setattr(article, column, value)
    if merge.changes:
        article.save(update_fields=list(merge.changes))
    # Two columns may belong to one field.
    changed = dict.fromkeys(KEY_OF_COLUMN.get(column, column) for column in merge.changes)
    conflicts = dict.fromkeys(KEY_OF_COLUMN.get(column, column) for column in merge.conflicts)
    return list(changed), list(conflicts)


def merge_rows(
    article: Article, base: Values, theirs: Values, context: WriteContext, decisions: DeskDecisions
) -> dict[str, tuple[bool, bool]]:
    """Merge topics, images and related coverage; return {key: (whether it changed, whether there is a conflict)}.

    What the desk has removed is recorded, as upstream may leave it out and send it again later.
    """
    # Fields that the desk keeps for good: upstream's value is taken as unchanged.
    theirs = theirs | {key: base.get(key) for key in ROW_KEYS if key in article.kept_fields}
    links = list(article.related_links.prefetch_related(Prefetch("images", Image.objects.order_by("position", "pk"))))
    images = list(article.images.all())
    topics = list(article.topics.order_by("article_links__pk").values_list("name", flat=True))
    removed = removed_by_desk(base, topics, images, links, decisions)
    store(decisions, {key: items.values() for key, items in removed.items() if key not in article.kept_fields})
    first = first_keys(decisions)
    rules = {
        key: ListRules(context.field_policies[key], list(removed[key]), key in decisions.fields, first.get(key))
        for key in ROW_KEYS
    }
    return {
        "topics": (
            merge_topics(article, topics, base.get("topics"), theirs.get("topics"), rules["topics"]),
            False,
        ),
        "images": merge_images({"article": article}, images, base.get("images"), theirs.get("images"), rules["images"]),
        "related": merge_related(
            article, links, base.get("related"), theirs.get("related"), context.providers, rules["related"]
        ),
    }


def removed_by_desk(
    base: Values,
    topics: Sequence[str],
    images: Sequence[Image],
    links: Sequence[RelatedLink],
    decisions: DeskDecisions,
) -> dict[str, dict[Any, StoredItem]]:
    """Return {"topics", "images" or "related": {key: what is stored}} of what the desk removed, now or earlier."""
    old_names = topic_names(base.get("topics"))
    removed_names = decisions.removed.get("topics", [])
    current_names = names_of_topics([*old_names, *removed_names])
    named = (as_current_names(removed_names, current_names), as_current_names(old_names, current_names))
    old_items = related_by_key(base.get("related"))
    coverage = stored_coverage(old_items) | removed_coverage(decisions)
    urls = updated_removals(
        decisions.removed.get("images", []), images_by_key(base.get("images")), {image.url for image in images}
    )
    return {
        "topics": {name: name for name in updated_removals(*named, topics)},
        "images": {url: url for url in urls},
        "related": {
            key: coverage[key] for key in updated_removals(removed_coverage(decisions), old_items, links_by_key(links))
        },
    }


def provider_of(values: Values, providers: ProviderDirectory) -> Provider | None:
    pair = provider_pair(values)
    return providers[pair] if pair else None


def store_document(upstream: UpstreamDocument, story: PreparedStory, *, is_changed: bool) -> None:
    """Store a document as upstream's latest, the base of the next merge."""
    upstream.former_proposal = None if "published" in story.values else upstream.proposal
    upstream.values = story.values
    upstream.unknown = story.unknown
    upstream.body = story.body
    upstream.source_name = story.source[-500:]
    upstream.identity = story.identity
    upstream.path = story.path or upstream.path
    upstream.digest = story.digest
    upstream.text_digest = story.text_digest
    upstream.url = story.url
    upstream.published = story.published_at
    if is_changed:
        upstream.changed_at = timezone.now()
    upstream.save()
    store_secret(upstream, story)


def store_secret(upstream: UpstreamDocument, story: PreparedStory) -> None:
    UpstreamSecret.objects.update_or_create(upstream=upstream, defaults={"text": story.secured})


def document_values(article: Article, base: Values, body: str) -> Values:
    """Return the format's fields of a story as it is in the database, with `body` and `published`.

    `base` and `body` are upstream's document, whose form stays where the values are the same.
    """
    stored_story = with_related_rows(Article.objects.all()).get(pk=article.pk)
    state = {"published": stored_story.state == State.PUBLISHED}
    return current_values(stored_story, base, body) | {"body": stored_story.body} | state


def describe_changes(outcome: Outcome, before: Values, after: Values, theirs: Values) -> list[FieldChange]:
    """Return the changed fields and those in conflict, with their values."""
    changes: list[FieldChange] = [
        {"field": key, "before": value_of(before, key), "after": value_of(after, key)}
        for key in outcome.changed
        # A story that went to review was unpublished before and still is.
        if key != "published" or before[key] != after[key]
    ]
    return changes + [
        {
            "field": key,
            "before": value_of(before, key),
            "after": value_of(after, key),
            "theirs": value_of(theirs, key),
        }
        for key in outcome.conflicts
    ]
