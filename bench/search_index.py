"""Measure how long the search index takes to build: `.venv/bin/python bench/search_index.py [STORIES]`.

Drops the index of 200,000 stories and has `install` build it, as `migrate` does when its definition has changed. In the
meantime one process reads the newest stories and another changes one story at a time, with pauses of 50 ms; their
longest waits show what the build locks. The time is also printed as a ratio to VACUUM (on PostgreSQL VACUUM FULL of the
table of stories), to estimate it for another machine. SQLite in a temporary folder, or DATABASE_URL's server.
"""

import json
import random
import statistics
import subprocess
import sys
import time
from datetime import timedelta
from itertools import accumulate
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench.corpus import OUTLETS, SEED, TOPICS
from bench.scratch_newsroom import database_engine, document_count, scratch_newsroom

STORIES = 200_000
STORIES_AT_ONCE = 5_000
# The frequencies of words follow Zipf's law, as in natural language, so that the index has a natural size.
VOCABULARY, WORDS = 60_000, {"title": 9, "excerpt": 36, "body": 300}
PAUSE = 0.05


def main():
    with scratch_newsroom():
        count = document_count(STORIES)
        print(f"{database_engine()}, {count:,} stories of {sum(WORDS.values())} words")
        fill(count)
        analyse()
        vacuum = timed(vacuum_stories)
        print(f"VACUUM: {vacuum:.1f} s")
        drop_search_index()
        probes = {name: start_probe(name) for name in ("read", "write")}
        for probe in probes.values():
            probe.stdout.readline()
        time.sleep(1)
        build = timed(build_search_index)
        time.sleep(1)
        print(f"search index: {build:.1f} s, {build / vacuum:.2f} times VACUUM, {build / count * 1e6:.0f} µs a story")
        for name, probe in probes.items():
            print(f"{name}: {probe.communicate()[0].strip()}")


def fill(count):
    """Write stories with empty pictures and no related coverage, as the index contains neither."""
    from django.utils import timezone

    from articles.models import Topic
    from bench.stories import write_rows
    from providers.models import Provider

    rng = random.Random(SEED)
    words = [f"{rng.randrange(36**5):x}" for _word in range(VOCABULARY)]
    weights = list(accumulate(1 / rank for rank in range(1, VOCABULARY + 1)))
    providers = [Provider.objects.create(name=name, domain=domain) for name, domain in OUTLETS]
    topics = [Topic.objects.create(name=name) for name in TOPICS]
    now = timezone.now()
    for begin in range(0, count, STORIES_AT_ONCE):
        write_rows(
            [
                {
                    "slug": f"story-{number}",
                    **{
                        name: " ".join(rng.choices(words, cum_weights=weights, k=length))
                        for name, length in WORDS.items()
                    },
                    "url": f"https://outlet.example/{number}",
                    "published_at": now - timedelta(minutes=10 * (count - number)),
                    "provider": number % len(OUTLETS),
                    "topics": rng.sample(range(len(TOPICS)), 2),
                    "heat": rng.randint(0, 250),
                    "is_published": rng.random() < 0.7,
                    "picture": {},
                    "related": [],
                }
                for number in range(begin, min(begin + STORIES_AT_ONCE, count))
            ],
            providers,
            topics,
        )


def analyse():
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def vacuum_stories():
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("VACUUM" if connection.vendor == "sqlite" else "VACUUM FULL articles_article")


def drop_search_index():
    from django.db import connection

    from articles.db.triggers.database_objects import OBJECTS, SEARCH_INDEX
    from articles.db.triggers.installation import drop

    with connection.cursor() as cursor:
        for obj in reversed(OBJECTS[connection.vendor]):
            if obj.maintains == SEARCH_INDEX:
                drop(cursor, obj, connection)


def build_search_index():
    from articles.db.triggers.installation import install

    install()


def timed(function):
    begin = time.perf_counter()
    function()
    return time.perf_counter() - begin


def start_probe(name):
    """Start a process that reads or writes until its input ends; it inherits DATA_DIR and DATABASE_URL."""
    return subprocess.Popen([sys.executable, __file__, name], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def run_probe(name):
    """Read or write until the input ends: print a line after the first time, and at the end how long each took."""
    import threading

    import django

    django.setup()
    from django.db import DatabaseError
    from django.db.models import F

    from articles.models import Article

    def read():
        return list(Article.objects.visible().order_by("-dated_at", "-pk")[:30])

    def write():
        Article.objects.filter(pk=key).update(heat=F("heat"))

    key = Article.objects.latest("pk").pk
    is_over = threading.Event()
    threading.Thread(target=lambda: (sys.stdin.read(), is_over.set()), daemon=True).start()
    call = {"read": read, "write": write}[name]
    call()
    print("ready", flush=True)
    seconds, failures = [], 0
    while not is_over.wait(PAUSE):
        try:
            seconds.append(timed(call))
        except DatabaseError:
            failures += 1
    print(
        json.dumps(
            {
                "calls": len(seconds),
                "failed": failures,
                "median_ms": round(statistics.median(seconds) * 1000, 1),
                "longest_s": round(max(seconds), 2),
            }
        )
    )


if __name__ == "__main__":
    if sys.argv[1:] in (["read"], ["write"]):
        run_probe(sys.argv[1])
    else:
        main()
