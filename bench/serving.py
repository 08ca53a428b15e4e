"""Servers to measure: gunicorn with two sync workers on a free port, stopped with all their processes."""

import os
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from contextlib import contextmanager

WORKERS = 2
START_TIMEOUT = 60


@contextmanager
def serving(python, application, folder, environment, name):
    """Run gunicorn with the interpreter `python` in `folder`; yield the server's URL once it responds.

    Its output goes to a log in DATA_DIR, whose last lines are in the error if it does not start.
    """
    port = free_port()
    command = [python, "-m", "gunicorn", application, "--workers", WORKERS, "--bind", f"127.0.0.1:{port}"]
    command += ["--worker-class", "sync", "--no-control-socket", "--log-level", "warning"]
    log_path = f"{environment['DATA_DIR']}/{name}.log"
    with open(log_path, "w+", encoding="utf-8") as log:
        # In a session of its own, so that the workers can be stopped even if their parent has died.
        process = subprocess.Popen(
            list(map(str, command)),
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
                raise RuntimeError(f"{name} stopped by itself:\n{last_lines(log_path)}")
        finally:
            stop(process)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(url, process, log_path):
    """Wait for the front page; raise RuntimeError with the last lines of the log if the server fails."""
    deadline = time.monotonic() + START_TIMEOUT
    while True:
        try:
            fetch(f"{url}/")
        except urllib.error.HTTPError as error:
            raise RuntimeError(f"{url} responds {error.code}:\n{last_lines(log_path)}") from None
        except OSError:
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"the server does not start:\n{last_lines(log_path)}") from None
            time.sleep(0.2)
        else:
            return


def fetch(url):
    """Return the text of a page; raise HTTPError unless the status is 200."""
    with urllib.request.urlopen(url, timeout=30) as response:  # noqa: S310 - our own server
        return response.read().decode()


def last_lines(path):
    with open(path, encoding="utf-8", errors="replace") as log:
        return "".join(log.readlines()[-30:])


def stop(process):
    """Stop a process and its children; kill what does not stop within ten seconds."""
    for signal_number in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(process.pid, signal_number)
        except ProcessLookupError:
            break
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            continue
