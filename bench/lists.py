"""Measure the lists as the newsroom grows: `.venv/bin/python bench/lists.py [STORIES ...]`.

For each number of stories, milliseconds of a whole request (median of 15) to each page. The database
is SQLite in a folder of its own, or DATABASE_URL with an empty database.
"""

import os
import random
import statistics
import sys
import tempfile
import time
from datetime import timedelta
from pathlib import Path

import django

ROOT = Path(__file__).resolve().parent.parent
PAGES = {
    "front page": "/",
    "provider, first page": "/providers/outlet-1/",
    "topic, first page": "/topics/ai/",
    "topic, page 400": None,
    "story": None,
    "archive, a month": "/2020/01/",
    "feed": "/feeds/atom.xml",
    "search, rare word": "/search/?q=%224711%22",
    "search, every story": "/search/?q=happened",
    "desk, first page": "/admin/articles/article/",
}


def main(sizes):
    with tempfile.TemporaryDirectory() as folder:
        os.environ["DATA_DIR"] = folder
        os.environ |= {"DJANGO_SETTINGS_MODULE": "newsroom.settings", "READER_CACHE": "off"}
        django.setup()
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        print(f"{'ms a request':<24}" + "".join(f"{page:>22}" for page in PAGES))
        have = 0
        for size in sizes:
            grow(have, size)
            have = size
            print(f"{size:<24,}" + "".join(f"{milliseconds(page, url):>22.1f}" for page, url in PAGES.items()))


def grow(have, size):
    """Add stories by bulk writes until there are `size`, each with a provider and two topics."""
    from django.db import connection

    from articles.choices import State
    from articles.models import Article, ArticleTopic, Topic
    from bench.corpus import OUTLETS, START, TOPICS
    from providers.models import Provider

    rng = random.Random(size)
    providers = [Provider.objects.get_or_create(name=name, domain=domain)[0] for name, domain in OUTLETS]
    topics = [Topic.objects.get_or_create(name=name)[0] for name in TOPICS]
    for begin in range(have, size, 5000):
        stories = []
        for number in range(begin, min(begin + 5000, size)):
            when = START + timedelta(minutes=number)
            story = Article(
                title=f"Story {number}",
                slug=f"story-{number}",
                excerpt="What happened. " * 12,
                web_url=f"https://outlet.example/{number}",
                published_at=when,
                url_date=when.date(),
                provider=rng.choice(providers),
                quality=50,
                heat=rng.randint(0, 250),
                state=State.PUBLISHED if rng.random() < 0.7 else State.INBOX,
                visible_from=when,
            )
            story.derive()
            stories.append(story)
        Article.objects.bulk_create(stories)
        ArticleTopic.objects.bulk_create(
            ArticleTopic(content_object=story, tag=topic) for story in stories for topic in rng.sample(topics, 2)
        )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def milliseconds(page, url):
    from django.contrib.auth.models import User
    from django.test import Client

    from articles.models import Article
    from newsroom.paging import cursor_of

    client = Client(HTTP_HOST="localhost")
    if page == "story":
        url = Article.objects.published().latest_first()[7].get_absolute_url()
    if page == "topic, page 400":
        url = f"/topics/ai/?before={cursor_of(page_before(400))}"
    if url.startswith("/admin"):
        client.force_login(User.objects.get_or_create(username="bench", is_staff=True, is_superuser=True)[0])
    times = []
    for _number in range(16):
        begin = time.perf_counter()
        response = client.get(url)
        assert response.status_code == 200, (url, response.status_code)
        times.append(time.perf_counter() - begin)
    return statistics.median(times[1:]) * 1000


def page_before(number):
    """Return the story after which a page of the topic's list begins; the last full page of a short list."""
    from articles.models import Article, Topic

    stories = Article.objects.published().filter(topic_links__tag=Topic.objects.get(name="AI")).latest_first()
    return stories[min(25 * (number - 1), stories.count() - 26)]


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    main([int(size) for size in sys.argv[1:]] or [500, 5_000, 50_000])
