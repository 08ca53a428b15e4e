"""Joining two stories that are one: the kept story gets what identifies the other one, its topics and its coverage."""

from collections.abc import Sequence
from typing import NamedTuple

from django.db import transaction

from articles.canonical_urls import is_web_url
from articles.choices import Owner
from articles.documents.mapping import links_by_key, related_identity
from articles.history.notes import NoteKind, make_note
from articles.history.recording import NOTE_LIMIT, capture_state, record_change
from articles.models import (
    Article,
    ArticleTopic,
    DeskDecisions,
    FormerIdentity,
    FormerStoryAddress,
    PossibleDuplicate,
    RelatedLink,
    Revision,
    UpstreamDocument,
    UpstreamSecret,
    WrittenDocument,
)
from articles.sanitising import plain_text
from articles.workflow import Actor
from newsroom.signatures import lock_rows, signature_of


class Gain(NamedTuple):
    """What a story gets from the one that is joined with it."""

    topics: list[ArticleTopic]
    related: list[RelatedLink]


def joining_signature(keys: Sequence[int]) -> str:
    """Return the signature of two stories, by their keys, the kept one first."""
    stories = Article.objects.filter(pk__in=keys).order_by("pk").values_list("pk", "identity", "updated_at")
    return signature_of([(key, identity, when.isoformat()) for key, identity, when in stories], parameters=keys)


def gain_of(target: Article, other: Article) -> Gain:
    """Return the topics and related coverage of `other` that `target` does not have. Five queries.

    What the desk has removed from `target` is left out.
    """
    removed = DeskDecisions.objects.filter(article=target).values_list("removed", flat=True).first() or {}
    removed_topics = set(removed.get("topics", ()))
    removed_coverage = {
        related_identity({"webUrl": name}) if is_web_url(name) else name for name, _number in removed.get("related", ())
    }
    topics = set(ArticleTopic.objects.filter(content_object=target).values_list("tag", flat=True))
    links = links_by_key(target.related_links.all())
    return Gain(
        [
            link
            for link in other.topic_links.select_related("tag").order_by("pk")
            if link.tag_id not in topics and link.tag.name not in removed_topics
        ],
        [
            link
            for key, link in links_by_key(other.related_links.all()).items()
            if key not in links and link.identity != target.identity and key[0] not in removed_coverage
        ],
    )


@transaction.atomic
def join_stories(target: Article, other: Article, actor: Actor, signature: str | None = None) -> None:
    """Join `other` with `target`, and delete it without a tombstone.

    Imports find the kept story by all identities of both, and the address of the other redirects to it. Its state,
    address and texts do not change. `signature` is the `joining_signature` of both. Raises ValueError for one story
    twice, and StalePreview.
    """
    if target.pk == other.pk:
        raise ValueError("A story cannot be joined with itself.")
    keys = [target.pk, other.pk]
    rows = lock_rows(Article.objects, keys, signature, lambda: joining_signature(keys))
    target, other = rows[target.pk], rows[other.pk]
    note = make_note(NoteKind.JOINED, plain_text(other.title))
    before = capture_state(target)
    move_rows(target, other)
    if record_change(target, actor, before, note=note) is None:
        Revision.objects.create(article=target, actor=actor.user, origin=actor.origin, note=note[:NOTE_LIMIT])
    move_document(target, other)
    move_identities(target, other)
    other.skip_tombstone = True
    other.delete()
    # A page or import that was prepared before must notice.
    target.save(update_fields=["updated_at"])


def move_rows(target: Article, other: Article) -> None:
    """Give a story the topics and related coverage of another one that it does not have, after its own."""
    gain = gain_of(target, other)
    ArticleTopic.objects.bulk_create(ArticleTopic(content_object=target, tag=link.tag) for link in gain.topics)
    position = max(target.related_links.values_list("position", flat=True), default=-1)
    for number, link in enumerate(gain.related, start=position + 1):
        link.article, link.position = target, number
        link.save(update_fields=["article", "position"])


def move_document(target: Article, other: Article) -> None:
    """Give a story that was written at the desk the document of another one, the base of its next merge."""
    document = UpstreamDocument.objects.filter(pk=other.pk).first()
    if document is None or UpstreamDocument.objects.filter(pk=target.pk).exists():
        return
    secret = document.secured
    UpstreamDocument.objects.filter(pk=other.pk).delete()
    document.article = target
    document.save(force_insert=True)
    UpstreamSecret.objects.create(upstream=document, text=secret)
    target.state_owner = Owner.DESK
    target.save(update_fields=["state_owner"])


def move_identities(target: Article, other: Article) -> None:
    """Let imports find a story by all identities of another one, and redirect its addresses."""
    other.former_identities.update(article=target)
    FormerIdentity.objects.update_or_create(identity=other.identity, defaults={"article": target, "tombstone": None})
    other.former_addresses.update(article=target)
    own_digests = WrittenDocument.objects.filter(article=target).values_list("text_digest", flat=True)
    WrittenDocument.objects.filter(article=other).exclude(text_digest__in=list(own_digests)).update(article=target)
    FormerStoryAddress.objects.update_or_create(url_date=other.url_date, slug=other.slug, defaults={"article": target})
    for pair in PossibleDuplicate.objects.of(other.pk):
        third = pair.first_id if pair.second_id == other.pk else pair.second_id
        if third != target.pk and pair.dismissed_at is None:
            first, second = sorted((third, target.pk))
            PossibleDuplicate.objects.get_or_create(first_id=first, second_id=second, defaults={"path": pair.path})
