"""A site in a process of its own that is sent page requests: `python -m bench.site_process SETTINGS`.

It reads paths from standard input and answers each with the milliseconds of the request, signed in at the desk, or
with an error.
"""

import os
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


class Site:
    """A site with its own settings on the same database; `request` returns the milliseconds of a request."""

    def __init__(self, settings):
        self.process = subprocess.Popen(
            [sys.executable, "-m", "bench.site_process", settings],
            cwd=ROOT,
            env={**os.environ, "DJANGO_SETTINGS_MODULE": settings},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def request(self, path):
        print(path, file=self.process.stdin, flush=True)
        answer = self.process.stdout.readline().strip()
        assert answer.replace(".", "").isdigit(), (path, answer)
        return float(answer)

    def close(self):
        self.process.stdin.close()
        self.process.wait(timeout=30)


def serve():
    import django

    django.setup()
    from django.contrib.auth.models import User
    from django.test import Client

    client = Client(HTTP_HOST="localhost")
    client.force_login(User.objects.get(username="bench"))
    for line in sys.stdin:
        begin = time.perf_counter()
        response = client.get(line.strip())
        milliseconds = (time.perf_counter() - begin) * 1000
        print(f"{milliseconds:.2f}" if response.status_code == 200 else f"status {response.status_code}", flush=True)


if __name__ == "__main__":
    serve()
