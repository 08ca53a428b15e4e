"""One site in a process of its own, asked for pages: `python -m bench.asking SETTINGS`, paths on standard input.

It answers each line with the milliseconds of the whole request, signed in at the desk, or says what went wrong.
"""

import os
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


class Site:
    """A site under other settings on the same database; `ask` returns the milliseconds of a request."""

    def __init__(self, settings):
        self.process = subprocess.Popen(
            [sys.executable, "-m", "bench.asking", settings],
            cwd=ROOT,
            env={**os.environ, "DJANGO_SETTINGS_MODULE": settings},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def ask(self, path):
        print(path, file=self.process.stdin, flush=True)
        answer = self.process.stdout.readline().strip()
        assert answer.replace(".", "").isdigit(), (path, answer)
        return float(answer)

    def close(self):
        self.process.stdin.close()
        self.process.wait(timeout=30)


def answer():
    import django

    django.setup()
    from django.contrib.auth.models import User
    from django.test import Client

    client = Client(HTTP_HOST="localhost")
    client.force_login(User.objects.get(username="bench"))
    for line in sys.stdin:
        begin = time.perf_counter()
        response = client.get(line.strip())
        took = (time.perf_counter() - begin) * 1000
        told = f"{took:.2f}" if response.status_code == 200 else f"answered with {response.status_code}"
        print(told, flush=True)


if __name__ == "__main__":
    answer()
