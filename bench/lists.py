"""Measure the lists as the newsroom grows: `.venv/bin/python bench/lists.py [STORIES ...] [--desk | --readers]`.

For each number of stories it prints the milliseconds of a whole request (median of 15): of the reader site's pages,
uncached; of the desk's list of stories with every filter and sort; and of some of these beside Django's own admin on
the same database. Requests to the two alternate, so that other load on the machine affects both. The database is
SQLite in a temporary folder, or DATABASE_URL, which must be empty. KEEP names a folder for the SQLite database, from
which a second run starts.
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
REQUESTS = 15
# One story in RARE_EVERY has the word; the first is early enough for the smallest newsroom.
RARE_WORD, RARE_EVERY, RARE_FIRST = "quicksilver", 100_000, 471
READERS = {
    "front page": "/",
    "provider, first page": "/providers/outlet-1/",
    "topic, first page": "/topics/ai/",
    "topic, page 400": None,
    "topic list": "/topics/",
    "provider list": "/providers/",
    "story": None,
    "archive": "/archive/",
    "archive, a year": "/2020/",
    "archive, a month": "/2020/01/",
    "archive, a day": "/2020/01/02/",
    "feed": "/feeds/atom.xml",
    "feed of a topic": "/topics/ai/feeds/atom.xml",
    "sitemap": "/sitemap.xml",
    "sitemap, news": "/sitemap-news.xml",
    "search, rare word": f"/search/?q={RARE_WORD}",
    "search, every story": "/search/?q=happened",
    "search, rare type": "/search/?type=course",
    "search, common type": "/search/?type=article",
    "search, outlet and type": "/search/?provider=outlet-1&type=video",
    "search, topic": "/search/?topic=ai",
    "search, since": "/search/?since=2020-01-02",
}
LIST = "/admin/articles/article/"
# By page: the addresses at the desk and in Django's own admin.
DESK = {
    "first page": (LIST, LIST),
    "state and topic": (
        f"{LIST}?state=inbox&topic_links__tag__id__exact={{topic}}",
        f"{LIST}?state__exact=inbox&topic_links__tag__id__exact={{topic}}",
    ),
    "by heat": (f"{LIST}?o=-5", f"{LIST}?o=-7"),
    "rare word": (f"{LIST}?q={RARE_WORD}", f"{LIST}?q={RARE_WORD}"),
}
# The desk's own filters and sorts. `{batch}` is an import of a sixth of all stories.
FILTERS = {
    **{
        f"state={state}": f"{LIST}?state={state}"
        for state in ("inbox", "published", "scheduled", "expired", "rejected")
    },
    "kind=article": f"{LIST}?kind=article",
    "kind=course (rare, old)": f"{LIST}?kind=course",
    "kind and state": f"{LIST}?kind=course&state=inbox",
    "provider": f"{LIST}?provider__id__exact={{provider}}",
    "topic itself": f"{LIST}?topic_itself={{topic}}",
    "picture=yes": f"{LIST}?picture=yes",
    "picture=no": f"{LIST}?picture=no",
    "conflict=yes": f"{LIST}?conflict=yes",
    "since=week": f"{LIST}?since=week",
    "out, a day": f"{LIST}?out=2020-01-02..2020-01-02",
    "out, a year": f"{LIST}?out=2020-01-01..2020-12-31",
    "batch": f"{LIST}?batch={{batch}}",
    "heat=400 (rare)": f"{LIST}?heat=400",
    "heat=50": f"{LIST}?heat=50",
    "heat=50 by quality": f"{LIST}?heat=50&o=-4",
    "quality=60": f"{LIST}?quality=60",
    "quality=60 by heat": f"{LIST}?quality=60&o=-5",
    "quality=60 by time": f"{LIST}?quality=60&o=-2",
    "by heat, coldest": f"{LIST}?o=5",
    "page 20": f"{LIST}?p=20",
}
# A page may take at most GROWTH times as long at the largest size as at the smallest.
GROWTH, SMALL, LARGE = 1.3, 5_000, 300_000
# Differences below this are noise.
NOISE_MS = 2.0


def main(sizes, *, readers=True, desk=True):
    with tempfile.TemporaryDirectory() as temporary:
        folder = os.environ.get("KEEP") or temporary
        os.environ["DATA_DIR"] = folder
        os.environ |= {"DJANGO_SETTINGS_MODULE": "newsroom.settings", "READER_CACHE": "off", "LOG_LEVEL": "ERROR"}
        django.setup()
        from django.contrib.auth.models import User
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        if not User.objects.filter(username="bench").exists():
            User.objects.create_superuser("bench")
        reader_results, desk_results, filter_results = {}, {}, {}
        for size in sizes:
            grow(size)
            if readers:
                reader_results[size] = {page: page_time(page, url) for page, url in READERS.items()}
            if desk:
                desk_results[size] = desk_and_stock_times()
                filter_results[size] = filter_times()
    if readers:
        print_pages("readers' pages", reader_results)
    if desk:
        print_desk(desk_results)
        print_pages("filters of the desk's list", filter_results)


def grow(size):
    """Add stories by bulk writes until there are `size`.

    Each has a provider and two topics, every fourth also a picture and the coverage of two other outlets.
    """
    from django.db import connection

    from articles.models import Article, Topic
    from bench.corpus import OUTLETS, TOPICS
    from providers.models import Provider

    rng = random.Random(size)
    providers = [Provider.objects.get_or_create(name=name, domain=domain)[0] for name, domain in OUTLETS]
    topics = [Topic.objects.get_or_create(name=name)[0] for name in TOPICS]
    existing = Article.objects.count()
    for begin in range(existing, size, 5000):
        write_stories(range(begin, min(begin + 5000, size)), providers, topics, rng)
    if existing < size:
        write_batch(size)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def write_stories(numbers, providers, topics, rng):
    from django.utils import timezone

    from articles.choices import Kind, State
    from articles.models import Article, ArticleTopic, Image, RelatedLink
    from bench.corpus import START

    now, stories = timezone.now(), []
    for number in numbers:
        when = START + timedelta(minutes=number)
        rare = f" {RARE_WORD}" if number % RARE_EVERY == RARE_FIRST else ""
        is_published = rng.random() < 0.7
        story = Article(
            title=f"Story {number}{rare}",
            slug=f"story-{number}",
            excerpt="What happened. " * 12,
            web_url=f"https://outlet.example/{number}",
            published_at=when,
            url_date=when.date(),
            provider=rng.choice(providers),
            quality=rng.randint(6, 154),
            heat=rng.randint(0, 250) if number % 1000 else 450,
            kind=Kind.COURSE if number < 100 else Kind.VIDEO if number % 40 == 0 else Kind.ARTICLE,
            state=State.PUBLISHED if is_published else State.REJECTED if rng.random() < 0.2 else State.INBOX,
            visible_from=when,
        )
        if is_published and number % 2000 == 0:
            story.visible_from = now + timedelta(days=1 + number % 7)
        elif is_published and number % 2000 == 1:
            story.visible_until = when + timedelta(days=1)
        story.derive()
        stories.append(story)
    Article.objects.bulk_create(stories)
    links = (ArticleTopic(content_object=story, tag=topic) for story in stories for topic in rng.sample(topics, 2))
    ArticleTopic.objects.bulk_create(links)
    stories_with_coverage = stories[::4]
    Image.objects.bulk_create(
        Image(
            article=story,
            url="https://img.example/a.jpg",
            file=f"pictures/{story.slug}.jpg",
            width=640,
            height=400,
            lead_score=1,
        )
        for story in stories_with_coverage
    )
    RelatedLink.objects.bulk_create(
        RelatedLink(
            article=story, title=f"Coverage {place}", web_url=f"https://other.example/{story.slug}/{place}",
            provider=provider, position=place,
        )
        for story in stories_with_coverage
        for place, provider in enumerate(rng.sample(providers, 2))
    )  # fmt: skip


def write_batch(size):
    """Write an import of every sixth story."""
    from django.utils import timezone

    from articles.choices import Origin, Result
    from articles.models import Article, ImportBatch, ImportedDocument

    batch = ImportBatch.objects.create(
        state=ImportBatch.State.FINISHED,
        sources=["archive.tar"],
        origin=Origin.COMMAND,
        started_at=timezone.now(),
        finished_at=timezone.now(),
    )
    keys = Article.objects.order_by("pk").values_list("pk", flat=True)
    ImportedDocument.objects.bulk_create(
        (
            ImportedDocument(batch=batch, position=place, source=f"{key}.md", action=Result.CREATED, article_id=key)
            for place, key in enumerate(keys[:size:6])
        ),
        batch_size=5000,
    )


# The reader site ------------------------------------------------------------------------------


def page_time(page, url):
    """Return the median milliseconds of requests to a page of the reader site."""
    from django.test import Client

    from articles.models import Article
    from newsroom.pagination import cursor_of

    client = Client(HTTP_HOST="localhost")
    if page == "story":
        url = Article.objects.visible().latest_first()[7].get_absolute_url()
    if page == "topic, page 400":
        url = f"/topics/ai/?before={cursor_of(page_before(400))}"
    times = []
    for _number in range(REQUESTS + 1):
        begin = time.perf_counter()
        response = client.get(url)
        assert response.status_code == 200, (url, response.status_code)
        times.append(time.perf_counter() - begin)
    return statistics.median(times[1:]) * 1000


def page_before(number):
    """Return the story before a page of the topic's list; before the last full page if the list is shorter."""
    from articles.models import Article, Topic

    stories = Article.objects.visible().filter(topic_links__tag=Topic.objects.get(name="AI")).latest_first()
    return stories[min(25 * (number - 1), stories.count() - 26)]


