"""Factories for rows and documents; every default can be overridden by a keyword."""

from datetime import UTC, datetime, timedelta
from itertools import count

import yaml
from django.core.files.base import ContentFile
from django.utils import timezone

from articles.choices import State
from articles.models import Article, Image, RelatedLink, Topic
from articles.models.image import UNRATED
from providers.models import Provider

NUMBERS = count(1)
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


def make_provider(**fields):
    number = next(NUMBERS)
    return Provider.objects.create(**{"name": f"Outlet {number}", "domain": f"outlet{number}.example", **fields})


def make_topic(name, **fields):
    return Topic.objects.create(name=name, **fields)


def make_story(*, topics=(), picture=False, outlets=0, **fields):
    """Return a published story; `topics` are Topics, `outlets` is the number of other outlets that cover it."""
    number = next(NUMBERS)
    fields = {
        "title": f"Story {number}",
        "excerpt": f"What happened in story {number}.",
        "web_url": f"https://outlet.example/{number}",
        "published_at": NOON - timedelta(minutes=number),
        "quality": 50,
        "heat": 50,
        "state": State.PUBLISHED,
        **fields,
    }
    if fields["state"] == State.PUBLISHED:
        fields.setdefault("visible_from", timezone.now() - timedelta(hours=1))
    story = Article(**{"provider": None, **fields})
    if story.provider is None and "provider" not in fields:
        story.provider = make_provider()
    story.save()
    story.topics.set(topics)
    if picture:
        make_picture(article=story)
    for _number in range(outlets):
        make_related(story)
    return story


def keys(stories):
    """Return the keys of Articles or Cards, to compare them and their order."""
    return [story.pk for story in stories]


def make_related(story, **fields):
    """Another outlet's coverage of a story; `own_story` is our story of the same piece."""
    number = next(NUMBERS)
    fields = {
        "title": f"Coverage {number}",
        "web_url": f"https://other.example/{number}",
        "quality": 40,
        "published_at": NOON,
        **fields,
    }
    if "provider" not in fields:
        fields["provider"] = make_provider()
    if "own_story" in fields:
        fields["identity"] = fields.pop("own_story").identity
    return RelatedLink.objects.create(article=story, **fields)


def make_picture(**fields):
    """Return a picture with a file that may lead its story."""
    fields = {"width": 60, "height": 40, "lead_score": UNRATED, **fields}
    image = Image(url=f"https://img.example/{next(NUMBERS)}.png", **fields)
    # One pixel is enough for a page.
    image.file.save("picture.png", ContentFile(ONE_PIXEL))
    return image


ONE_PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d4944415478da63fcffff3f0300050001"
    "ff5c2cd2b20000000049454e44ae426082"
)


def make_values(**values):
    """Return the fields of a story's document; None leaves a field out."""
    number = next(NUMBERS)
    values = {
        "category": "news",
        "title": f"Headline {number}",
        "excerpt": f"Teaser {number}",
        "publishedDateTime": "2026-11-20T09:30:00Z",
        "webUrl": f"https://outlet.example/stories/{number}",
        "type": "article",
        "quality": 60,
        "heat": 70,
        "published": True,
        "provider": {"name": "The Outlet", "domain": "outlet.example"},
        "topics": ["AI"],
        "secured": f"blob{number};hush",
        **values,
    }
    return {key: value for key, value in values.items() if value is not None}


def as_document(values, body=""):
    """Return the bytes of a document with these fields."""
    return f"---\n{yaml.safe_dump(values, allow_unicode=True, sort_keys=False)}---\n{body}".encode()


def make_document(body="", **values):
    return as_document(make_values(**values), body)
