"""Removing a picture from all stories and blocking it, and allowing it again."""

from collections.abc import Iterable

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from articles.history.notes import NoteKind, make_note
from articles.history.recording import recording
from articles.models import Article, BlockedPicture, Image, PictureSource, Revision, StoredPicture
from articles.models.picture import SourceState
from articles.permissions import may_block_pictures
from articles.workflow import Actor
from newsroom.signatures import StalePreview, signature_of
from pictures.addresses import absolute_url
from pictures.linking import link_sources, with_rights, withdraw_copies
from pictures.refusals import Reason
from pictures.renditions import all_names
from pictures.storing import remove_files


def same_pictures(image: Image) -> QuerySet[Image]:
    """Return the rows of stories and providers that have the same picture: the same content, or the same URL."""
    url = absolute_url(image) or image.url
    source = image.source_id or PictureSource.objects.with_urls([url]).values_list("pk", flat=True).first()
    is_same = Q(pk=image.pk)
    if image.stored_id:
        is_same |= Q(stored=image.stored_id)
    if url and source:
        is_same |= Q(source=source)
    if image.file:
        is_same |= Q(file=image.file)
    return Image.objects.filter(is_same)


def is_blocked(image: Image) -> bool:
    """Return whether a picture is blocked. No query if `source` is loaded."""
    return image.source is not None and image.source.state == SourceState.BLOCKED


def blocking_signature(image: Image) -> str:
    """Return the signature of the rows that lose a picture if it is blocked."""
    return signature_of(same_pictures(image).order_by("pk").values_list("pk", "article", "provider", "file"))


@transaction.atomic
def remove_and_block(image: Image, actor: Actor, signature: str | None = None) -> int:
    """Remove a picture from every story that shows it and never store it again; return the number of stories.

    It is recognised by its URL and by its content. All its files are deleted once the transaction is committed, the
    histories of the stories record it, and readers' cached pages expire. `signature` is its `blocking_signature`.
    Raises PermissionDenied or StalePreview.
    """
    if not may_block_pictures(actor):
        raise PermissionDenied
    if signature is not None and signature != blocking_signature(image):
        raise StalePreview
    link_sources(Image.objects.filter(pk=image.pk))
    image = Image.objects.get(pk=image.pk)
    images = list(same_pictures(image))
    keys = [row.pk for row in images]
    sources = {row.source_id for row in images if row.source_id}
    pictures = {row.stored_id for row in images if row.stored_id}
    names = {name for row in images if row.file for name in all_names(str(row.file))}
    stories = {row.article_id for row in images if row.article_id}
    note = make_note(NoteKind.PICTURE_BLOCKED, image.url[:100])
    if image.article_id and not image.file:
        # There is no change that the history could record.
        Revision.objects.create(article_id=image.article_id, actor=actor.user, origin=actor.origin, note=note)
    for key in sorted(stories):
        story = Article.objects.select_for_update().get(pk=key)
        # It decides nothing about the list of pictures, which imports go on merging.
        with recording(story, actor, note=note, is_decision=False):
            withdraw_copies(Image.objects.filter(pk__in=keys, article=story))
    withdraw_copies(Image.objects.filter(pk__in=keys))
    block = BlockedPicture.objects.create(
        title=image.title or image.alt, url=image.url, article_id=image.article_id, blocked_by=actor.user
    )
    PictureSource.objects.filter(Q(pk__in=sources) | Q(stored__in=pictures)).update(
        state=SourceState.BLOCKED,
        stored=None,
        next_attempt_at=None,
        reason=Reason.BLOCKED,
        reason_text="",
        block=block,
    )
    StoredPicture.objects.filter(pk__in=pictures).update(is_blocked=True, block=block)
    transaction.on_commit(lambda: remove_files(sorted(names)))
    return len(stories)


@transaction.atomic
def allow_again(blocks: Iterable[BlockedPicture], actor: Actor) -> int:
    """Let blocked pictures be downloaded and uploaded again; return the number of blocks that were lifted.

    The stories that name one show it once it is downloaded; an upload has to be uploaded again. Raises
    PermissionDenied.
    """
    if not may_block_pictures(actor):
        raise PermissionDenied
    keys = [block.pk for block in blocks]
    # Their files are deleted.
    StoredPicture.objects.filter(block__in=keys).delete()
    sources = PictureSource.objects.filter(block__in=keys)
    images = Image.objects.filter(source=OuterRef("pk"))
    forbidden = sources.filter(Exists(images)).exclude(Exists(with_rights(images)))
    forbidden_keys = list(forbidden.values_list("pk", flat=True))
    sources.update(state=SourceState.WAITING, reason="", attempts=0, etag="", last_modified="")
    PictureSource.objects.filter(pk__in=forbidden_keys).update(state=SourceState.NEVER)
    number, _rows = BlockedPicture.objects.filter(pk__in=keys).delete()
    return number
