"""Measure the reader's pages against a Wagtail site of the same stories: `bench/readers.py [STORIES] [--seconds N]`.

Both run under gunicorn with two sync workers on SQLite, and bear eight connections, one site at a time. The peer
stands in bench/wagtail and gets a virtual environment of its own on first use.
"""

import argparse
import os
import re
import signal
import statistics
import subprocess
import sys
from contextlib import ExitStack, contextmanager
from dataclasses import astuple, dataclass
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PEER = ROOT / "bench" / "wagtail"
CACHE = Path(os.environ.get("DATA_DIR") or ROOT / "var").resolve() / "bench"
LINKS_OF_STORY = 5
ROUNDS = 2
MODES = {"off": "uncached", "cards": "cached cards", "pages": "cached page"}
# How many times as many pages a second as the peer's.
AIMS = {
    ("front page", "off"): 1.6,
    ("topic list", "off"): 1.6,
    ("story", "off"): 2,
    ("front page", "cards"): 12,
    ("topic list", "cards"): 12,
    ("front page", "pages"): 15,
    ("topic list", "pages"): 15,
    ("story", "pages"): 15,
}
# What a reader sees of a page, and both sites must show the same number of.
MARKS = {
    "cards": "<article",
    "pictures": "<img",
    "times": "<time",
    "excerpts": 'class="excerpt"',
    "counts of outlets": 'class="outlets"',
    "providers": 'class="provider-name"',
    "links": "<a ",
    "headings": "<h[1-6]",
}


@dataclass
class Site:
    """One server to measure: what its rows are called, and how to find the pages."""

    label: str
    mode: str
    url: str
    paths: dict


def main():
    arguments = read_arguments()
    # So that the servers are ended, too, when this is.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended"))
    for name in ("DATABASE_URL", "GUNICORN_CMD_ARGS"):
        os.environ.pop(name, None)
    os.environ |= {"REDIS_URL": "", "NEWSROOM_ENV": "development", "DEBUG": "0"}
    from bench.load import generator
    from bench.scratch_newsroom import scratch_newsroom

    python = peer_python()
    with scratch_newsroom() as folder, ExitStack() as servers:
        paths = fill_both(folder, python, arguments.stories)
        sites = [servers.enter_context(site) for site in start(folder, python, paths)]
        for page in paths["newsroom"]:
            warn_of_differences(page, sites)
        print(f"{arguments.stories:,} stories, {arguments.seconds} s a page, load by {generator()}\n")
        measure(sites, arguments.seconds)


def read_arguments():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("stories", nargs="?", type=int, default=5000)
    parser.add_argument("--seconds", type=int, default=8, help="of load for each page of each site")
    return parser.parse_args()


