"""Filling a fresh newsroom with the fixtures: documents through the real importer, pictures drawn."""

from hashlib import blake2b

from django.core.files.base import ContentFile
from django.db.models import Q

from articles.importing.batch import import_sources
from articles.models import Image
from demo.pictures import draw_logo, draw_picture
from newsroom.environment import BASE_DIR

FIXTURES = BASE_DIR / "fixtures"
FOLDERS = ("seed", "topics", "organizations", "stories")


def load_fixtures(notify=None):
    """Import the fixtures and return the importer's Report; loaded again, they change nothing."""
    return import_sources([str(FIXTURES / folder) for folder in FOLDERS], notify=notify)


def draw_missing_pictures():
    """Draw every story's picture and provider's logo of which there is no copy; return how many.

    Only addresses that can be nobody's are drawn, those of reserved `.example` hosts and bare paths, so
    that a real outlet's picture is never made up.
    """
    invented = Q(url__startswith="/") | Q(url__regex=r"^https?://[^/]+\.example/")
    missing = list(
        Image.objects.filter(invented, file="", related_link__isnull=True)
        .select_related("provider")
        .prefetch_related("article__topic_links__tag")
    )
    for image in missing:
        name = blake2b(image.url.encode(), digest_size=10).hexdigest()
        if image.provider is not None:
            content, ending = draw_logo(image.provider.name, image.width or 400), "png"
        else:
            subject = next((topic.name for topic in image.article.topics_in_order), "")
            content, ending = draw_picture(image.url, image.width or 0, image.height or 0, subject), "jpg"
        image.file.save(f"{name}.{ending}", ContentFile(content))
    return len(missing)