def print_pages(heading, results):
    """Print {size: {page: ms}} as a table of pages, with the growth from the smallest to the largest size."""
    print(f"\n{heading + ', ms a request':<44}" + "".join(f"{size:>12,}" for size in results) + f"{'growth':>10}")
    missed = []
    for page in next(iter(results.values())):
        times = [results[size][page] for size in results]
        base = results.get(SMALL, results[min(results)])[page]
        growth = times[-1] / base
        print(f"{page:<44}" + "".join(f"{each:>12.1f}" for each in times) + f"{growth:>10.2f}")
        if growth > GROWTH and times[-1] - base > NOISE_MS:
            missed.append(page)
    if len(results) > 1:
        print_aim(f"at most {GROWTH} x", missed)


# The desk beside the stock admin -----------------------------------------------------------------


def desk_and_stock_times():
    """Return {page: (ms of the desk, ms of Django's own admin)}; requests to the two alternate."""
    from articles.models import Topic
    from bench.site_process import Site

    topic = Topic.objects.get(name="AI").pk
    sites = [Site("newsroom.settings"), Site("bench.stock.settings")]
    results = {}
    for page, paths in DESK.items():
        times = [[], []]
        for number in range(REQUESTS + 2):
            for site, path, site_times in zip(sites, paths, times, strict=True):
                milliseconds = site.request(path.format(topic=topic))
                # The first two requests warm up.
                if number > 1:
                    site_times.append(milliseconds)
        results[page] = tuple(statistics.median(site_times) for site_times in times)
    for site in sites:
        site.close()
    return results


