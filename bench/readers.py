"""Measure the reader's pages against a Wagtail site of the same stories: `bench/readers.py [STORIES] [--seconds N]`.

Both run under gunicorn with two sync workers on SQLite; eight connections load one site at a time. The peer is in
bench/wagtail and gets its own virtual environment on first use.
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
# The ratio to the peer's pages per second.
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
# What both sites must show the same number of.
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
    """One server to measure: the label and mode of its rows, and the addresses of its pages."""

    label: str
    mode: str
    url: str
    paths: dict


def main():
    arguments = read_arguments()
    # Exit normally, so that the servers are stopped, too.
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
    """Return the interpreter of the peer's environment, which is created again when its requirements change."""
    requirements = f"{sys.version}\n{(PEER / 'requirements.txt').read_text()}"
    folder = CACHE / "wagtail-venv"
    python, note = folder / "bin" / "python", folder / "installed.txt"
    if not note.exists() or note.read_text() != requirements:
        print(f"Installing the peer into {folder} ...", file=sys.stderr)
        run([sys.executable, "-m", "venv", "--clear", folder])
        run([python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", PEER / "requirements.txt"])
        note.write_text(requirements)
    return python


def run(command, **environment):
    result = subprocess.run(command, env=os.environ | environment, capture_output=True, text=True, check=False)
    if result.returncode:
        sys.exit(f"{' '.join(map(str, command))} failed:\n{result.stdout}{result.stderr}")
    return result.stdout


def fill_both(folder, python, count):
    """Write the same stories into both databases; return {site: {page: path}} of the pages to measure."""
    from django.db import connection

    from articles.ranking import rank
    from articles.story_urls import reader_url
    from bench.stories import fill_newsroom, stories, write_json_lines

    all_stories = list(stories(count, until=datetime.now(UTC)))
    fill_newsroom(all_stories)
    connection.close()
    run(
        [python, PEER / "build.py", write_json_lines(folder / "stories.jsonl", all_stories, rank)], DATA_DIR=str(folder)
    )
    suitable = [story for story in all_stories if story["is_published"] and len(story["related"]) == LINKS_OF_STORY]
    if not suitable:
        sys.exit(f"Of so few stories none has {LINKS_OF_STORY} related ones; ask for more.")
    slug, day = suitable[-1]["slug"], suitable[-1]["published_at"].date()
    shared = {"front page": "/", "topic list": "/topics/ai/"}
    return {
        "newsroom": shared | {"story": reader_url(day, slug)},
        "wagtail": shared | {"story": f"/stories/{slug}/"},
    }


def start(folder, python, paths):
    """Yield context managers of running Sites: the peer, then ours in each cache mode."""
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
    """Warn on standard error where the peer shows more or less than we do, which would make the comparison unfair."""
    from bench.serving import fetch

    peer, *ours = [
        {name: len(re.findall(mark, html)) for name, mark in MARKS.items()}
        for html in (fetch(site.url + site.paths[page]) for site in sites)
    ]
    for site, counts in zip(sites[1:], ours, strict=True):
        differences = [f"{counts[name]} {name}, the peer {peer[name]}" for name in MARKS if counts[name] != peer[name]]
        if differences:
            print(f"{page}, {site.label}, shows {'; '.join(differences)}.", file=sys.stderr)


def measure(sites, seconds):
    """Print the table of results."""
    print("| page | site | pages/s | median, ms | p99, ms | to Wagtail | aim |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    for page in sites[0].paths:
        peer, *ours = loads(page, sites, seconds)
        print(f"| {page} | {sites[0].label} | {columns(peer)} | | |")
        for site, load in zip(sites[1:], ours, strict=True):
            ratio = load.per_second / peer.per_second
            aims = judge(page, site.mode, load, peer)
            print(f"| {page} | {site.label} | {columns(load)} | {ratio:.1f} | {aims} |", flush=True)


def loads(page, sites, seconds):
    """Return the mean Load of each site; its rounds alternate, so that other load on the machine affects all."""
    from bench.load import Load, generate_load

    rounds = {site.label: [] for site in sites}
    for number in range(ROUNDS):
        for site in sites:
            url = site.url + site.paths[page]
            if not number:
                generate_load(url, 1)
            rounds[site.label].append(astuple(generate_load(url, max(1, seconds // ROUNDS))))
    return [Load(*map(statistics.mean, zip(*rounds[site.label], strict=True))) for site in sites]


def columns(load):
    return f"{load.per_second:,.0f} | {load.median:.1f} | {load.p99:.1f}"


def judge(page, mode, load, peer):
    """Return the aims of a row, each with "met" or "missed"."""
    aims = []
    if (page, mode) in AIMS:
        ratio = AIMS[page, mode]
        aims.append((f"{ratio} times", load.per_second >= ratio * peer.per_second))
    if mode == "off":
        aims.append(("p99 ≤ its p99", load.p99 <= peer.p99))
    else:
        aims.append(("p99 ≤ its median", load.p99 <= peer.median))
    return "; ".join(f"{aim}: {'met' if met else 'missed'}" for aim, met in aims)


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    main()