def peer_python():
    """Return the interpreter of the peer's environment, which is made anew when its requirements have changed."""
    wanted = f"{sys.version}\n{(PEER / 'requirements.txt').read_text()}"
    folder = CACHE / "wagtail-venv"
    python, note = folder / "bin" / "python", folder / "installed.txt"
    if not note.exists() or note.read_text() != wanted:
        print(f"Installing the peer into {folder} ...", file=sys.stderr)
        run([sys.executable, "-m", "venv", "--clear", folder])
        run([python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", PEER / "requirements.txt"])
        note.write_text(wanted)
    return python


def run(command, **environment):
    done = subprocess.run(command, env=os.environ | environment, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{' '.join(map(str, command))} failed:\n{done.stdout}{done.stderr}")
    return done.stdout


def fill_both(folder, python, count):
    """Write the same stories into both databases; return the paths of the pages to measure, for each site."""
    from django.db import connection

    from articles.ranking import rank
    from articles.story_urls import reader_url
    from bench.stories import fill_newsroom, stories, write_json_lines

    made = list(stories(count, until=datetime.now(UTC)))
    fill_newsroom(made)
    connection.close()
    run([python, PEER / "build.py", write_json_lines(folder / "stories.jsonl", made, rank)], DATA_DIR=str(folder))
    fit = [story for story in made if story["is_published"] and len(story["related"]) == LINKS_OF_STORY]
    if not fit:
        sys.exit(f"Of so few stories none has {LINKS_OF_STORY} related ones; ask for more.")
    slug, day = fit[-1]["slug"], fit[-1]["published_at"].date()
    shared = {"front page": "/", "topic list": "/topics/ai/"}
    return {
        "newsroom": shared | {"story": reader_url(day, slug)},
        "wagtail": shared | {"story": f"/stories/{slug}/"},
    }


def start(folder, python, paths):
    """Yield context managers, each of a running Site: the peer first, then ours with each kind of cache."""
    wagtail = re.search(r"^wagtail==(\S+)", (PEER / "requirements.txt").read_text(), re.MULTILINE)[1]
    peer = {"DATA_DIR": str(folder), "PYTHONPATH": str(PEER)}
    yield site(f"Wagtail {wagtail}", "", paths["wagtail"], python, "peer.wsgi", PEER, peer)
    for mode, label in MODES.items():
        ours = {"DATA_DIR": str(folder), "READER_CACHE": mode}
        yield site(f"Newsroom, {label}", mode, paths["newsroom"], sys.executable, "newsroom.wsgi", ROOT, ours)


@contextmanager
def site(label, mode, paths, python, application, folder, environment):
    from bench.serving import serving

    with serving(python, application, folder, environment, name=label) as url:
        yield Site(label, mode, url, paths)


def warn_of_differences(page, sites):
    """Say what the peer shows more or less of than we do: a comparison of unlike pages is none."""
    from bench.serving import fetch

    peer, *ours = [
        {name: len(re.findall(mark, html)) for name, mark in MARKS.items()}
        for html in (fetch(site.url + site.paths[page]) for site in sites)
    ]
    for site, shown in zip(sites[1:], ours, strict=True):
        unlike = [f"{shown[name]} {name}, the peer {peer[name]}" for name in MARKS if shown[name] != peer[name]]
        if unlike:
            print(f"{page}, {site.label}, shows {'; '.join(unlike)}.", file=sys.stderr)


def measure(sites, seconds):
    """Print the table, a page at a time."""
    print("| page | site | pages/s | median, ms | p99, ms | to Wagtail | aim |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    for page in sites[0].paths:
        peer, *ours = loads(page, sites, seconds)
        print(f"| {page} | {sites[0].label} | {columns(peer)} | | |")
        for site, load in zip(sites[1:], ours, strict=True):
            ratio = load.a_second / peer.a_second
            aims = judge(page, site.mode, load, peer)
            print(f"| {page} | {site.label} | {columns(load)} | {ratio:.1f} | {aims} |", flush=True)


def loads(page, sites, seconds):
    """Return the Load of each site: the means of rounds in turn, so that what else the machine does meets all."""
    from bench.load import Load, ask

    rounds = {site.label: [] for site in sites}
    for number in range(ROUNDS):
        for site in sites:
            url = site.url + site.paths[page]
            if not number:
                ask(url, 1)
            rounds[site.label].append(astuple(ask(url, max(1, seconds // ROUNDS))))
    return [Load(*map(statistics.mean, zip(*rounds[site.label], strict=True))) for site in sites]


def columns(load):
    return f"{load.a_second:,.0f} | {load.median:.1f} | {load.p99:.1f}"


def judge(page, mode, load, peer):
    """Return the aims of a row, each with "met" or "missed"."""
    aims = []
    if (page, mode) in AIMS:
        wanted = AIMS[page, mode]
        aims.append((f"{wanted} times", load.a_second >= wanted * peer.a_second))
    if mode == "off":
        aims.append(("p99 ≤ its p99", load.p99 <= peer.p99))
    else:
        aims.append(("p99 ≤ its median", load.p99 <= peer.median))
    return "; ".join(f"{aim}: {'met' if met else 'missed'}" for aim, met in aims)


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    main()
