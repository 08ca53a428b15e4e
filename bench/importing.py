"""Measure the importer: `.venv/bin/python bench/importing.py [NUMBER OF DOCUMENTS]` (50,000 by default).

Results are ratios to PyYAML's CSafeLoader, which parses the same documents in one process in the same run: once before
the imports and once after, and the mean of both counts, as the speed of shared machines, and of machines that were
idle before, changes. The database is a temporary SQLite file, or a new database on the server of DATABASE_URL.
"""

import json
import re
import subprocess
import sys
import time
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from unittest import mock

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench.corpus import documents
from bench.scratch_newsroom import ROOT, database_engine, document_count, scratch_newsroom, write_tar

JOBS = 2
SAMPLE = 2000
BLOB = re.compile(r'^secured: "....', re.MULTILINE)


def main(count):
    with scratch_newsroom() as folder:
        archive = write_tar(folder / "documents.tar", documents(count))
        size = archive.stat().st_size / count
        print(f"{count:,} documents, {size:,.0f} bytes each in a tar, {database_engine()}, {JOBS} processes that parse")
        documents_yaml(count)
        steps, base_times = [], [seconds_of(lambda: parse_all(count))]
        steps.append(("naive get_or_create and save", SAMPLE, seconds_of(lambda: naive_import(SAMPLE))))
        steps.append(("import, cold", count, import_seconds(archive, "created", count)))
        steps.append(("again, unchanged", count, import_seconds(archive, "unchanged", count)))
        write_tar(archive, ((name, BLOB.sub('secured: "zzzz', text)) for name, text in documents(count)))
        steps.append(("again, only secured changed", count, import_seconds(archive, "unchanged", count)))
        for label, change in CHANGES.items():
            write_tar(archive, (change(number, *pair) for number, pair in enumerate(documents(count))))
            changed = len(range(0, count, 10)) if change is change_a_tenth else count
            steps.append((label, count, import_seconds(archive, "updated", changed)))
            steps.append(("  undone", changed, float(output_of_process("--undo"))))
        base_times.append(seconds_of(lambda: parse_all(count)))
        base = sum(base_times) / len(base_times) / count
        for seconds in base_times:
            print_rate("CSafeLoader, one process", count, seconds, base)
        for label, number, seconds in steps:
            print_rate(label, number, seconds, base)
        written, raw = writing_against_raw(folder)
        print(f"{'writing stage, of raw executemany':<34} {raw / written:>8.0%}")
    if database_engine() == "SQLite":
        new, changed = peak_memory(1000), peak_memory(1000, "--changed")
        peaks = f"{new:,.0f} MiB new, {changed:,.0f} MiB changed: {changed / new:.2f} x"
        print(f"{'peak memory, 1,000 documents':<34} {peaks}")
        small, large = peak_memory(max(count // 10, 1)), peak_memory(count)
        peaks = f"{small:,.0f} MiB at {count // 10:,}, {large:,.0f} MiB at {count:,}: {large / small:.2f} x"
        print(f"{'peak memory':<34} {peaks}")


def change_scores(_number, name, text):
    """Change heat and quality."""
    text = re.sub(
        r"^quality: ([0-9]+)", lambda match: f"quality: {int(match[1]) + 1}", text, count=1, flags=re.MULTILINE
    )
    return name, re.sub(
        r"^heat: (-?[0-9]+)", lambda match: f"heat: {int(match[1]) + 7}", text, count=1, flags=re.MULTILINE
    )


def change_title_topic_and_coverage(_number, name, text):
    """Change the title, a topic and a related item; of a document without coverage, the title and a topic."""
    head, related, items = text.partition("\nrelated:\n")
    head = re.sub(r'^title: "', 'title: "Late ', head, count=1, flags=re.MULTILINE)
    head = re.sub(r"^  - (\w+)$", "  - Late \\1", head, count=1, flags=re.MULTILINE)
    return name, head + related + items.replace('title: "', 'title: "Late ', 1)


def change_a_tenth(number, name, text):
    """Change a field of every tenth document: title, excerpt, topics, images or related, in turn."""
    if number % 10:
        return name, text
    head, related, items = text.partition("\nrelated:\n")
    field = ("title", "excerpt", "topics", "images", "related")[number // 10 % 5]
    if field == "topics":
        return name, re.sub(r"^  - (\w+)$", "  - Late \\1", head, count=1, flags=re.MULTILINE) + related + items
    if field == "images":
        return name, head.replace(".jpg", "-late.jpg", 1) + related + items
    if field == "related" and items:
        return name, head + related + items.replace('title: "', 'title: "Late ', 1)
    key = "excerpt" if field == "excerpt" else "title"
    return name, re.sub(rf'^{key}: "', f'{key}: "Late ', head, count=1, flags=re.MULTILINE) + related + items


CHANGES = {
    "heat and quality of all changed": change_scores,
    "a tenth changed": change_a_tenth,
    "title, topic, related of all": change_title_topic_and_coverage,
}


def print_rate(label, count, seconds, base):
    print(f"{label:<34} {count / seconds:>8,.0f} documents/s {base * count / seconds:>8.2f} x", flush=True)


def seconds_of(call):
    begin = time.perf_counter()
    call()
    return time.perf_counter() - begin


def parse_all(count):
    import yaml

    for _name, text in documents_yaml(count):
        yaml.load(text, yaml.CSafeLoader)


DOCUMENTS_YAML = []


def documents_yaml(count):
    """Return [(name, YAML)] of the documents, generated only once."""
    if not DOCUMENTS_YAML:
        DOCUMENTS_YAML.extend((name, text.split("---")[1]) for name, text in documents(count))
    return DOCUMENTS_YAML


def naive_import(count):
    """Import in the simplest way: PyYAML, `get_or_create`, `save`, in one transaction that is rolled back."""
    import yaml
    from django.db import transaction

    from articles.models import Article, Image, RelatedLink, Topic, UpstreamDocument, UpstreamSecret
    from providers.models import Provider

    with transaction.atomic():
        for _name, text in islice(documents_yaml(count), count):
            values = yaml.load(text, yaml.CSafeLoader)
            provider, _is_new = Provider.objects.get_or_create(**values["provider"])
            story = Article(
                title=values["title"],
                excerpt=values["excerpt"],
                published_at=values["publishedDateTime"],
                web_url=values["webUrl"],
                quality=values["quality"],
                heat=values["heat"],
                provider=provider,
                category=values["category"],
            )
            story.save()
            upstream = UpstreamDocument.objects.create(
                article=story, values=json.loads(json.dumps(values, default=str))
            )
            UpstreamSecret.objects.create(upstream=upstream, text=values["secured"])
            for name in values["topics"]:
                story.topics.through.objects.get_or_create(
                    content_object=story, tag=Topic.objects.get_or_create(name=name)[0]
                )
            for image in values["images"]:
                Image.objects.create(article=story, url=image["url"], width=image["width"], height=image["height"])
            for item in values.get("related", []):
                provider, _is_new = Provider.objects.get_or_create(**item["provider"])
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

    report = import_sources([str(archive)], jobs=JOBS, hold=False)
    assert report.counts[action] == count, report.counts


def writing_against_raw(folder):
    """Return (seconds of all writing, seconds of writing the same rows with `executemany` alone), both warm.

    The rows are recorded and written to the same tables again after these were emptied; on SQLite without the full-text
    index, on PostgreSQL with `COPY`, which is faster. Nothing is parsed at the same time.
    """
    from django.db import connection, connections, transaction

    from articles.db import bulk_rows
    from articles.db.triggers.deferred_triggers import deferring
    from articles.importing.runner import import_sources

    recorded_rows, insert = [], bulk_rows.insert

    def record_rows(table, columns, rows, same):
        recorded_rows.append((table, columns, [(*row, *same) for row in rows]))
        insert(table, columns, rows, same)

    def write_raw(table, columns, rows):
        if connection.vendor == "postgresql":
            return insert(table, columns, rows)
        into, placeholders = ", ".join(map(connection.ops.quote_name, columns)), ", ".join("?" * len(columns))
        return connection.connection.executemany(f"INSERT INTO {table} ({into}) VALUES ({placeholders})", rows)

    archive = write_tar(folder / "sample.tar", documents(5000))
    delete_stories()
    with writing_timed() as first:
        import_sources([str(archive)], jobs=1)
    delete_stories()
    with writing_timed() as second, mock.patch.object(bulk_rows, "insert", record_rows):
        import_sources([str(archive)], jobs=1)
    delete_stories()
    deferring.add(connections[connection.alias])
    begin = time.perf_counter()
    with transaction.atomic():
        for table, columns, rows in recorded_rows:
            write_raw(table, columns, rows)
    return min(sum(first), sum(second)), time.perf_counter() - begin


@contextmanager
def writing_timed():
    """Give a list to which the seconds of each call of a ChunkWriter are added."""
    from articles.importing.writing.chunk_writer import ChunkWriter

    seconds = []

    def timed(write):
        def timed_write(self, *arguments):
            seconds.append(seconds_of(lambda: write(self, *arguments)))

        return timed_write

    names = ("write_taxonomy", "write_stories", "write_eagerly")
    with mock.patch.multiple(ChunkWriter, **{name: timed(getattr(ChunkWriter, name)) for name in names}):
        yield seconds


def delete_stories():
    from django.db import connection

    children = (
        *("image", "relatedlink", "articletopic", "upstreamsecret", "upstreamdocument", "importeddocument"),
        *("revision", "conflict", "transition"),
    )
    with connection.cursor() as cursor:
        for table in (*children, "article"):
            cursor.execute(f"DELETE FROM articles_{table}")


def import_seconds(archive, action, count):
    """Return the seconds of an import in a new process, as users run it, without Django's start."""
    return float(output_of_process(archive, action, count, "--timed"))


def output_of_process(*arguments):
    process = subprocess.run(
        [sys.executable, __file__, *map(str, arguments)], capture_output=True, text=True, check=True, cwd=ROOT
    )
    return process.stdout.split()[-1]


def print_seconds(archive, action, count):
    """Import into the newsroom of the environment."""
    import django

    django.setup()
    print(seconds_of(lambda: run(archive, action, int(count))))


def print_undo_seconds():
    """Undo the latest import of the newsroom of the environment."""
    import django

    django.setup()
    from articles.importing.undo import undo_batch
    from articles.models import ImportBatch
    from articles.workflow import COMMAND_LINE

    batch = ImportBatch.objects.latest("pk")
    print(seconds_of(lambda: undo_batch(batch, COMMAND_LINE)))


def peak_memory(count, *options):
    """Return the peak memory in MiB of a process that imports `count` documents, without its parsers.

    With the option --changed, another process has imported them before, with other values.
    """
    return float(output_of_process(count, "--memory", *options))


def print_memory(count):
    with scratch_newsroom() as folder:
        archive = write_tar(folder / "documents.tar", documents(count))
        if "--changed" in sys.argv:
            import_seconds(archive, "created", count)
            write_tar(archive, (change_title_topic_and_coverage(0, *pair) for pair in documents(count)))
            run(archive, "updated", count)
        else:
            run(archive, "created", count)
            run(archive, "unchanged", count)
        # From the kernel, as getrusage keeps the peak of before an exec.
        status = Path("/proc/self/status").read_text(encoding="ascii")
        print(int(re.search(r"VmHWM:\s+(\d+) kB", status)[1]) / 1024)


if __name__ == "__main__":
    if "--timed" in sys.argv:
        print_seconds(*sys.argv[1:4])
        sys.exit()
    if "--undo" in sys.argv:
        print_undo_seconds()
        sys.exit()
    (print_memory if "--memory" in sys.argv else main)(document_count(50_000))
