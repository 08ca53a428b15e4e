"""Rights to pictures: outlets whose pictures are never stored. Single pictures: pictures/blocking.py."""

from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from articles.models import Image, PictureSource
from articles.models.picture import SourceState
from pictures.linking import assign_copies, with_rights, withdraw_copies
from providers.models import PicturePolicy, Provider


@transaction.atomic
def enforce_policy(provider: Provider) -> int:
    """Make the stored pictures of a provider follow its policy, after it was changed; return how many rows changed.

    With "never", its stories and its logo lose our copies, whose files `remove_unused_pictures` deletes. What the desk
    uploaded stays: the desk is responsible for it. With "store", what was left out is downloaded the next time.
    """
    images = Image.objects.filter(Q(article__provider=provider) | Q(provider=provider))
    sources = PictureSource.objects.filter(Exists(images.filter(source=OuterRef("pk"))))
    if provider.picture_policy == PicturePolicy.NEVER:
        others = with_rights(Image.objects.filter(source=OuterRef("pk")))
        own_sources = list(sources.exclude(Exists(others)).values_list("pk", flat=True))
        changed = PictureSource.objects.filter(pk__in=own_sources).exclude(state=SourceState.BLOCKED)
        changed.update(state=SourceState.NEVER, next_attempt_at=None)
        # An upload has no URL.
        return withdraw_copies(Image.objects.filter(pk__in=images.exclude(url="").values("pk")))
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
