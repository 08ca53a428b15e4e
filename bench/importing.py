"""Measure the importer: `.venv/bin/python bench/importing.py [NUMBER OF DOCUMENTS]` (50,000 unless given).

Everything is reported as a ratio to PyYAML's CSafeLoader parsing the same documents in the same run, in
one process: once before the import and once after all else, and the mean of both, as machines that others use as
well, or that were idle before, do not keep their speed. The database is SQLite in a folder of its own, or one made
beside that of DATABASE_URL.
"""

import json
import re
import subprocess
import sys
import time
from itertools import islice
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench.corpus import documents
from bench.ground import ROOT, count_given, engine, newsroom, write_tar

JOBS = 2
SAMPLE = 2000
BLOB = re.compile(r'^secured: "....', re.MULTILINE)


def main(count):
    with newsroom() as folder:
        archive = write_tar(folder / "documents.tar", documents(count))
        size = archive.stat().st_size / count
        print(f"{count:,} documents, {size:,.0f} bytes each in a tar, {engine()}, {JOBS} processes that parse")
        documents_ready(count)
        steps, bases = [], [timed(lambda: parse_all(count))]
        steps.append(("naive get_or_create and save", SAMPLE, timed(lambda: naive(SAMPLE))))
        steps.append(("import, cold", count, timed_apart(archive, "created", count)))
        steps.append(("again, unchanged", count, timed_apart(archive, "unchanged", count)))
        write_tar(archive, ((name, BLOB.sub('secured: "zzzz', text)) for name, text in documents(count)))
        steps.append(("again, only secured changed", count, timed_apart(archive, "unchanged", count)))
        bases.append(timed(lambda: parse_all(count)))
        base = sum(bases) / len(bases) / count
        for seconds in bases:
            say("CSafeLoader, one process", count, seconds, base)
        for what, number, seconds in steps:
            say(what, number, seconds, base)
        written, raw = writing_against_raw(folder)
        print(f"{'writing stage, of raw executemany':<34} {raw / written:>8.0%}")
    if engine() == "SQLite":
        small, large = peak_memory(max(count // 10, 1)), peak_memory(count)
        said = f"{small:,.0f} MiB at {count // 10:,}, {large:,.0f} MiB at {count:,}: {large / small:.2f} x"
        print(f"{'peak memory':<34} {said}")


def say(what, count, seconds, base):
    print(f"{what:<34} {count / seconds:>8,.0f} documents/s {base * count / seconds:>8.2f} x", flush=True)


def timed(call):
    begin = time.perf_counter()
    call()
    return time.perf_counter() - begin


def parse_all(count):
    import yaml

    for _name, text in documents_ready(count):
        yaml.load(text, yaml.CSafeLoader)


READY = []


def documents_ready(count):
    """Return the documents' YAML, made before the clock runs."""
    if not READY:
        READY.extend((name, text.split("---")[1]) for name, text in documents(count))
    return READY


def naive(count):
    """Import as one would in an afternoon: PyYAML, `get_or_create`, `save`, in one transaction; then take it back."""
    import yaml
    from django.db import transaction

    from articles.models import Article, Image, RelatedLink, Topic, UpstreamDocument, UpstreamSecret
    from providers.models import Provider

    with transaction.atomic():
        for _name, text in islice(documents_ready(count), count):
            said = yaml.load(text, yaml.CSafeLoader)
            provider, _made = Provider.objects.get_or_create(**said["provider"])
            story = Article(
                title=said["title"],
                excerpt=said["excerpt"],
                published_at=said["publishedDateTime"],
                web_url=said["webUrl"],
                quality=said["quality"],
                heat=said["heat"],
                provider=provider,
                category=said["category"],
            )
            story.save()
            upstream = UpstreamDocument.objects.create(article=story, values=json.loads(json.dumps(said, default=str)))
            UpstreamSecret.objects.create(upstream=upstream, text=said["secured"])
            for name in said["topics"]:
                story.topics.through.objects.get_or_create(
                    content_object=story, tag=Topic.objects.get_or_create(name=name)[0]
                )
            for image in said["images"]:
                Image.objects.create(article=story, url=image["url"], width=image["width"], height=image["height"])
            for item in said.get("related", []):
                provider, _made = Provider.objects.get_or_create(**item["provider"])
                link = RelatedLink.objects.create(
                    article=story,
                    title=item["title"],
                    excerpt=item["excerpt"],
                    published_at=item["publishedDateTime"],
                    web_url=item["webUrl"],
                    provider=provider,
                    quality=item["quality"],
                )
                for image in item["images"]:
                    Image.objects.create(related_link=link, url=image["url"])
        transaction.set_rollback(True)


def run(archive, action, count):
    from articles.importing.runner import import_sources

    report = import_sources([str(archive)], jobs=JOBS)
    assert report.counts[action] == count, report.counts


def writing_against_raw(folder):
    """Return (seconds of all writing, seconds of the same rows by `executemany` alone), both from warm.

    The rows are taken down on their way, and written into the same tables once more after these were emptied; on
    SQLite without the full-text index, on PostgreSQL by `COPY`, which is quicker. Nothing is parsed beside either, as
    that would take the time of whichever it is beside.
    """
    from django.db import connection, transaction

    from articles.db import bulk_rows
    from articles.importing.runner import Run, import_sources

    taken, spent, insert, ways = [], [0.0], bulk_rows.insert, (Run.write, Run.write_early)

    def take_down(table, columns, rows, same):
        taken.append((table, columns, [(*row, *same) for row in rows]))
        insert(table, columns, rows, same)

    def clocked(write):
        def clocked_write(self, *arguments):
            begin = time.perf_counter()
            write(self, *arguments)
            spent[0] += time.perf_counter() - begin

        return clocked_write

    def write_raw(table, columns, rows):
        if connection.vendor == "postgresql":
            return insert(table, columns, rows)
        into, blanks = ", ".join(map(connection.ops.quote_name, columns)), ", ".join("?" * len(columns))
        return connection.connection.executemany(f"INSERT INTO {table} ({into}) VALUES ({blanks})", rows)

    def empty():
        with connection.cursor() as cursor:
            for table in (
                "image",
                "relatedlink",
                "articletopic",
                "upstreamsecret",
                "upstreamdocument",
                "importeddocument",
            ):
                cursor.execute(f"DELETE FROM articles_{table}")
            cursor.execute("DELETE FROM articles_article")

    archive = write_tar(folder / "some.tar", documents(5000))
    empty()
    Run.write, Run.write_early = map(clocked, ways)
    import_sources([str(archive)], jobs=1)
    first = spent[0]
    empty()
    spent[0], bulk_rows.insert = 0.0, take_down
    import_sources([str(archive)], jobs=1)
    (Run.write, Run.write_early), bulk_rows.insert = ways, insert
    written = min(first, spent[0])
    empty()
    connection.row_by_row = False
    begin = time.perf_counter()
    with transaction.atomic():
        for table, columns, rows in taken:
            write_raw(table, columns, rows)
    return written, time.perf_counter() - begin


def timed_apart(archive, action, count):
    """Return the seconds of an import in a process of its own, as staff run it; Django's start is not counted."""
    return float(said_apart(archive, action, count, "--timed"))


def said_apart(*arguments):
    said = subprocess.run(
        [sys.executable, __file__, *map(str, arguments)], capture_output=True, text=True, check=True, cwd=ROOT
    )
    return said.stdout.split()[-1]


def tell_seconds(archive, action, count):
    """Import into the newsroom that the environment names."""
    import django

    django.setup()
    print(timed(lambda: run(archive, action, int(count))))


def peak_memory(count):
    """Return the peak of one process that imports `count` documents, in MiB, its parsers left out."""
    return float(said_apart(count, "--memory"))


def tell_memory(count):
    with newsroom() as folder:
        archive = write_tar(folder / "documents.tar", documents(count))
        run(archive, "created", count)
        run(archive, "unchanged", count)
        # The kernel's word for it; what getrusage says outlives an exec.
        status = Path("/proc/self/status").read_text(encoding="ascii")
        print(int(re.search(r"VmHWM:\s+(\d+) kB", status)[1]) / 1024)


if __name__ == "__main__":
    if "--timed" in sys.argv:
        tell_seconds(*sys.argv[1:4])
        sys.exit()
    (tell_memory if "--memory" in sys.argv else main)(count_given(50_000))
