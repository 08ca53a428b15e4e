"""Show that no document and no edit is ever lost: `.venv/bin/python bench/surviving.py [NUMBER] [SCENE ...]`.

Scenes, each on an empty newsroom, 50,000 documents unless told otherwise:
`merge`   all are created, then all unchanged; then 1 % changes upstream while 1 % was edited at the desk;
`kill`    the import is killed by `kill -9` half-way and run again: the end is that of an undisturbed run;
`race`    two imports of the same archive at once: no duplicate, no crash.
Fails with an AssertionError where that does not hold. SQLite, or a database made beside that of DATABASE_URL.
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
from bench.ground import ROOT, count_given, engine, newsroom, write_tar

COMMAND = [sys.executable, "manage.py", "import_articles", "--no-progress", "-v0"]
HEAT = re.compile(r"^heat: .*$", re.MULTILINE)
TITLE = re.compile(r'^title: "', re.MULTILINE)


def merge(folder, count):
    """1 % of the documents change upstream, 1 % of the stories were edited; a quarter of each are the same stories."""
    from articles.importing.runner import import_sources
    from articles.models import Article, Conflict

    archive = write_tar(folder / "all.tar", documents(count))
    assert run(import_sources, archive)["created"] == count
    assert run(import_sources, archive)["unchanged"] == count
    some = max(count // 100, 4)
    changed, edited = set(range(some)), set(range(some - some // 4, 2 * some - some // 4))
    keys = list(Article.objects.order_by("pk").values_list("pk", flat=True))
    for number in edited:
        story = Article.objects.get(pk=keys[number])
        story.title, story.heat = f"Ours {number}", 4711
        story.save()
    write_tar(
        archive, (each if number not in changed else change(each) for number, each in enumerate(documents(count)))
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
    listed = set(Conflict.objects.values_list("article__pk", "field"))
    assert listed == {(keys[number], field) for number in both for field in ("title", "heat")}
    print(
        f"merge: {len(edited):,} edits kept, {len(changed - both):,} changes taken, {len(both):,} stories in conflict"
    )


def change(document):
    name, text = document
    return name, TITLE.sub('title: "Changed ', HEAT.sub("heat: 999", text), count=1)


def run(import_sources, archive):
    begin = time.perf_counter()
    report = import_sources([str(archive)], jobs=2)
    number = sum(report.counts.values())
    print(f"  {number:,} documents, {number / (time.perf_counter() - begin):,.0f} a second", flush=True)
    return report.counts


def kill(folder, count):
    """Kill the import where a third and where two thirds are in; then run it through."""
    from django.core.management import call_command

    archive = write_tar(folder / "all.tar", documents(count))
    assert start(archive).wait() == 0
    undisturbed = everything()
    call_command("flush", interactive=False, verbosity=0)
    for share in (1 / 3, 2 / 3):
        process = start(archive)
        wait_for(share * count, process)
        process.send_signal(signal.SIGKILL)
        process.wait()
        print(f"kill: killed with {stories():,} of {count:,} stories written", flush=True)
        assert 0 < stories() < count
    assert start(archive).wait() == 0
    assert everything() == undisturbed
    print("kill: the end is that of an undisturbed run")


def race(folder, count):
    """Start two imports of the same archive at once."""
    from articles.models import ImportBatch

    archive = write_tar(folder / "all.tar", documents(count))
    both = [start(archive), start(archive)]
    assert [process.wait() for process in both] == [0, 0]
    assert stories() == count
    counts = [batch.counts for batch in ImportBatch.objects.order_by("pk")]
    assert sum(each["created"] for each in counts) == count, counts
    assert sum(each["unchanged"] for each in counts) == count, counts
    assert not any(each["rejected"] or each["conflict"] for each in counts), counts
    print(f"race: {count:,} stories, created by one or the other: {[each['created'] for each in counts]}")


def start(archive):
    return subprocess.Popen([*COMMAND, str(archive)], cwd=ROOT, env=os.environ)


def stories():
    from articles.models import Article

    return Article.objects.count()


def wait_for(number, process):
    while stories() < number:
        assert process.poll() is None, "the import was over before it could be killed"
        time.sleep(0.01)


def everything():
    """Return all that an import writes, told without keys and times of writing."""
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
    wanted = [name for name in sys.argv[2:] if name in SCENES] or list(SCENES)
    with newsroom() as place:
        from django.core.management import call_command

        print(f"{count_given(50_000):,} documents, {engine()}")
        for name in wanted:
            call_command("flush", interactive=False, verbosity=0)
            begin = time.perf_counter()
            SCENES[name](place, count_given(50_000))
            print(f"{name}: {time.perf_counter() - begin:.0f} s", flush=True)
