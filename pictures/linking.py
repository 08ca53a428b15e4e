"""Give every picture its source: the row of its absolute URL, which says what became of downloading it."""

from collections.abc import Iterable, Sequence

from django.db import transaction
from django.db.models import QuerySet

from articles.db.bulk_rows import set_column
from articles.models import Image, PictureSource
from articles.models.image import NEVER_LEADS
from articles.models.picture import SourceState, digest_of_url
from pictures.addresses import absolute_url
from pictures.choosing import rate_pictures
from pictures.refusals import Reason
from providers.models import PicturePolicy

IMAGES_AT_ONCE = 1000


def pictures_to_link(images: QuerySet[Image] | None = None) -> QuerySet[Image]:
    """Keep the pictures of stories and logos of providers that have no source yet.

    Pictures of related coverage are left out, because no page shows them.
    """
    rows = Image.objects.all() if images is None else images
    return rows.filter(source__isnull=True, related_link__isnull=True).exclude(url="")


def link_sources(images: QuerySet[Image] | None = None) -> int:
    """Give the pictures without a source theirs, and those whose URL is stored already our copy; return how many.

    A picture that the desk uploaded has no URL and gets no source.
    """
    number, last_key = 0, 0
    while True:
        rows = list(
            pictures_to_link(images)
            .filter(pk__gt=last_key)
            .select_related("article__provider", "provider")
            .order_by("pk")[:IMAGES_AT_ONCE]
        )
        if not rows:
            return number
        last_key = rows[-1].pk
        number += link(rows)


@transaction.atomic
def link(images: Sequence[Image]) -> int:
    """Link these rows, of which owner and provider are loaded; return how many."""
    urls = {image.pk: absolute_url(image) for image in images}
    never = {urls[image.pk] for image in images if is_forbidden(image)}
    new_sources: dict[str, PictureSource] = {}
    for image in images:
        url = urls[image.pk]
        state = SourceState.NEVER if url in never else SourceState.WAITING
        source = PictureSource(url=url, url_digest=digest_of_url(url), state=state)
        if not url:
            # A path of a story without a URL, for instance: the desk sees why there is no picture.
            source = PictureSource(url=image.url, url_digest=digest_of_url(image.url), state=SourceState.REFUSED)
            source.reason = Reason.NOT_FETCHABLE
            urls[image.pk] = image.url
        new_sources[source.url_digest] = source
    PictureSource.objects.bulk_create(new_sources.values(), ignore_conflicts=True)
    sources = {source.url_digest: source for source in PictureSource.objects.with_urls(urls.values())}
    linked = {pk: sources[digest_of_url(url)] for pk, url in urls.items()}
    set_column(Image, "source_id", {pk: source.pk for pk, source in linked.items()})
    # Another outlet forbids it, but this one does not.
    permitted = {linked[image.pk].pk for image in images if linked[image.pk].state == SourceState.NEVER}
    permitted -= {linked[image.pk].pk for image in images if is_forbidden(image)}
    if permitted:
        PictureSource.objects.filter(pk__in=permitted).update(state=SourceState.WAITING)
    stored_sources = {source.pk for source in linked.values() if source.state == SourceState.STORED}
    if stored_sources:
        assign_copies(stored_sources)
    return len(linked)


def is_forbidden(image: Image) -> bool:
    """Return whether we have no right to store a picture of the outlet that it belongs to."""
    provider = image.article.provider if image.article is not None else image.provider
    return provider is not None and provider.picture_policy == PicturePolicy.NEVER


def assign_copies(source_keys: Iterable[int]) -> None:
    """Give all pictures of stored sources our copies, except pictures of providers that forbid it."""
    sources = PictureSource.objects.filter(pk__in=list(source_keys), state=SourceState.STORED).select_related("stored")
    for source in sources:
        stored = source.stored
        if stored is None or stored.is_blocked:
            continue
        images = with_rights(Image.objects.filter(source=source)).exclude(file=stored.file, stored=stored)
        images.update(stored=stored, file=stored.file)
    rate_pictures([source.pk for source in sources])


def with_rights(images: QuerySet[Image]) -> QuerySet[Image]:
    """Keep the pictures of providers whose pictures may be stored, and those of stories without a provider."""
    never = PicturePolicy.NEVER
    return images.exclude(article__provider__picture_policy=never).exclude(provider__picture_policy=never)


def withdraw_copies(images: QuerySet[Image]) -> int:
    """Take our copies off these pictures, which stay without one; return how many."""
    return images.exclude(file="").update(file="", stored=None, lead_score=NEVER_LEADS)
