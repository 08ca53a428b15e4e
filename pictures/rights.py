"""Rights to pictures: outlets whose pictures are never stored, and pictures that are removed and blocked."""

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from articles.history.notes import NoteKind, make_note
from articles.history.recording import recording
from articles.models import Article, Image, PictureSource, Revision, StoredPicture
from articles.models.picture import SourceState
from articles.permissions import may_block_pictures
from articles.workflow import Actor
from pictures.linking import assign_copies, link_sources, with_rights, withdraw_copies
from pictures.refusals import Reason
from pictures.renditions import all_names
from pictures.storing import remove_files
from providers.models import PicturePolicy, Provider


@transaction.atomic
def remove_and_block(image: Image, actor: Actor) -> int:
    """Remove a picture from every story that shows it and never store it again; return the number of stories.

    It is recognised by its URL and by its content. All its files are deleted once the transaction is committed, the
    histories of the stories record it, and readers' cached pages expire. Raises PermissionDenied.
    """
    if not may_block_pictures(actor):
        raise PermissionDenied
    link_sources(Image.objects.filter(pk=image.pk))
    image = Image.objects.get(pk=image.pk)
    is_same = Q(pk=image.pk)
    if image.stored_id:
        is_same |= Q(stored=image.stored_id)
    if image.source_id:
        is_same |= Q(source=image.source_id)
    if image.file:
        is_same |= Q(file=image.file)
    images = list(Image.objects.filter(is_same))
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
            withdraw_copies(Image.objects.filter(is_same, article=story))
    withdraw_copies(Image.objects.filter(is_same))
    PictureSource.objects.filter(Q(pk__in=sources) | Q(stored__in=pictures)).update(
        state=SourceState.BLOCKED, stored=None, next_attempt_at=None, reason=Reason.BLOCKED, reason_text=""
    )
    StoredPicture.objects.filter(pk__in=pictures).update(is_blocked=True)
    transaction.on_commit(lambda: remove_files(sorted(names)))
    return len(stories)


@transaction.atomic
def enforce_policy(provider: Provider) -> int:
    """Make the stored pictures of a provider follow its policy, after it was changed; return how many rows changed.

    With "never", its stories and its logo lose our copies, whose files `remove_unused_pictures` deletes. With "store",
    what was left out is downloaded the next time.
    """
    images = Image.objects.filter(Q(article__provider=provider) | Q(provider=provider))
    sources = PictureSource.objects.filter(Exists(images.filter(source=OuterRef("pk"))))
    if provider.picture_policy == PicturePolicy.NEVER:
        others = with_rights(Image.objects.filter(source=OuterRef("pk")))
        own_sources = list(sources.exclude(Exists(others)).values_list("pk", flat=True))
        changed = PictureSource.objects.filter(pk__in=own_sources).exclude(state=SourceState.BLOCKED)
        changed.update(state=SourceState.NEVER, next_attempt_at=None)
        return withdraw_copies(Image.objects.filter(pk__in=images.values("pk")))
    stored = sources.filter(state=SourceState.NEVER, stored__isnull=False, stored__is_blocked=False)
    stored_keys = list(stored.values_list("pk", flat=True))
    PictureSource.objects.filter(pk__in=stored_keys).update(state=SourceState.STORED)
    waiting_keys = list(sources.filter(state=SourceState.NEVER).values_list("pk", flat=True))
    PictureSource.objects.filter(pk__in=waiting_keys).update(state=SourceState.WAITING)
    # A picture that another provider's stories show as well is stored already.
    assign_copies(sources.filter(state=SourceState.STORED).values_list("pk", flat=True))
    return len(stored_keys) + len(waiting_keys)


def follow_merge(sender: type[Provider], source: Provider, target: Provider, **kwargs: object) -> None:
    """Apply the policy of a merged provider to what it got from one with another policy; receives `about_to_merge`."""
    if source.picture_policy != target.picture_policy:
        transaction.on_commit(lambda: enforce_policy(Provider.objects.get(pk=target.pk)))
