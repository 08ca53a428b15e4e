"""Merging and deleting topics, with their stories, names, children and addresses, in one transaction."""

import hashlib
import json

from django.db import transaction

from articles.history.notes import NoteKind, make_note
from articles.history.recording import record_topic_replacement
from articles.models import Article, ArticleTopic, FormerTopicSlug, SavedView, Topic, TopicAlias
from articles.topic_tree import keys_above
from providers.renaming import ChangedMeanwhile

# What a person looks at before they say yes.
SEEN = ("pk", "name", "slug", "parent_id", "keywords", "hashtags")
STORIES_AT_ONCE = 500
# By what the desk's list of stories is filtered by a topic.
FILTERS = ("topic_links__tag__id__exact", "topic_itself")


def signature(keys, *also):
    """Return a digest of how the topics that have these keys stand, with their names and children, and of `also`."""
    rows = Topic.objects.filter(pk__in=keys).order_by("pk").values_list(*SEEN)
    aliases = TopicAlias.objects.filter(topic__in=keys).order_by("pk").values_list("pk", "topic_id")
    children = Topic.objects.filter(parent__in=keys).order_by("pk").values_list("pk", "parent_id")
    said = json.dumps([list(rows), list(aliases), list(children), [str(one) for one in also]])
    return hashlib.blake2b(said.encode(), digest_size=16).hexdigest()


def locked(keys, seen=None, *also):
    """Lock topics, in order of their keys; return {key: Topic}.

    Raises ChangedMeanwhile when `seen`, a signature, is not the present one, and for a topic that is gone.
    """
    rows = {row.pk: row for row in Topic.objects.select_for_update(of=("self",)).filter(pk__in=keys).order_by("pk")}
    if rows.keys() != set(keys) or (seen is not None and seen != signature(keys, *also)):
        raise ChangedMeanwhile
    return rows


@transaction.atomic
def merge_topics(target, sources, actor, seen=None):
    """Make `target` answer for all `sources` and remove them; return how many stories had one of them.

    Stories, names, children, keywords and hashtags become the target's, and the old addresses lead to it. A target
    that stands below a source takes that one's place in the tree. `seen` is the signature of all of them, with the
    target's key. Raises ValueError when the target is among the sources, ChangedMeanwhile. `actor` is a workflow.Actor.
    """
    if target.pk in {source.pk for source in sources}:
        raise ValueError("A topic cannot be merged into itself.")
    rows, stories = locked([target.pk, *(source.pk for source in sources)], seen, target.pk), 0
    for source in sources:
        kept, gone = rows[target.pk], rows[source.pk]
        gone.refresh_from_db(fields=["parent"])
        stories += retag_all(gone, kept, actor, make_note(NoteKind.TOPIC_MERGED, f"{gone.name} → {kept.name}"))
        if gone.pk in keys_above(kept):
            kept.parent_id = gone.parent_id
        kept.keywords = list(dict.fromkeys([*kept.keywords, *gone.keywords]))
        kept.hashtags = list(dict.fromkeys([*kept.hashtags, *gone.hashtags]))
        kept.description = kept.description or gone.description
        kept.save(update_fields=["parent", "keywords", "hashtags", "description"])
        gone.children.exclude(pk=kept.pk).update(parent=kept)
        gone.aliases.update(topic=kept)
        TopicAlias.objects.update_or_create(name=gone.name, defaults={"topic": kept})
        leave(gone, kept)
    return stories


@transaction.atomic
def delete_topics(topics, actor, seen=None):
    """Take topics from all stories and remove them; return how many stories had one of them.

    Those below move up to their parent, where their addresses lead, too. Imports leave their names out, until the
    names are lifted. `seen` is the signature of all of them. Raises ChangedMeanwhile.
    """
    rows, stories = locked([topic.pk for topic in topics], seen), 0
    for topic in topics:
        gone = rows[topic.pk]
        gone.refresh_from_db(fields=["parent"])
        stories += retag_all(gone, None, actor, make_note(NoteKind.TOPIC_DELETED, gone.name))
        gone.children.update(parent=gone.parent_id)
        leave(gone, gone.parent)
    return stories


def retag_all(topic, other, actor, note):
    """Give all stories of `topic` the topic `other` in its place, None for none; return how many there were.

    Set-based, as a topic may have half of all stories; the history of each says so.
    """
    keys = list(
        ArticleTopic.objects.filter(tag=topic).order_by("content_object").values_list("content_object", flat=True)
    )
    for begin in range(0, len(keys), STORIES_AT_ONCE):
        some = keys[begin : begin + STORIES_AT_ONCE]
        # Locked as every change of a story is, so that nobody's save takes the old topics back.
        list(Article.objects.select_for_update().filter(pk__in=some).order_by("pk").values_list("pk"))
        record_topic_replacement(some, topic.name, other and other.name, actor, note)
        links = ArticleTopic.objects.filter(tag=topic, content_object__in=some)
        if other:
            have = ArticleTopic.objects.filter(tag=other, content_object__in=some).values_list(
                "content_object", flat=True
            )
            links.filter(content_object__in=list(have)).delete()
            links.update(tag=other)
        else:
            links.delete()
    return len(keys)


def leave(gone, heir):
    """Remove a topic of which nothing is left but its addresses; they lead to `heir`, if there is one.

    So do the desk's saved views; without an heir they find nothing, and say why.
    """
    slug = gone.slug
    if heir:
        SavedView.objects.replace_filter(FILTERS, gone.pk, heir.pk)
    gone.former_slugs.update(topic=heir)
    gone.delete()
    FormerTopicSlug.objects.update_or_create(slug=slug, defaults={"topic": heir})
