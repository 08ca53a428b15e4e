"""Generated stories from a fixed seed for two sites: loaded into Newsroom, or written as JSON lines for the other.

Only their times depend on the run: the newest is from now, so that both sites show "3 hours ago" as on any day.
"""

import json
import random
from datetime import timedelta

from bench.corpus import OUTLETS, SEED, TOPICS, sentence

INTERVAL = timedelta(minutes=10)
ROWS_PER_STATEMENT = 1000


def stories(count, until, seed=SEED):
    """Yield `count` stories as dicts, oldest first, the last at `until`, each with an image and 0 to 30 related."""
    rng = random.Random(seed)
    for number in range(count):
        when = until - INTERVAL * (count - 1 - number)
        yield {
            "slug": f"story-{number}",
            "title": sentence(rng, 9),
            "excerpt": sentence(rng, 36),
            "body": "".join(f"<p>{sentence(rng, 40)}.</p>" for _paragraph in range(3)),
            "url": f"https://outlet.example/{number}",
            "published_at": when,
            "provider": rng.randrange(len(OUTLETS)),
            "topics": rng.sample(range(len(TOPICS)), 2),
            "heat": rng.randint(0, 250),
            "is_published": rng.random() < 0.7,
            "picture": {"file": f"pictures/{number}.jpg", "width": 1200, "height": 800, "title": sentence(rng, 6)},
            "related": [related(rng, number, position, when) for position in range(min(30, int(rng.expovariate(0.2))))],
        }


def related(rng, number, position, when):
    return {
        "title": sentence(rng, 9),
        "url": f"https://coverage.example/{number}-{position}",
        "provider": rng.randrange(len(OUTLETS)),
        "published_at": when + timedelta(minutes=position),
        "quality": rng.randint(6, 154),
    }


def write_json_lines(path, generated, rank_of):
    """Write the taxonomy on the first line, then one story with its rank per line."""
    with path.open("w", encoding="utf-8") as lines:
        lines.write(json.dumps({"outlets": OUTLETS, "topics": TOPICS}) + "\n")
        for story in generated:
            rank = rank_of(story["heat"], story["published_at"])
            lines.write(json.dumps(story | {"rank": rank}, default=lambda when: when.isoformat()) + "\n")
    return path


def fill_newsroom(generated):
    """Write the stories into the database in bulk."""
    from django.db import connection

    from articles.models import Topic
    from providers.models import Provider

    providers = [Provider.objects.create(name=name, domain=domain) for name, domain in OUTLETS]
    topics = [Topic.objects.create(name=name) for name in TOPICS]
    for begin in range(0, len(generated), ROWS_PER_STATEMENT):
        write_rows(generated[begin : begin + ROWS_PER_STATEMENT], providers, topics)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def write_rows(generated, providers, topics):
    from articles.choices import State
    from articles.models import Article, ArticleTopic, Image, RelatedLink

    articles = [
        Article(
            title=story["title"],
            slug=story["slug"],
            excerpt=story["excerpt"],
            body=story["body"],
            web_url=story["url"],
            published_at=story["published_at"],
            url_date=story["published_at"].date(),
            provider=providers[story["provider"]],
            heat=story["heat"],
            state=State.PUBLISHED if story["is_published"] else State.INBOX,
            visible_from=story["published_at"],
        )
        for story in generated
    ]
    for article in articles:
        article.derive()
    Article.objects.bulk_create(articles)
    pairs = list(zip(articles, generated, strict=True))
    ArticleTopic.objects.bulk_create(
        ArticleTopic(content_object=article, tag=topics[topic]) for article, story in pairs for topic in story["topics"]
    )
    Image.objects.bulk_create(Image(article=article, lead_score=1, **story["picture"]) for article, story in pairs)
    RelatedLink.objects.bulk_create(
        RelatedLink(
            article=article,
            position=position,
            title=link["title"],
            web_url=link["url"],
            provider=providers[link["provider"]],
            published_at=link["published_at"],
            quality=link["quality"],
        )
        for article, story in pairs
        for position, link in enumerate(story["related"])
    )
