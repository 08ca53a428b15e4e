"""Servers to measure: gunicorn with two sync workers on a free port, ended with all they started."""

import os
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from contextlib import contextmanager

WORKERS = 2
PATIENCE = 60


@contextmanager
def serving(python, application, folder, environment, name):
    """Run gunicorn of the interpreter `python` in `folder`; yield the server's URL once it answers.

    Its output goes to a log beside the database (`DATA_DIR`), whose end is shown if it does not start.
    """
    port = free_port()
    command = [python, "-m", "gunicorn", application, "--workers", WORKERS, "--bind", f"127.0.0.1:{port}"]
    command += ["--worker-class", "sync", "--no-control-socket", "--log-level", "warning"]
    log_path = f"{environment['DATA_DIR']}/{name}.log"
    with open(log_path, "w+", encoding="utf-8") as log:
        # A session of its own, so that the workers can be ended with their parent, whatever became of it.
        process = subprocess.Popen(
            [f"{word}" for word in command],
            cwd=folder,
            env=os.environ | environment,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            url = f"http://127.0.0.1:{port}"
            wait_for(url, process, log_path)
            yield url
            if process.poll() is not None:
                raise RuntimeError(f"{name} ended by itself:\n{end_of(log_path)}")
        finally:
            end(process)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(url, process, log_path):
    """Return when the front page is there; raise RuntimeError with the end of the log when it will not be."""
    until = time.monotonic() + PATIENCE
    while True:
        try:
            fetch(f"{url}/")
        except urllib.error.HTTPError as error:
            raise RuntimeError(f"{url} answers {error.code}:\n{end_of(log_path)}") from None
        except OSError:
            if process.poll() is not None or time.monotonic() > until:
                raise RuntimeError(f"the server does not start:\n{end_of(log_path)}") from None
            time.sleep(0.2)
        else:
            return


def fetch(url):
    """Return the text of a page; raises HTTPError unless it is 200."""
    with urllib.request.urlopen(url, timeout=30) as response:  # noqa: S310 - our own server
        return response.read().decode()


def end_of(path):
    with open(path, encoding="utf-8", errors="replace") as log:
        return "".join(log.readlines()[-30:])


def end(process):
    """End a process and its children; by force what does not go in ten seconds."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(process.pid, number)
        except ProcessLookupError:
            break
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            continue
