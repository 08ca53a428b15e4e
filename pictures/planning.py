"""Which pictures to download, in which order: those on the front page first, then logos, then the newest stories."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from django.db.models import Exists, Max, OuterRef, Q, QuerySet
from django.utils import timezone

from articles.choices import State
from articles.models import Article, Image, PictureSource, Topic
from articles.models.picture import SourceState
from pictures.linking import with_rights

# At least as many of the pinned, the best and the newest stories as the front page may show.
FRONT_PAGE_STORIES = 30
# The front page has a section for each of so many topics, with so many stories that are not elsewhere on it.
SECTIONS, SECTION_STORIES = 6, 4
# A host is asked twice a second: with more pictures of one host, a plan would keep those that come later waiting.
MOST_OF_HOST = 10
# A plan is chosen among so many times its length, so that other hosts are asked meanwhile.
CANDIDATES = 12
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
    """Return at most `limit` sources to download, the most important first, without those tried since a time.

    At most MOST_OF_HOST are of one host; the next plan has more of them.
    """
    sources = selection.sources()
    if since is not None:
        sources = sources.filter(Q(last_attempt_at__isnull=True) | Q(last_attempt_at__lt=since))
    candidates: dict[int, None] = {}
    most = CANDIDATES * limit
    for keys in (front_page_keys(sources), logo_keys(sources), newest_keys(sources, most)):
        candidates.update(dict.fromkeys(keys))
    rows = PictureSource.objects.in_bulk(list(candidates)[:most])
    return few_of_each_host((rows[key] for key in candidates if key in rows), limit)


def few_of_each_host(sources: Iterable[PictureSource], limit: int) -> list[PictureSource]:
    """Return the first `limit` sources, without those beyond MOST_OF_HOST of a host."""
    chosen: list[PictureSource] = []
    hosts: Counter[str] = Counter()
    for source in sources:
        if len(chosen) == limit:
            break
        host = urlsplit(source.url).netloc
        hosts[host] += 1
        if hosts[host] <= MOST_OF_HOST:
            chosen.append(source)
    return chosen


def front_page_stories() -> list[int]:
    """Return the keys of the stories that the front page may show, in its order."""
    visible = Article.objects.visible()
    stories = dict.fromkeys(
        [
            *visible.pinned().values_list("pk", flat=True)[:FRONT_PAGE_STORIES],
            *visible.for_front_page().values_list("pk", flat=True)[:FRONT_PAGE_STORIES],
            *visible.newly_visible_first().values_list("pk", flat=True)[:FRONT_PAGE_STORIES],
        ]
    )
    for topic in Topic.objects.for_navigation().with_children()[:SECTIONS]:
        topics = [topic.pk, *(child.pk for child in topic.children.all())]
        # As many more as may be elsewhere on the page.
        best = visible.first_about(topics, len(stories) + SECTION_STORIES, "rank").values_list("pk", flat=True)
        stories.update(dict.fromkeys([story for story in best if story not in stories][:SECTION_STORIES]))
    return list(stories)


def front_page_keys(sources: QuerySet[PictureSource]) -> list[int]:
    """Return the keys of those sources whose pictures the front page may show, in its order."""
    order = {story: place for place, story in enumerate(front_page_stories())}
    rows = Image.objects.filter(article__in=order, source__in=sources).order_by("position", "pk")
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
