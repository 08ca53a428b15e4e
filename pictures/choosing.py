"""Which picture leads a story: the desk's choice, otherwise the best by size and shape.

Trackers, spacers and site pictures, such as an outlet's logo, are stored and never lead.
"""

import re
from collections.abc import Collection, Iterable
from pathlib import PurePosixPath
from urllib.parse import unquote, urlsplit

from django.db.models import Case, CharField, Count, F, QuerySet, When
from django.db.models.functions import Cast

from articles.models import Image, PictureSource, StoredPicture
from articles.models.image import CHOSEN, NEVER_LEADS

# The same picture or URL in this many stories of one domain is a site picture.
STORIES_OF_SITE_PICTURE = 5
# A smaller picture looks like a mistake at the head of a story.
LEAST_WIDTH, LEAST_HEIGHT = 200, 110
# A panorama or a skyscraper does not fit into any lead.
MOST_WIDE, MOST_TALL = 4.0, 2.5
# Of pictures in the same class the first leads, because upstream put it first.
WIDTH_CLASSES = (480, 800, 1200)
# The shapes that crops of the layout hardly cut, width by height; then those they cut a little.
GOOD_SHAPES, FAIR_SHAPES = (1.2, 2.2), (0.95, 3.0)
# Names of files that sites show in place of a picture, and of their logos.
SITE_NAMES = re.compile(
    r"(?:default|placeholder|spacer|blank|pixel|transparent|dummy|fallback|no[-_]?(?:image|photo|picture))"
    r"(?:[-_.]?(?:image|img|photo|picture|thumb(?:nail)?|share|og|og[-_]image))?(?:[-_.@]?\d+x?\d*)?"
    r"|(?:.*[-_.])?(?:logo|logotype|favicon|apple-touch-icon|tracker|beacon)(?:[-_.@].*)?",
    re.IGNORECASE,
)
# The layout shows logos at most this large, in pixels, at two pixels per CSS pixel.
LARGEST_LOGO = 400


def is_site_name(url: str) -> bool:
    """Return whether the name of a file says that it is not a picture of the story."""
    stem = PurePosixPath(unquote(urlsplit(url).path)).stem
    return SITE_NAMES.fullmatch(stem) is not None


def score_of_size(width: int, height: int) -> int:
    """Return the lead score of a picture by its size in pixels: NEVER_LEADS, or a number from 10 to 32."""
    ratio = width / height
    if width < LEAST_WIDTH or height < LEAST_HEIGHT or ratio > MOST_WIDE or 1 / ratio > MOST_TALL:
        return NEVER_LEADS
    shape = 0
    if GOOD_SHAPES[0] <= ratio <= GOOD_SHAPES[1]:
        shape = 2
    elif FAIR_SHAPES[0] <= ratio <= FAIR_SHAPES[1]:
        shape = 1
    return 10 + 6 * sum(width >= least for least in WIDTH_CLASSES) + 2 * shape


def score_of_logo(width: int, height: int) -> int:
    """Return the score by which the logo of a provider is chosen: the largest that is useful."""
    return max(1, min(width, height, LARGEST_LOGO))


def score_of(source: PictureSource | None, stored: StoredPicture) -> int:
    """Return the lead score of a story's picture."""
    if stored.is_site_picture or (source is not None and (source.is_site_picture or is_site_name(source.url))):
        return NEVER_LEADS
    return score_of_size(stored.width, stored.height)


def rate_pictures(source_keys: Collection[int]) -> None:
    """Set the lead scores of all pictures of stored sources; the desk's choice stays."""
    sources = PictureSource.objects.filter(pk__in=source_keys, stored__isnull=False).select_related("stored")
    for source in sources:
        stored = source.stored
        if stored is None:
            continue
        images = Image.objects.filter(source=source).exclude(file="")
        score = score_of(source, stored)
        images.filter(article__isnull=False).exclude(lead_score__in=(CHOSEN, score)).update(lead_score=score)
        logo_score = score_of_logo(stored.width, stored.height)
        images.filter(provider__isnull=False).exclude(lead_score=logo_score).update(lead_score=logo_score)


def mark_site_pictures(source_keys: Iterable[int]) -> int:
    """Find out which of these sources, and of their stored pictures, are site pictures; return how many are new.

    Their pictures never lead from now on, in any story, unless the desk chose them.
    """
    keys = list(source_keys)
    by_url = PictureSource.objects.filter(
        pk__in=repeated("source", Image.objects.filter(source__in=keys)), is_site_picture=False
    )
    stored_keys = PictureSource.objects.filter(pk__in=keys, stored__isnull=False).values("stored")
    by_digest = StoredPicture.objects.filter(
        pk__in=repeated("stored", Image.objects.filter(stored__in=stored_keys)), is_site_picture=False
    )
    new_sources, new_pictures = list(by_url.values_list("pk", flat=True)), list(by_digest.values_list("pk", flat=True))
    if not new_sources and not new_pictures:
        return 0
    PictureSource.objects.filter(pk__in=new_sources).update(is_site_picture=True)
    StoredPicture.objects.filter(pk__in=new_pictures).update(is_site_picture=True)
    for images in (Image.objects.filter(source__in=new_sources), Image.objects.filter(stored__in=new_pictures)):
        images.filter(article__isnull=False).exclude(lead_score__in=(CHOSEN, NEVER_LEADS)).update(
            lead_score=NEVER_LEADS
        )
    return len(new_sources) + len(new_pictures)


def repeated(column: str, images: QuerySet[Image]) -> list[int]:
    """Return the values of a column of `images` that many stories of one provider have, or of one domain.

    The channels of a video host are providers that share its domain, and its pictures.
    """
    key = Cast("article__provider", CharField())
    domain = F("article__provider__domain")
    outlet = Case(When(article__provider__domain="", then=key), default=domain, output_field=CharField())
    groups = (
        images.filter(article__provider__isnull=False)
        .order_by()
        .annotate(outlet=outlet)
        .values(column, "outlet")
        .annotate(stories=Count("article", distinct=True))
        .filter(stories__gte=STORIES_OF_SITE_PICTURE)
    )
    return list({key for key in groups.values_list(column, flat=True) if key is not None})