def filter_times():
    """Return {filter: ms} of the desk's list."""
    from articles.models import ImportBatch, Topic
    from bench.site_process import Site
    from providers.models import Provider

    keys = {
        "topic": Topic.objects.get(name="AI").pk,
        "provider": Provider.objects.get(name="Outlet 1").pk,
        "batch": ImportBatch.objects.latest("pk").pk,
    }
    site, results = Site("newsroom.settings"), {}
    for page, path in FILTERS.items():
        times = [site.request(path.format(**keys)) for _number in range(REQUESTS + 2)]
        results[page] = statistics.median(times[2:])
    site.close()
    return results


def print_desk(results):
    """Print {size: the result of `desk_and_stock_times`} as a table, and which aims are met."""
    print("\nthe list of stories, ms a request: the desk / Django's own admin (ours as a share of theirs)")
    print(f"{'stories':<12}" + "".join(f"{page:>28}" for page in DESK))
    for size, times in results.items():
        cells = (f"{ours:.0f} / {theirs:.0f} ({ours / theirs:.2f})" for ours, theirs in times.values())
        print(f"{size:<12,}" + "".join(f"{cell:>28}" for cell in cells))
    if {SMALL, LARGE} <= results.keys():
        for number, site in enumerate(("the desk", "Django's own")):
            growth = {page: results[LARGE][page][number] / results[SMALL][page][number] for page in DESK}
            print(f"{site + ', growth':<24}" + "  ".join(f"{page} {times:.2f} x" for page, times in growth.items()))
            if number == 0:
                print_aim(f"at most {GROWTH} x", [page for page in DESK if growth[page] > GROWTH])
    slower = [
        f"{page} at {size:,}"
        for size, times in results.items()
        for page, (ours, theirs) in times.items()
        if ours > theirs
    ]
    print_aim("faster than Django's own admin at every size", slower)


def print_aim(aim, missed_by):
    print(f"{aim}: " + (f"MISSED by {', '.join(missed_by)}" if missed_by else "met"))


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    arguments = sys.argv[1:]
    main(
        [int(size) for size in arguments if size.isdecimal()] or [5_000, 50_000, 300_000],
        readers="--desk" not in arguments,
        desk="--readers" not in arguments,
    )
