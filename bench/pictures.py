"""Measure how fast pictures are downloaded and processed.

`bench/pictures.py downloading [--pictures N] [--hosts N]`: a server on loopback sends each picture after 200 ms. Host
names lead to it through a stub resolver, and each host gets one request at a time and two a second, as in production.
`bench/pictures.py processing`: decoding, scaling and encoding (picture_processing.py).
`bench/pictures.py delivering [--stories N] [--hosts N]`: how soon readers see pictures (picture_delivery.py).
"""

import argparse
import os
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PICTURE_BYTES = 150_000
SERVER_SECONDS = 0.2
TARGET_RATE = 20


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    commands = parser.add_subparsers(dest="command", required=True)
    command = commands.add_parser("downloading", help="downloads over many hosts")
    command.add_argument("--pictures", type=int, default=400)
    command.add_argument("--hosts", type=int, default=80)
    commands.add_parser("processing", help="decoding, scaling and encoding")
    command = commands.add_parser("delivering", help="how soon readers see pictures")
    command.add_argument("--stories", type=int, default=600)
    command.add_argument("--hosts", type=int, default=80)
    options = parser.parse_args()
    sys.path.insert(0, str(ROOT))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "newsroom.settings")
    os.environ |= {"NEWSROOM_ENV": "development", "DEBUG": "0", "REDIS_URL": ""}
    if options.command == "delivering":
        from bench.picture_delivery import delivering

        return delivering(options.stories, options.hosts)
    import django

    django.setup()
    if options.command == "processing":
        from bench.picture_processing import processing

        return processing()
    return downloading(options.pictures, options.hosts)


def downloading(pictures, hosts):
    """Print the pictures per second of `fetch_many`, its processor time for each, and whether the aim is met."""
    from newsroom.fetching import FetchRequest, fetch_many
    from tests.fetching_server import LOOPBACK, FetchingServer, loopback_network, response

    picture = response(b"x" * PICTURE_BYTES, content_type="image/jpeg")

    def send_picture(visit):
        visit.stopped.wait(SERVER_SECONDS)
        visit.send(picture)

    server = FetchingServer()
    server.routes["/"] = send_picture
    requests = [FetchRequest(server.url(host=f"host-{number % hosts}.example")) for number in range(pictures)]
    began_at, processor_began_at = time.monotonic(), time.process_time()
    results = list(fetch_many(requests, network=loopback_network(lambda name: [LOOPBACK])))
    seconds, processor_seconds = time.monotonic() - began_at, time.process_time() - processor_began_at
    server.stop()
    errors = [str(result.error) for result in results if result.error]
    rate = pictures / seconds
    print(f"{pictures} pictures of {PICTURE_BYTES:,} bytes from {hosts} hosts: {rate:.1f} a second, aim {TARGET_RATE}")
    print(f"{processor_seconds / pictures * 1000:.1f} ms of processor time for each, with the server's share")
    if errors:
        print(f"{len(errors)} failed, such as: {errors[0]}")
    return 1 if errors or rate < TARGET_RATE else 0


if __name__ == "__main__":
    sys.exit(main())
