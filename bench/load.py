"""Generate load on one address over several connections, with wrk if it is installed, else with a process of threads.

Run as a program, this is that process: `load.py URL SECONDS CONNECTIONS` prints a line of JSON, as load.lua does.
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
    """A server's responses per second, and the milliseconds within which 50 % and 99 % of them came."""

    per_second: float
    median: float
    p99: float


def generator():
    return "wrk" if shutil.which("wrk") else "threads of Python"


def generate_load(url, seconds):
    """Request `url` for some seconds; return the Load. Raises RuntimeError if any response is not 200."""
    wrk = shutil.which("wrk")
    if wrk:
        script = Path(__file__).with_suffix(".lua")
        options = ["--threads", "1", "--connections", f"{CONNECTIONS}", "--duration", f"{seconds}s", "--script", script]
        output = run([wrk, *options, url])
    else:
        output = run([sys.executable, __file__, url, f"{seconds}", f"{CONNECTIONS}"])
    result = json.loads(output.strip().splitlines()[-1])
    if result["errors"] or not result["count"]:
        raise RuntimeError(f"{url}: {result['count']} responses, errors: {result['errors'] or 'none'}\n{output}")
    return Load(result["count"] / result["seconds"], result["median"], result["p99"])


def run(command):
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    if result.returncode:
        raise RuntimeError(f"{command[0]} failed:\n{result.stdout}{result.stderr}")
    return result.stdout


def percentile(times, share):
    return sorted(times)[min(len(times) - 1, len(times) * share // 100)]


def request_until(deadline, address, times, errors):
    """Send requests until `deadline`, on one connection as long as the server keeps it open."""
    connection = http.client.HTTPConnection(address.hostname, address.port, timeout=30)
    while time.perf_counter() < deadline:
        begin = time.perf_counter()
        try:
            connection.request("GET", address.path)
            response = connection.getresponse()
            response.read()
        except (OSError, http.client.HTTPException) as error:
            errors.append(repr(error))
            connection.close()
            continue
        if response.status != 200:
            errors.append(f"status {response.status}")
        times.append((time.perf_counter() - begin) * 1000)


def main(url, seconds, connections):
    times, errors, begin = [], [], time.perf_counter()
    threads = [
        threading.Thread(target=request_until, args=(begin + float(seconds), urlsplit(url), times, errors))
        for _connection in range(int(connections))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    duration = time.perf_counter() - begin
    percentiles = {"median": percentile(times, 50), "p99": percentile(times, 99)} if times else {}
    print(json.dumps(percentiles | {"errors": errors[:3], "count": len(times), "seconds": duration}))


if __name__ == "__main__":
    main(*sys.argv[1:])
