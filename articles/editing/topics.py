"""Merging and deleting topics, with their stories, names, children and addresses, in one transaction."""

from collections.abc import Collection, Sequence

from django.db import transaction

from articles.history.notes import NoteKind, make_note
from articles.history.recording import record_topic_replacement
from articles.models import Article, ArticleTopic, FormerTopicSlug, SavedView, Topic, TopicAlias
from articles.topic_tree import keys_above
from articles.workflow import Actor
from newsroom.signatures import lock_rows, signature_of

SIGNED_COLUMNS = ("pk", "name", "slug", "parent_id", "keywords", "hashtags")
STORIES_PER_STEP = 500
# The parameters by which the desk's list of stories is filtered by a topic.
TOPIC_FILTERS = ("topic_links__tag__id__exact", "topic_itself")


def topic_signature(keys: Collection[int], *parameters: object) -> str:
    """Return the signature of topics by their keys, with their names, their children and an operation's parameters."""
    topics = Topic.objects.filter(pk__in=keys).order_by("pk").values_list(*SIGNED_COLUMNS)
    aliases = TopicAlias.objects.filter(topic__in=keys).order_by("pk").values_list("pk", "topic_id")
    children = Topic.objects.filter(parent__in=keys).order_by("pk").values_list("pk", "parent_id")
    return signature_of(topics, aliases, children, parameters=parameters)


def lock_topics(keys: Sequence[int], signature: str | None = None, *parameters: object) -> dict[int, Topic]:
    """Lock topics; return {key: Topic}. Raises StalePreview as `lock_rows` does."""
    return lock_rows(Topic.objects, keys, signature, lambda: topic_signature(keys, *parameters))


@transaction.atomic
def merge_topics(target: Topic, sources: Sequence[Topic], actor: Actor, signature: str | None = None) -> int:
    """Merge `sources` into `target` and delete them; return how many stories had one of them.

    Stories, names, children, keywords and hashtags become the target's, and the old addresses redirect to it. A target
    below a source takes that one's place in the tree. `signature` is the `topic_signature` of all of them with the key
    of the target. Raises ValueError when the target is among the sources, and StalePreview.
    """
    if target.pk in {source.pk for source in sources}:
        raise ValueError("A topic cannot be merged into itself.")
    rows, stories = lock_topics([target.pk, *(source.pk for source in sources)], signature, target.pk), 0
    for source in sources:
        kept_topic, row = rows[target.pk], rows[source.pk]
        row.refresh_from_db(fields=["parent"])
        note = make_note(NoteKind.TOPIC_MERGED, f"{row.name} → {kept_topic.name}")
        stories += replace_topic(row, kept_topic, actor, note)
        if row.pk in keys_above(kept_topic):
            kept_topic.parent_id = row.parent_id
        kept_topic.keywords = list(dict.fromkeys([*kept_topic.keywords, *row.keywords]))
        kept_topic.hashtags = list(dict.fromkeys([*kept_topic.hashtags, *row.hashtags]))
        kept_topic.description = kept_topic.description or row.description
        kept_topic.save(update_fields=["parent", "keywords", "hashtags", "description"])
        row.children.exclude(pk=kept_topic.pk).update(parent=kept_topic)
        row.aliases.update(topic=kept_topic)
        TopicAlias.objects.update_or_create(name=row.name, defaults={"topic": kept_topic})
        remove_topic(row, kept_topic)
    return stories


@transaction.atomic
def delete_topics(topics: Sequence[Topic], actor: Actor, signature: str | None = None) -> int:
    """Take topics from all stories and delete them; return how many stories had one of them.

    Their children move up to their parent, to which their addresses redirect, too. Imports ignore their names until an
    editor allows them again. `signature` is the `topic_signature` of all of them. Raises StalePreview.
    """
    rows, stories = lock_topics([topic.pk for topic in topics], signature), 0
    for topic in topics:
        row = rows[topic.pk]
        row.refresh_from_db(fields=["parent"])
        stories += replace_topic(row, None, actor, make_note(NoteKind.TOPIC_DELETED, row.name))
        row.children.update(parent=row.parent_id)
        remove_topic(row, row.parent)
    return stories


def replace_topic(topic: Topic, other: Topic | None, actor: Actor, note: str) -> int:
    """Give all stories of `topic` the topic `other` instead, or none if that is None; return how many there were.

    Set-based, as half of all stories may have a topic; the history of each records it with `note`.
    """
    keys = list(
        ArticleTopic.objects.filter(tag=topic).order_by("content_object").values_list("content_object", flat=True)
    )
    for start in range(0, len(keys), STORIES_PER_STEP):
        step = keys[start : start + STORIES_PER_STEP]
        # Locked as for every change of a story, so that no concurrent save restores the old topics.
        list(Article.objects.select_for_update().filter(pk__in=step).order_by("pk").values_list("pk"))
        record_topic_replacement(step, topic.name, other.name if other else None, actor, note)
        links = ArticleTopic.objects.filter(tag=topic, content_object__in=step)
        if other:
            both = ArticleTopic.objects.filter(tag=other, content_object__in=step)
            links.filter(content_object__in=list(both.values_list("content_object", flat=True))).delete()
            links.update(tag=other)
        else:
            links.delete()
    return len(keys)


def remove_topic(topic: Topic, successor: Topic | None) -> None:
    """Delete a topic whose stories and subtopics have moved; its addresses redirect to `successor`, if there is one.

    Saved views of the desk that filter by the topic then filter by `successor`. Without one they show no stories, and
    the page says why.
    """
    slug = topic.slug
    if successor:
        SavedView.objects.replace_filter(TOPIC_FILTERS, topic.pk, successor.pk)
    topic.former_slugs.update(topic=successor)
    topic.delete()
    FormerTopicSlug.objects.update_or_create(slug=slug, defaults={"topic": successor})
