"""Generated documents in the shape of the seed document, from a fixed seed: the same on every machine."""

import random
import string
from datetime import UTC, datetime, timedelta

SEED = 20261120
WORDS = (
    "harbour barrier council tide engine signal orchard winter market satellite river union library bridge "
    "glacier kiln ferry archive turbine lantern meadow printer senate compass granite harvest"
).split()
TOPICS = ("AI", "Science", "Business", "World", "Culture", "Sport", "Climate", "Chips", "Markets", "Film")
OUTLETS = tuple((f"Outlet {number}", f"outlet{number}.example") for number in range(200))
START = datetime(2020, 1, 1, tzinfo=UTC)
BASE64 = string.ascii_letters + string.digits + "+/"


def documents(count, seed=SEED):
    """Yield (name, text) of `count` documents, with 0 to 30 related items, 6 KB on average."""
    rng = random.Random(seed)
    for number in range(count):
        when = START + timedelta(minutes=37 * number)
        yield f"{when:%Y-%m-%d}-story-{number}.md", document(rng, number, when)


def document(rng, number, when):
    name, domain = rng.choice(OUTLETS)
    quality = rng.randint(6, 154)
    related = min(30, int(rng.expovariate(1 / 5)))
    is_published = rng.random() < 0.7
    lines = [
        "---",
        "category: news",
        f'title: "{sentence(rng, 9)}"',
        f'excerpt: "{sentence(rng, 38)}"',
        f"publishedDateTime: {when:%Y-%m-%dT%H:%M:%SZ}",
        f'webUrl: "https://www.{domain}/{when:%Y/%m}/story-{number}"',
        "type: article",
        f"quality: {quality}",
        f"heat: {quality + 8 * related if is_published else -1}",
        f"published: {'true' if is_published else 'false'}",
        "",
        "provider:",
        f"  name: {name}",
        f"  domain: {domain}",
        "",
        "topics:",
        *(f"  - {topic}" for topic in rng.sample(TOPICS, 2)),
        "",
        "images:",
        *image(f"https://img.{domain}/{number}.jpg", ""),
        f'    title: "{sentence(rng, 9)}"',
        "",
    ]
    if related:
        lines.append("related:")
        for position in range(related):
            lines += related_item(rng, number, position, when)
        lines.append("")
    blob = "".join(rng.choices(BASE64, k=400))
    return "\n".join([*lines, f'secured: "{blob};{blob[:22]}=="', "---", ""])


def related_item(rng, number, position, when):
    name, domain = rng.choice(OUTLETS)
    url = f"https://www.{domain}/{when:%Y/%m}/coverage-{number}-{position}"
    return [
        f'  - title: "{sentence(rng, 9)}"',
        f'    excerpt: "{sentence(rng, 30)}"',
        f"    publishedDateTime: {when + timedelta(minutes=position):%Y-%m-%dT%H:%M:%SZ}",
        f'    webUrl: "{url}"',
        f'    ampWebUrl: "{url}?_amp"',
        f'    cdnAmpWebUrl: "https://{domain.replace(".", "-")}.cdn.example/c/s/{url[8:]}?_amp"',
        "    type: article",
        "    provider:",
        f"      name: {name}",
        f"      domain: {domain}",
        f"    quality: {rng.randint(6, 154)}",
        "    images:",
        *image(f"https://img.{domain}/{number}-{position}.jpg", "    "),
    ]


def image(url, indent):
    return [
        f'{indent}  - url: "{url}"',
        f"{indent}    width: 1200",
        f"{indent}    height: 800",
        f"{indent}    isCached: true",
    ]


def sentence(rng, words):
    return " ".join(rng.choices(WORDS, k=words)).capitalize()
