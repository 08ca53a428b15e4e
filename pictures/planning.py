"""Which pictures to download, in which order: those on the front page first, then logos, then the newest stories."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, Max, OuterRef, Q, QuerySet
from django.utils import timezone

from articles.choices import State
from articles.models import Article, Image, PictureSource
from articles.models.picture import SourceState
from pictures.linking import with_rights

# As many of the best-ranked stories as a front page may show, its sections included.
FRONT_PAGE_STORIES = 60
WAITING, FAILED, REFUSED = SourceState.WAITING, SourceState.FAILED, SourceState.REFUSED


@dataclass(frozen=True)
class Selection:
    """Which pictures a person or an import wants downloaded: of all stories, unless it names some.

    `provider` is the key of a provider. `missing` selects the pictures that nobody tried to download, and those whose
    next attempt is due; `failed` all that failed or were refused, at once.
    """

    stories: QuerySet[Article] | None = None
    provider: int | None = None
    missing: bool = True
    failed: bool = False

    def images(self) -> QuerySet[Image]:
        """Return the pictures of the selected stories and logos of their providers."""
        if self.stories is not None:
            keys = self.stories.order_by().values("pk")
            of_stories = Q(article__in=keys)
            of_providers = Q(provider__in=Article.objects.filter(pk__in=keys).values("provider"))
            return Image.objects.filter(of_stories | of_providers)
        if self.provider is not None:
            return Image.objects.filter(Q(article__provider=self.provider) | Q(provider=self.provider))
        return Image.objects.filter(related_link__isnull=True)

    def sources(self, now: datetime | None = None) -> QuerySet[PictureSource]:
        """Return the sources to download now; those of rejected stories or without rights are left out."""
        eligible = Q(pk__in=())
        if self.missing:
            eligible |= Q(state=WAITING) | due(now or timezone.now())
        if self.failed:
            eligible |= Q(state__in=(FAILED, REFUSED))
        images = with_rights(self.images()).exclude(article__state=State.REJECTED)
        return PictureSource.objects.filter(eligible, Exists(images.filter(source=OuterRef("pk"))))


def due(now: datetime) -> Q:
    """Return the condition that a failed download is worth another attempt."""
    return Q(state=FAILED, next_attempt_at__isnull=False, next_attempt_at__lte=now)


def plan(selection: Selection, limit: int, since: datetime | None = None) -> list[PictureSource]:
    """Return at most `limit` sources to download, the most important first, without those tried since a time."""
    sources = selection.sources()
    if since is not None:
        sources = sources.filter(Q(last_attempt_at__isnull=True) | Q(last_attempt_at__lt=since))
    planned: dict[int, None] = {}
    for keys in (front_page_keys(sources), logo_keys(sources), newest_keys(sources, limit)):
        for key in keys:
            if len(planned) == limit:
                break
            planned.setdefault(key)
    rows = PictureSource.objects.in_bulk(list(planned))
    return [rows[key] for key in planned if key in rows]


def front_page_keys(sources: QuerySet[PictureSource]) -> list[int]:
    """Return the keys of those sources whose pictures the front page may show, in its order."""
    visible = Article.objects.visible()
    best = [
        *visible.pinned().values_list("pk", flat=True)[:FRONT_PAGE_STORIES],
        *visible.for_front_page().values_list("pk", flat=True)[:FRONT_PAGE_STORIES],
        *visible.newly_visible_first().values_list("pk", flat=True)[:FRONT_PAGE_STORIES],
    ]
    order = {story: place for place, story in enumerate(dict.fromkeys(best))}
    rows = Image.objects.filter(article__in=list(order), source__in=sources).order_by("position", "pk")
    pairs = rows.values_list("article", "position", "source")
    # First the first picture of each story, then the others.
    return [source for story, position, source in sorted(pairs, key=lambda row: (row[1] > 0, order[row[0]], row[1]))]


def logo_keys(sources: QuerySet[PictureSource]) -> list[int]:
    """Return the key of the source of each provider's largest logo, unless one as large is stored.

    If it cannot be stored, the next largest is planned the next time.
    """
    logos = Image.objects.filter(provider__isnull=False, source__isnull=False).order_by("position", "pk")
    candidates = set(logos.filter(source__in=sources).values_list("source", flat=True))
    if not candidates:
        return []
    best: dict[int, tuple[int, int]] = {}
    usable = logos.filter(Q(source__in=candidates) | ~Q(file="")).values_list("provider", "source", "width")
    for provider, source, width in usable:
        size = width or 0
        if provider is not None and source is not None and (provider not in best or size > best[provider][1]):
            best[provider] = (source, size)
    return [source for source, _size in best.values() if source in candidates]


def newest_keys(sources: QuerySet[PictureSource], limit: int) -> Iterator[int]:
    """Return an iterator of the keys of sources of pictures of stories, the newest story first."""
    newest = sources.annotate(newest=Max("images__article__dated_at")).filter(newest__isnull=False)
    return newest.order_by("-newest", "-pk").values_list("pk", flat=True)[:limit].iterator()
