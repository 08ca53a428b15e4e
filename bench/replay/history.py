"""The moments of a history: each the documents of one export, with further changes upstream that a seed decides."""

import io
import random
import tarfile
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path

from bench.corpus import documents
from bench.replay.format import identity_of, link_of, parse_document, write_document

# The share of the files that get a further change at each moment: a generated history has no others.
CHANGED_SHARE, GENERATED_CHANGED_SHARE = 0.12, 0.35
# Of so many generated files, the last one has the URL of the one before.
PAIR_EVERY = 12
# A change lasts for up to this many moments; then the document is as it was.
LONGEST_CHANGE = 4


@dataclass
class Document:
    """A file of an export: its path, its fields and its text."""

    path: str
    fields: dict
    text: str


class History:
    """Yields the moments, the same ones for the same seed.

    `moments` are lists of Documents. Each moment gets changes that the archive has too rarely: titles, scores, topics,
    coverage and pictures that disappear and return, another order, another URL, withdrawals.
    """

    def __init__(self, moments, seed, changed_share=CHANGED_SHARE):
        self.changed_share = changed_share
        self.rng = random.Random(f"upstream {seed}")
        self.base_moments = moments
        # {path: [(first moment without it, name of the change, number)]}.
        self.changes = {}
        self.number = 0

    def __len__(self):
        return len(self.base_moments)

    def __iter__(self):
        for moment, base in enumerate(self.base_moments):
            self.add_changes(moment, base)
            yield [self.changed(document, moment) for document in base]

    def add_changes(self, moment, base):
        if moment == 0:
            return
        for document in base:
            while self.rng.random() < self.changed_share:
                self.number += 1
                last = moment + self.rng.randint(1, LONGEST_CHANGE)
                change = self.rng.choice([*CHANGES, *MOST_FREQUENT * 3])
                self.changes.setdefault(document.path, []).append((last, change, self.number))

    def changed(self, document, moment):
        changes = [change for change in self.changes.get(document.path, ()) if moment < change[0]]
        self.changes[document.path] = changes
        if not changes:
            return document
        fields = deepcopy(document.fields)
        for _last, name, number in changes:
            CHANGES[name](fields, number, document.path)
        return Document(document.path, fields, write_document(fields))


# What a change does to a document's fields -----------------------------------------------------------


def change_title(fields, number, path):
    fields["title"] = f"{fields['title']} ({number})"


def change_excerpt(fields, number, path):
    fields["excerpt"] = f"Revised for the {number}th time. {fields.get('excerpt') or ''}".rstrip()


def drop_excerpt(fields, number, path):
    fields.pop("excerpt", None)


def change_scores(fields, number, path):
    fields["heat"], fields["quality"] = 10 + number, 20 + number % 50


def drop_published(fields, number, path):
    fields.pop("published", None)


def flip_published(fields, number, path):
    fields["published"] = not fields.get("published", False)


def mark_removed(fields, number, path):
    fields["removed"] = True


def postpone(fields, number, path):
    fields["publishedDateTime"] = f"2199-01-{number % 28 + 1:02}T08:00:00Z"


def drop_date(fields, number, path):
    fields.pop("publishedDateTime", None)


def add_topic(fields, number, path):
    fields["topics"] = [*(fields.get("topics") or []), f"Topic {number % 7}"]


def drop_topic(fields, number, path):
    fields["topics"] = (fields.get("topics") or [])[1:]


def drop_related(fields, number, path):
    fields["related"] = without(fields.get("related"), number)


def add_related(fields, number, path):
    item = {
        "title": f"Coverage {number}",
        "webUrl": f"https://more.example/{number}",
        "type": "article",
        "provider": {"name": "More", "domain": "more.example"},
        "quality": 30,
    }
    related = list(fields.get("related") or [])
    related.insert(number % (len(related) + 1), item)
    fields["related"] = related


def change_related(fields, number, path):
    for item in (fields.get("related") or [])[:1]:
        item["excerpt"] = f"Revised {number}."


