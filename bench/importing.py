"""Measure the importer: `.venv/bin/python bench/importing.py [NUMBER OF DOCUMENTS]`.

Everything is reported as a ratio to PyYAML's CSafeLoader parsing the same documents in the same run,
in one process. The database is SQLite in a folder of its own, or DATABASE_URL with an empty database.
"""

import os
import sys
import tempfile
import time
from pathlib import Path

import django

ROOT = Path(__file__).resolve().parent.parent


def main(count):
    from bench.corpus import documents

    with tempfile.TemporaryDirectory() as folder:
        os.environ["DATA_DIR"] = folder
        os.environ["DJANGO_SETTINGS_MODULE"] = "newsroom.settings"
        django.setup()
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        texts = dict(documents(count))
        place = Path(folder, "documents")
        place.mkdir()
        for name, text in texts.items():
            (place / name).write_text(text, encoding="utf-8")
        size = sum(map(len, texts.values())) / count
        print(f"{count:,} documents of {size:,.0f} bytes in the mean, {os.environ.get('DATABASE_URL', 'SQLite')[:8]}")
        report(count, texts, place)


def report(count, texts, place):
    import yaml

    from articles.importing.batch import import_sources
    from articles.importing.parsing import parse_document

    rows = {
        "CSafeLoader": lambda: [yaml.load(text.split("---")[1], yaml.CSafeLoader) for text in texts.values()],
        "our parser, typed and checked": lambda: [parse_document(t.encode(), n) for n, t in texts.items()],
        "import, cold": lambda: import_sources([str(place)]),
        "import again, unchanged": lambda: import_sources([str(place)]),
    }
    base = None
    for name, run in rows.items():
        begin = time.perf_counter()
        run()
        seconds = time.perf_counter() - begin
        base = base or seconds
        print(f"{name:<32} {count / seconds:>8,.0f} documents/s   {base / seconds:>6.2f} x")


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 2000)
