"""Measure the lists as the newsroom grows: `.venv/bin/python bench/lists.py [STORIES ...] [--desk | --readers]`.

For each number of stories, milliseconds of a whole request (median of 15): to each of the reader's lists, nothing
of it kept, and to the desk's list of stories beside Django's own admin on the same database. The two are asked
by turns, so that what else the machine does falls on both. The database is SQLite in a folder of its own, or
DATABASE_URL with an empty database.
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
ASKED = 15
# One in so many stories has it, the first of them early enough for the smallest newsroom.
RARE_WORD, RARE_EVERY, RARE_FIRST = "quicksilver", 100_000, 471
READERS = {
    "front page": "/",
    "provider, first page": "/providers/outlet-1/",
    "topic, first page": "/topics/ai/",
    "topic, page 400": None,
    "story": None,
    "archive, a month": "/2020/01/",
    "feed": "/feeds/atom.xml",
    "search, rare word": f"/search/?q={RARE_WORD}",
    "search, every story": "/search/?q=happened",
}
LIST = "/admin/articles/article/"
# Page: what is asked of the desk, and of Django's own admin for the same.
DESK = {
    "first page": (LIST, LIST),
    "state and topic": (
        f"{LIST}?state=inbox&topic_links__tag__id__exact={{topic}}",
        f"{LIST}?state__exact=inbox&topic_links__tag__id__exact={{topic}}",
    ),
    "by heat": (f"{LIST}?o=-5", f"{LIST}?o=-7"),
    "rare word": (f"{LIST}?q={RARE_WORD}", f"{LIST}?q={RARE_WORD}"),
}
# At 500,000 stories at most so many times what it takes at 5,000.
GROWTH, SMALL, LARGE = 1.3, 5_000, 500_000


def main(sizes, *, readers=True, desk=True):
    with tempfile.TemporaryDirectory() as folder:
        os.environ["DATA_DIR"] = folder
        os.environ |= {"DJANGO_SETTINGS_MODULE": "newsroom.settings", "READER_CACHE": "off", "LOG_LEVEL": "ERROR"}
        django.setup()
        from django.contrib.auth.models import User
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        User.objects.create_superuser("bench")
        have, of_readers, of_desk = 0, {}, {}
        for size in sizes:
            grow(have, size)
            have = size
            if readers:
                of_readers[size] = {page: milliseconds(page, url) for page, url in READERS.items()}
            if desk:
                of_desk[size] = beside_the_stock_admin()
    if readers:
        show_readers(of_readers)
    if desk:
        show_desk(of_desk)


def grow(have, size):
    """Add stories by bulk writes until there are `size`: each with a provider and two topics, each fourth with a
    picture and the coverage of two other outlets."""
    from django.db import connection

    from articles.models import Topic
    from bench.corpus import OUTLETS, TOPICS
    from providers.models import Provider

    rng = random.Random(size)
    providers = [Provider.objects.get_or_create(name=name, domain=domain)[0] for name, domain in OUTLETS]
    topics = [Topic.objects.get_or_create(name=name)[0] for name in TOPICS]
    for begin in range(have, size, 5000):
        write_some(range(begin, min(begin + 5000, size)), providers, topics, rng)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def write_some(numbers, providers, topics, rng):
    from articles.choices import State
    from articles.models import Article, ArticleTopic, Image, RelatedLink
    from bench.corpus import START

    stories = []
    for number in numbers:
        when = START + timedelta(minutes=number)
        rare = f" {RARE_WORD}" if number % RARE_EVERY == RARE_FIRST else ""
        story = Article(
            title=f"Story {number}{rare}",
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
    links = (ArticleTopic(content_object=story, tag=topic) for story in stories for topic in rng.sample(topics, 2))
    ArticleTopic.objects.bulk_create(links)
    covered = stories[::4]
    Image.objects.bulk_create(
        Image(article=story, url="https://img.example/a.jpg", file=f"pictures/{story.slug}.jpg", width=640, height=400)
        for story in covered
    )
    RelatedLink.objects.bulk_create(
        RelatedLink(
            article=story, title=f"Coverage {place}", web_url=f"https://other.example/{story.slug}/{place}",
            provider=provider, position=place,
        )
        for story in covered
        for place, provider in enumerate(rng.sample(providers, 2))
    )  # fmt: skip


# The reader's lists ------------------------------------------------------------------------------


def milliseconds(page, url):
    from django.test import Client

    from articles.models import Article
    from newsroom.paging import cursor_of

    client = Client(HTTP_HOST="localhost")
    if page == "story":
        url = Article.objects.published().latest_first()[7].get_absolute_url()
    if page == "topic, page 400":
        url = f"/topics/ai/?before={cursor_of(page_before(400))}"
    times = []
    for _number in range(ASKED + 1):
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


def show_readers(found):
    print(f"{'ms a request':<24}" + "".join(f"{page:>22}" for page in READERS))
    for size, times in found.items():
        print(f"{size:<24,}" + "".join(f"{times[page]:>22.1f}" for page in READERS))


# The desk beside the stock admin -----------------------------------------------------------------


def beside_the_stock_admin():
    """Return {page: (ms of the desk, ms of Django's own admin)}; the two are asked by turns."""
    from articles.models import Topic
    from bench.asking import Site

    topic = Topic.objects.get(name="AI").pk
    sites = [Site("newsroom.settings"), Site("bench.stock.settings")]
    found = {}
    for page, paths in DESK.items():
        times = [[], []]
        for number in range(ASKED + 2):
            for site, path, taken in zip(sites, paths, times, strict=True):
                took = site.ask(path.format(topic=topic))
                # The first two fill what is made once.
                if number > 1:
                    taken.append(took)
        found[page] = tuple(statistics.median(taken) for taken in times)
    for site in sites:
        site.close()
    return found


def show_desk(found):
    """Print the table, and which aims are met."""
    print("\nthe list of stories, ms a request: the desk / Django's own admin (ours as a share of theirs)")
    print(f"{'stories':<12}" + "".join(f"{page:>28}" for page in DESK))
    for size, times in found.items():
        cells = (f"{ours:.0f} / {theirs:.0f} ({ours / theirs:.2f})" for ours, theirs in times.values())
        print(f"{size:<12,}" + "".join(f"{cell:>28}" for cell in cells))
    if {SMALL, LARGE} <= found.keys():
        for place, whose in enumerate(("the desk", "Django's own")):
            growth = {page: found[LARGE][page][place] / found[SMALL][page][place] for page in DESK}
            print(f"{whose + ', growth':<24}" + "  ".join(f"{page} {times:.2f} x" for page, times in growth.items()))
            if place == 0:
                say("at most 1.3 x from 5,000 to 500,000", [page for page in DESK if growth[page] > GROWTH])
    slower = [f"{page} at {size:,}" for size, times in found.items() for page, (us, them) in times.items() if us > them]
    say("faster than Django's own admin at every size", slower)


def say(aim, missed_by):
    print(f"{aim}: " + (f"MISSED by {', '.join(missed_by)}" if missed_by else "met"))


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    asked = sys.argv[1:]
    main(
        [int(size) for size in asked if size.isdecimal()] or [500, 5_000, 50_000, 500_000],
        readers="--desk" not in asked,
        desk="--readers" not in asked,
    )
