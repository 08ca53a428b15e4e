"""Joining two stories that are one: the kept story gets what identifies the other one, and what it lacks itself."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from django.db import transaction

from articles.choices import Owner
from articles.documents.mapping import links_by_key
from articles.editing.joined_decisions import carry_decisions_over, coverage_name
from articles.history.notes import NoteKind, make_note
from articles.history.recording import NOTE_LIMIT, capture_state, record_change
from articles.models import (
    Article,
    ArticleTopic,
    DeskDecisions,
    FormerIdentity,
    FormerStoryAddress,
    Image,
    KnownFile,
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
    images: list[Image]
    related: list[RelatedLink]


def joining_signature(keys: Sequence[int]) -> str:
    """Return the signature of two stories, by their keys, the kept one first."""
    stories = Article.objects.filter(pk__in=keys).order_by("pk").values_list("pk", "identity", "updated_at")
    return signature_of([(key, identity, when.isoformat()) for key, identity, when in stories], parameters=keys)


def gain_of(target: Article, other: Article) -> Gain:
    """Return the topics, pictures and related coverage of `other` that `target` does not have. Seven queries.

    What the desk has removed from `target` is left out.
    """
    removed = DeskDecisions.objects.filter(article=target).values_list("removed", flat=True).first() or {}
    removed_topics = set(removed.get("topics", ()))
    removed_coverage = {coverage_name(item) for item in removed.get("related", ())}
    removed_images = set(removed.get("images", ()))
    topics = set(ArticleTopic.objects.filter(content_object=target).values_list("tag", flat=True))
    urls = set(target.images.values_list("url", flat=True)) - {""}
    links = links_by_key(target.related_links.all())
    return Gain(
        [
            link
            for link in other.topic_links.select_related("tag").order_by("pk")
            if link.tag_id not in topics and link.tag.name not in removed_topics
        ],
        [image for image in other.images.all() if image.url not in urls and image.url not in removed_images],
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
    former_file = KnownFile.of(UpstreamDocument.objects.filter(pk=other.pk).first())
    carry_decisions_over(target, other)
    move_document(target, other)
    move_identities(target, other, former_file)
    other.skip_tombstone = True
    other.delete()
    # A page or import that was prepared before must notice.
    target.save(update_fields=["updated_at"])


def move_rows(target: Article, other: Article) -> None:
    """Give a story the topics, pictures and related coverage of another one that it does not have, after its own.

    They are the desk's: imports do not remove them if upstream's documents do not have them.
    """
    gain = gain_of(target, other)
    ArticleTopic.objects.bulk_create(ArticleTopic(content_object=target, tag=link.tag) for link in gain.topics)
    append_rows(target, gain.images, target.images.values_list("position", flat=True))
    append_rows(target, gain.related, target.related_links.values_list("position", flat=True))


def append_rows(target: Article, rows: Sequence[Image | RelatedLink], positions: Iterable[int]) -> None:
    """Move rows of another story after the rows of `target`, which have these positions."""
    for position, row in enumerate(rows, start=max(positions, default=-1) + 1):
        row.article, row.position = target, position
        row.save(update_fields=["article", "position"])


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


def move_identities(target: Article, other: Article, former_file: KnownFile) -> None:
    """Let imports find a story by all identities and files of another one, and redirect its addresses."""
    other.former_identities.update(article=target)
    FormerIdentity.remember(other.identity, target, former_file)
    other.former_addresses.update(article=target)
    own_digests = WrittenDocument.objects.filter(article=target).values_list("text_digest", flat=True)
    WrittenDocument.objects.filter(article=other).exclude(text_digest__in=list(own_digests)).update(article=target)
    FormerStoryAddress.objects.update_or_create(url_date=other.url_date, slug=other.slug, defaults={"article": target})
    for pair in PossibleDuplicate.objects.of(other.pk):
        third = pair.first_id if pair.second_id == other.pk else pair.second_id
        if third != target.pk and pair.dismissed_at is None:
            first, second = sorted((third, target.pk))
            PossibleDuplicate.objects.get_or_create(first_id=first, second_id=second, defaults={"path": pair.path})
