"""Ask one address again and again over several connections, with wrk if it is there, else with threads of a process.

As a program, it is that process: `load.py URL SECONDS CONNECTIONS` prints, as load.lua does, a line of JSON.
"""

import http.client
import json
import shutil
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

CONNECTIONS = 8


@dataclass
class Load:
    """What a server bore: answers a second, and the milliseconds in which half and 99 % of them came."""

    a_second: float
    median: float
    p99: float


def generator():
    return "wrk" if shutil.which("wrk") else "threads of Python"


def ask(url, seconds):
    """Return the Load of `seconds` at `url`; raises RuntimeError if any answer was not 200."""
    wrk = shutil.which("wrk")
    if wrk:
        script = Path(__file__).with_suffix(".lua")
        how = ["--threads", "1", "--connections", f"{CONNECTIONS}", "--duration", f"{seconds}s", "--script", script]
        printed = run([wrk, *how, url])
    else:
        printed = run([sys.executable, __file__, url, f"{seconds}", f"{CONNECTIONS}"])
    found = json.loads(printed.strip().splitlines()[-1])
    if found["errors"] or not found["count"]:
        raise RuntimeError(f"{url}: {found['count']} answers, wrong: {found['errors'] or 'none'}\n{printed}")
    return Load(found["count"] / found["took"], found["median"], found["p99"])


def run(command):
    shown = subprocess.run(command, capture_output=True, text=True, check=False)
    if shown.returncode:
        raise RuntimeError(f"{command[0]} failed:\n{shown.stdout}{shown.stderr}")
    return shown.stdout


def percentile(times, share):
    return sorted(times)[min(len(times) - 1, len(times) * share // 100)]


def hammer(address, until, times, errors):
    """Ask until the clock shows `until`, on one connection as long as the server keeps it open."""
    connection = http.client.HTTPConnection(address.hostname, address.port, timeout=30)
    while time.perf_counter() < until:
        begin = time.perf_counter()
        try:
            connection.request("GET", address.path)
            answer = connection.getresponse()
            answer.read()
        except (OSError, http.client.HTTPException) as error:
            errors.append(repr(error))
            connection.close()
            continue
        if answer.status != 200:
            errors.append(f"status {answer.status}")
        times.append((time.perf_counter() - begin) * 1000)


def main(url, seconds, connections):
    times, errors, begin = [], [], time.perf_counter()
    threads = [
        threading.Thread(target=hammer, args=(urlsplit(url), begin + float(seconds), times, errors))
        for _connection in range(int(connections))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    took = time.perf_counter() - begin
    found = {"median": percentile(times, 50), "p99": percentile(times, 99)} if times else {}
    print(json.dumps(found | {"errors": errors[:3], "count": len(times), "took": took}))


if __name__ == "__main__":
    main(*sys.argv[1:])
