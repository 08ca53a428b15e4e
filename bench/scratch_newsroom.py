"""A temporary newsroom to measure: SQLite in a temporary folder, or a new database on DATABASE_URL's server."""

import os
import sys
import tarfile
import tempfile
from contextlib import contextmanager
from pathlib import Path

import django

ROOT = Path(__file__).resolve().parent.parent


@contextmanager
def scratch_newsroom():
    """Set up Django on an empty database, and yield a folder for files; both are deleted at the end."""
    with tempfile.TemporaryDirectory() as folder, temporary_database() as url:
        os.environ |= {"DATA_DIR": folder, "DJANGO_SETTINGS_MODULE": "newsroom.settings", "LOG_LEVEL": "ERROR"}
        if url:
            os.environ["DATABASE_URL"] = url
        django.setup()
        from django.core.management import call_command
        from django.db import connections

        call_command("migrate", verbosity=0)
        try:
            yield Path(folder)
        finally:
            connections.close_all()


@contextmanager
def temporary_database():
    """Create a database on the PostgreSQL server of DATABASE_URL, if it is one; yield its URL, "" for SQLite."""
    server_url = os.environ.get("DATABASE_URL", "")
    if not server_url.startswith("postgres"):
        os.environ.pop("DATABASE_URL", None)
        yield ""
        return
    import psycopg

    name = f"newsroom_bench_{os.getpid()}"
    with psycopg.connect(server_url, autocommit=True) as server:
        server.execute(f"CREATE DATABASE {name}")
        try:
            yield f"{server_url.rpartition('/')[0]}/{name}"
        finally:
            server.execute(f"DROP DATABASE {name} WITH (FORCE)")


def database_engine():
    return "PostgreSQL" if os.environ.get("DATABASE_URL") else "SQLite"


def write_tar(path, documents):
    """Write (name, text) pairs as an uncompressed tar archive."""
    import io

    with tarfile.open(path, "w", format=tarfile.USTAR_FORMAT) as archive:
        for name, text in documents:
            content = text.encode()
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return path


def document_count(default):
    """Return the number of documents given on the command line."""
    return int(sys.argv[1]) if len(sys.argv) > 1 else default
