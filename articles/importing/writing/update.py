"""Merge a changed document into a known story: base (upstream before), ours (the desk), theirs (upstream now)."""

from django.db.models import Prefetch
from django.utils import timezone

from articles import workflow
from articles.choices import Owner, State
from articles.documents.digests import digest_of
from articles.documents.mapping import KEY_OF_COLUMN, provider_pair, story_columns, unknown_fields
from articles.documents.nodes import Values
from articles.exporting.story_values import current_values, with_their_rows
from articles.history.recording import capture_state, record_change
from articles.importing.conflicts import close_agreed, record_conflicts, value_of
from articles.importing.embargoes import DATE, follow_date
from articles.importing.merge import merge_fields
from articles.importing.publication import STATE_WARNINGS, StateMerge, may_publish, merge_state
from articles.importing.results import FieldChange, Outcome
from articles.importing.snapshots import snapshot_of
from articles.importing.writing.context import WriteContext
from articles.importing.writing.related_rows import add_provider_logos, merge_images, merge_related, merge_topics
from articles.importing.writing.rows import PreparedStory
from articles.models import Article, FormerIdentity, Image, UpstreamDocument, UpstreamSecret
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
    snapshot, seen_at = snapshot_of(article, upstream), article.updated_at
    values_before = document_values(article, upstream.values | unknown_fields(upstream.unknown), upstream.body)
    state_before = capture_state(article)
    outcome = merge_document(article, upstream, story, context)
    take_identity(article, story)
    if outcome.changed or outcome.problems:
        record_change(article, workflow.UPSTREAM, state_before, batch=context.batch)
    if outcome.changed and article.updated_at == seen_at:
        # Only related rows changed; the story counts as changed too.
        article.save(update_fields=["updated_at"])
    outcome.article_id, outcome.snapshot = article.pk, snapshot
    outcome.seen_at, outcome.left_at = seen_at, article.updated_at
    theirs = story.values
    values_after = document_values(article, theirs | story.unknown, story.body)
    outcome.changes = describe_changes(outcome, values_before, values_after, theirs | {"body": story.body})
    return outcome


def take_identity(article: Article, story: PreparedStory) -> None:
    """Give a story the identity of its document; the one that it had becomes a former identity.

    The identity by which an earlier release knew the same document is dropped.
    """
    if article.identity == story.identity:
        return
    former_identity, article.identity = article.identity, story.identity
    FormerIdentity.objects.filter(identity=story.identity, article=article).delete()
    article.save(update_fields=["identity"])
    if former_identity != story.former_identity:
        FormerIdentity.objects.update_or_create(
            identity=former_identity, defaults={"article": article, "tombstone": None}
        )


def merge_document(
    article: Article, upstream: UpstreamDocument, story: PreparedStory, context: WriteContext
) -> Outcome:
    """Merge all parts of a document, store it as the new base, and return the Outcome of the merge."""
    base, theirs = upstream.values, story.values
    changed, conflicts = merge_columns(article, upstream, story, context.providers)
    for key, (has_changed, has_conflict) in merge_rows(article, base, theirs, context.providers).items():
        changed += [key] if has_changed else []
        conflicts += [key] if has_conflict else []
    state = StateMerge.NOTHING
    if "published" not in article.kept_fields:
        state = merge_state(article, base, theirs, context.policy)
    changed += ["published"] if state in (StateMerge.CHANGED, StateMerge.REVIEWED) else []
    conflicts += ["published"] if state is StateMerge.CONFLICT else []
    was_moved, problems = follow_date(article, base, theirs, may_publish=lambda: may_publish(article, context.policy))
    changed += [DATE] if was_moved and DATE not in [*changed, *conflicts] else []
    changed += [key for key in upstream.unknown | story.unknown if upstream.unknown.get(key) != story.unknown.get(key)]
    new_values = {**theirs, "body": story.body}
    record_conflicts(article, conflicts, {**base, "body": upstream.body}, new_values, context.batch)
    close_agreed(article, conflicts, new_values)
    store_document(upstream, story, is_changed=bool(changed or conflicts))
    outcome = Outcome.merged(article.get_absolute_url(), changed, conflicts)
    outcome.problems = problems + ([STATE_WARNINGS[state]] if state in STATE_WARNINGS else [])
    return outcome


def merge_columns(
    article: Article, upstream: UpstreamDocument, story: PreparedStory, providers: ProviderDirectory
) -> tuple[list[str], list[str]]:
    """Merge and save the story's own columns; return the format's keys of (changed fields, conflicts)."""
    old_values, new_values = upstream.values, story.values
    base = story_columns(old_values, upstream.body) | {"provider": provider_of(old_values, providers)}
    theirs = story_columns(new_values, story.body) | {"provider": provider_of(new_values, providers)}
    ours = {column: getattr(article, column) for column in theirs}
    for column in list(theirs):
        if KEY_OF_COLUMN.get(column, column) in article.kept_fields:
            theirs[column] = base[column]
    merge = merge_fields(base, ours, theirs)
    for column, value in merge.changes.items():
        setattr(article, column, value)
    if merge.changes:
        article.save(update_fields=list(merge.changes))
    # Two columns may belong to one field.
    changed = dict.fromkeys(KEY_OF_COLUMN.get(column, column) for column in merge.changes)
    conflicts = dict.fromkeys(KEY_OF_COLUMN.get(column, column) for column in merge.conflicts)
    return list(changed), list(conflicts)


def merge_rows(
    article: Article, base: Values, theirs: Values, providers: ProviderDirectory
) -> dict[str, tuple[bool, bool]]:
    """Merge topics, images and related coverage; return {key: (whether it changed, whether there is a conflict)}."""
    # Fields that the desk keeps for good: upstream's value is taken as unchanged.
    theirs = theirs | {key: base.get(key) for key in ROW_KEYS if key in article.kept_fields}
    links = article.related_links.prefetch_related(Prefetch("images", Image.objects.order_by("position", "pk")))
    topics = list(article.topics.order_by("article_links__pk").values_list("name", flat=True))
    return {
        "topics": (merge_topics(article, topics, base.get("topics"), theirs.get("topics")), False),
        "images": merge_images({"article": article}, article.images.all(), base.get("images"), theirs.get("images")),
        "related": merge_related(article, links, base.get("related"), theirs.get("related"), providers),
    }


def provider_of(values: Values, providers: ProviderDirectory) -> Provider | None:
    pair = provider_pair(values)
    return providers[pair] if pair else None


def store_document(upstream: UpstreamDocument, story: PreparedStory, *, is_changed: bool) -> None:
    """Store a document as upstream's latest, the base of the next merge."""
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
    stored_story = with_their_rows(Article.objects.all()).get(pk=article.pk)
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
