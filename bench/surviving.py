"""Verify that no document and no edit is lost: `.venv/bin/python bench/surviving.py [NUMBER] [SCENE ...]`.

Scenes, each on an empty newsroom with 50,000 documents by default:
`merge`   all are created, then all unchanged; then 1 % changes upstream while 1 % was edited at the desk;
`kill`    the import is killed by `kill -9` twice and run again: the result is that of an uninterrupted run;
`race`    two imports of the same archive at once: no duplicate, no crash.
Fails with an AssertionError. On SQLite, or on a new database on the server of DATABASE_URL.
"""

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench.corpus import documents
from bench.scratch_newsroom import ROOT, database_engine, document_count, scratch_newsroom, write_tar

COMMAND = [sys.executable, "manage.py", "import_articles", "--no-progress", "-v0"]
HEAT = re.compile(r"^heat: .*$", re.MULTILINE)
TITLE = re.compile(r'^title: "', re.MULTILINE)


def merge(folder, count):
    """Change 1 % of the documents upstream and edit 1 % of the stories; a quarter of them are the same stories."""
    from articles.importing.runner import import_sources
    from articles.models import Article, Conflict

    archive = write_tar(folder / "all.tar", documents(count))
    assert run(import_sources, archive)["created"] == count
    assert run(import_sources, archive)["unchanged"] == count
    share = max(count // 100, 4)
    changed, edited = set(range(share)), set(range(share - share // 4, 2 * share - share // 4))
    keys = list(Article.objects.order_by("pk").values_list("pk", flat=True))
    for number in edited:
        story = Article.objects.get(pk=keys[number])
        story.title, story.heat = f"Ours {number}", 4711
        story.save()
    write_tar(
        archive,
        (change(pair) if number in changed else pair for number, pair in enumerate(documents(count))),
    )
    counts = run(import_sources, archive)
    both = changed & edited
    assert counts["conflict"] == len(both), counts
    assert counts["updated"] == len(changed - both), counts
    assert counts["unchanged"] == count - len(changed), counts
    for number in edited:
        story = Article.objects.get(pk=keys[number])
        assert (story.title, story.heat) == (f"Ours {number}", 4711), number
    for number in changed - both:
        story = Article.objects.get(pk=keys[number])
        assert story.heat == 999, number
        assert story.title.startswith("Changed "), number
    open_conflicts = set(Conflict.objects.values_list("article__pk", "field"))
    # A heat that the desk has set causes no conflict by default.
    assert open_conflicts == {(keys[number], "title") for number in both}
    print(
        f"merge: {len(edited):,} edits kept, {len(changed - both):,} changes taken, {len(both):,} stories in conflict"
    )


def change(pair):
    name, text = pair
    return name, TITLE.sub('title: "Changed ', HEAT.sub("heat: 999", text), count=1)


def run(import_sources, archive):
    begin = time.perf_counter()
    report = import_sources([str(archive)], jobs=2)
    number = sum(report.counts.values())
    print(f"  {number:,} documents, {number / (time.perf_counter() - begin):,.0f} a second", flush=True)
    return report.counts


def kill(folder, count):
    """Kill the import after a third and after two thirds of the documents; then let it finish."""
    from django.core.management import call_command

    archive = write_tar(folder / "all.tar", documents(count))
    assert start(archive).wait() == 0
    uninterrupted = imported_rows()
    call_command("flush", interactive=False, verbosity=0)
    for share in (1 / 3, 2 / 3):
        process = start(archive)
        wait_for_stories(share * count, process)
        process.send_signal(signal.SIGKILL)
        process.wait()
        print(f"kill: killed with {story_count():,} of {count:,} stories written", flush=True)
        assert 0 < story_count() < count
    assert start(archive).wait() == 0
    assert imported_rows() == uninterrupted
    print("kill: the result is that of an uninterrupted run")


def race(folder, count):
    """Start two imports of the same archive at once."""
    from articles.models import ImportBatch

    archive = write_tar(folder / "all.tar", documents(count))
    processes = [start(archive), start(archive)]
    assert [process.wait() for process in processes] == [0, 0]
    assert story_count() == count
    counts = [batch.counts for batch in ImportBatch.objects.order_by("pk")]
    assert sum(result["created"] for result in counts) == count, counts
    assert sum(result["unchanged"] for result in counts) == count, counts
    assert not any(result["rejected"] or result["conflict"] for result in counts), counts
    print(f"race: {count:,} stories, created by one or the other: {[result['created'] for result in counts]}")


def start(archive):
    return subprocess.Popen([*COMMAND, str(archive)], cwd=ROOT, env=os.environ)


def story_count():
    from articles.models import Article

    return Article.objects.count()


def wait_for_stories(number, process):
    while story_count() < number:
        assert process.poll() is None, "the import finished before it could be killed"
        time.sleep(0.01)


def imported_rows():
    """Return all rows that an import writes, without keys and times of writing."""
    from articles.models import Article, Image, RelatedLink, UpstreamDocument

    return [
        list(model.objects.order_by(*columns).values_list(*columns))
        for model, columns in (
            (Article, ["identity", "slug", "url_date", "title", "state", "heat", "rank", "provider__name"]),
            (UpstreamDocument, ["identity", "digest", "text_digest", "source_name"]),
            (Article.topics.through, ["content_object__identity", "tag__name"]),
            (RelatedLink, ["article__identity", "position", "identity", "title", "provider__name"]),
            (Image, ["article__identity", "related_link__identity", "position", "url"]),
        )
    ]


SCENES = {"merge": merge, "kill": kill, "race": race}

if __name__ == "__main__":
    scenes = [name for name in sys.argv[2:] if name in SCENES] or list(SCENES)
    with scratch_newsroom() as folder:
        from django.core.management import call_command

        print(f"{document_count(50_000):,} documents, {database_engine()}")
        for name in scenes:
            call_command("flush", interactive=False, verbosity=0)
            begin = time.perf_counter()
            SCENES[name](folder, document_count(50_000))
            print(f"{name}: {time.perf_counter() - begin:.0f} s", flush=True)
