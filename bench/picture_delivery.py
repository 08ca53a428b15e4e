"""How soon readers see pictures: those of the front page after an archive's import, and those of a delivery.

The pictures come from a server on loopback, which takes 200 ms for each; a few hosts have most of them, as in real
archives. While the archive's pictures are still being downloaded, a delivery of 50 stories is imported.
"""

import random
import time
from datetime import UTC, datetime, timedelta
from functools import partial
from threading import Thread

from bench.picture_processing import photograph_bytes
from bench.scratch_newsroom import scratch_newsroom, write_tar

SERVER_SECONDS = 0.2
DELIVERED = 50
# Seconds: of the front page after the import began, and of a delivery after it was imported.
TARGET_OF_FRONT_PAGE, TARGET_OF_DELIVERY = 120, 60
PHOTOGRAPH_SIZE = (1200, 800)


def delivering(stories, hosts):
    """Import `stories` with pictures on `hosts`, then a delivery; print the times, return 1 if one is too long."""
    with scratch_newsroom() as folder:
        return measure(folder, stories, hosts)


def measure(folder, stories, hosts):
    from newsroom.fetching import fetch_many
    from pictures.downloading import Selection, download
    from pictures.planning import front_page_stories
    from tests.fetching_server import LOOPBACK, FetchingServer, loopback_network, response

    photograph = photograph_bytes(PHOTOGRAPH_SIZE)

    def send_picture(visit):
        visit.stopped.wait(SERVER_SECONDS)
        # What follows the end of a JPEG is ignored, and makes each picture another one.
        visit.send(response(photograph + visit.path.encode(), content_type="image/jpeg"))

    server = FetchingServer()
    server.routes = AnyPath(send_picture)
    fetch = partial(fetch_many, network=loopback_network(lambda name: [LOOPBACK]))
    began_at = time.monotonic()
    import_documents(folder / "archive.tar", documents(server, 0, stories, hosts))
    first_page = front_page_stories()
    downloads = Thread(target=download, args=[Selection()], kwargs={"fetch": fetch})
    downloads.start()
    wait_for_pictures(first_page)
    front_page_seconds = time.monotonic() - began_at
    import_documents(folder / "delivery.tar", documents(server, stories, DELIVERED, hosts))
    delivered_at = time.monotonic()
    wait_for_pictures(newest_stories(DELIVERED))
    delivery_seconds, was_busy = time.monotonic() - delivered_at, downloads.is_alive()
    downloads.join()
    server.stop()
    print(f"{stories} stories with pictures on {hosts} hosts, then {DELIVERED} more")
    print(f"front page: {front_page_seconds:.0f} s after the import began, aim {TARGET_OF_FRONT_PAGE}")
    print(f"delivery: {delivery_seconds:.0f} s after its import, aim {TARGET_OF_DELIVERY}")
    print(f"all pictures: {time.monotonic() - began_at:.0f} s")
    if not was_busy:
        print("nothing else was left to download with the delivery: take more stories")
    return 1 if front_page_seconds > TARGET_OF_FRONT_PAGE or delivery_seconds > TARGET_OF_DELIVERY else 0


class AnyPath(dict):
    """The routes of a server that sends a picture for every path."""

    def __init__(self, route):
        super().__init__()
        self.route = route

    def get(self, path, default=None):
        return self.route


def documents(server, first, number, hosts):
    """Yield (name, text) of documents with a picture each; of the hosts, the first ones have the most pictures."""
    chance = random.Random(first)
    for index in range(first, first + number):
        host = f"host-{int(hosts * chance.random() ** 2)}.example"
        published = datetime.now(UTC) - timedelta(minutes=chance.randrange(60 * 24 * 30) if not first else 1)
        yield (
            f"{index}.md",
            f'---\ntitle: "Story {index}"\nwebUrl: "https://outlet.example/{index}"\n'
            f'publishedDateTime: "{published:%Y-%m-%dT%H:%M:%SZ}"\n'
            f'provider:\n  name: "Outlet {index % 40}"\n  domain: "outlet-{index % 40}.example"\n'
            f"topics:\n  - Topic {index % 7}\nquality: 50\nheat: {chance.randrange(50, 200)}\npublished: true\n"
            f'images:\n  - url: "{server.url(f"/{index}.jpg", host)}"\n    width: 1200\n    height: 800\n---\n',
        )


def import_documents(archive, pairs):
    from articles.importing.runner import import_sources

    import_sources([str(write_tar(archive, pairs))], hold=False)


def newest_stories(number):
    from articles.models import Article

    return list(Article.objects.order_by("-pk").values_list("pk", flat=True)[:number])


def wait_for_pictures(stories):
    """Return once every picture of these stories has been tried."""
    from django.db.models import Q

    from articles.models import Image
    from articles.models.picture import SourceState

    untried = Q(source__isnull=True) | Q(source__state=SourceState.WAITING)
    while Image.objects.filter(untried, article__in=stories).exists():
        time.sleep(0.2)