def add_related_image(fields, number, path):
    for item in (fields.get("related") or [])[:2]:
        item["images"] = [*(item.get("images") or []), {"url": f"https://img.example/{number}-copy.jpg", "width": 320}]


def drop_related_image(fields, number, path):
    for item in (fields.get("related") or [])[:2]:
        item["images"] = without(item.get("images"), number)


def change_related_image(fields, number, path):
    for item in (fields.get("related") or [])[:2]:
        for image in item.get("images") or []:
            image["title"] = f"Revised {number}."


def reorder_related(fields, number, path):
    fields["related"] = list(reversed(fields.get("related") or []))


def drop_image(fields, number, path):
    fields["images"] = without(fields.get("images"), number)


def add_image(fields, number, path):
    image = {"url": f"https://img.example/{number}.jpg", "width": 640, "height": 360, "isCached": True}
    images = list(fields.get("images") or [])
    images.insert(number % (len(images) + 1), image)
    fields["images"] = images


def change_url(fields, number, path):
    if link_of(fields):
        fields["webUrl"] = fields["originalUrl"] = f"https://edition{number % 3}.example/{path}"


def add_tracking(fields, number, path):
    for key in ("webUrl", "originalUrl"):
        if fields.get(key) and "?" not in fields[key] and "#" not in fields[key]:
            fields[key] += f"?utm_source=mail{number}"


def without(items, number):
    """Return a list without the item that a number selects."""
    items = list(items or [])
    if items:
        items.pop(number % len(items))
    return items


CHANGES = {
    function.__name__: function
    for function in (
        *(change_title, change_excerpt, drop_excerpt, change_scores, drop_published, flip_published),
        *(mark_removed, postpone, drop_date),
        *(add_topic, drop_topic, drop_related, add_related, change_related, reorder_related),
        *(add_related_image, drop_related_image, change_related_image),
        *(drop_image, add_image, change_url, add_tracking),
    )
}

# What returns later must not bring back what an editor removed.
MOST_FREQUENT = ("drop_related", "drop_image", "drop_topic")


# Where the documents come from ------------------------------------------------------------------------


def archive_moments(folder):
    """Return the moments of a folder of archives, one for each, in the order of their names."""
    return [read_archive(path) for path in sorted(Path(folder).glob("*.tar.gz"))]


def read_archive(path):
    moment = []
    with tarfile.open(path) as archive:
        for member in archive:
            if member.isfile():
                text = archive.extractfile(member).read().decode()
                moment.append(Document(member.name.removeprefix("./"), parse_document(text), text))
    return moment


def generated_moments(seed, count, number):
    """Return `number` moments of generated documents: half of `count` at first, all of them at the last one.

    Some files have the URL of the one before, half of them its title too.
    """
    base = []
    for position, (name, text) in enumerate(documents(count, seed=f"documents {seed}")):
        fields = parse_document(text)
        if position % PAIR_EVERY == PAIR_EVERY - 1:
            fields["webUrl"] = base[-1].fields["webUrl"]
            if position % (2 * PAIR_EVERY) == PAIR_EVERY - 1:
                fields["title"] = base[-1].fields["title"]
        base.append(Document(name, fields, write_document(fields)))
    sizes = [count // 2 + (count - count // 2) * moment // max(number - 1, 1) for moment in range(number)]
    return [base[:size] for size in sizes]


def as_tar(moment):
    """Return a moment's documents as the bytes of an uncompressed tar archive."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for document in moment:
            content = document.text.encode()
            member = tarfile.TarInfo(document.path)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return buffer.getvalue()


def contested_paths(moment, following):
    """Return the paths of the documents that differ in the following moment, where an edit meets a change."""
    before = {document.path: document.fields for document in moment}
    return {
        document.path
        for document in following
        if document.path in before and without_secret(document.fields) != without_secret(before[document.path])
    }


def without_secret(fields):
    return {key: value for key, value in fields.items() if key != "secured"}


def identities(moment):
    return {identity_of(document.path, document.fields) for document in moment}
