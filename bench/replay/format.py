"""The document format in plain Python, written from docs/import-format.md and using nothing of the newsroom's code."""

import re
import unicodedata
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit

import yaml

TRACKING_LIST = Path(__file__).resolve().parents[2] / "articles" / "data" / "tracking_parameters.txt"
ESCAPE = re.compile(r"%[0-9A-Fa-f]{2}")
UNRESERVED = re.compile(r"[A-Za-z0-9._~-]")
DEFAULT_PORTS = {"http": 80, "https": 443}
# Fields that are merged as one value.
TEXTS = (
    *("title", "excerpt", "category", "featuredContent"),
    *("webUrl", "originalUrl", "ampWebUrl", "cdnAmpWebUrl"),
)
SCALARS = (*TEXTS, "type", "quality", "heat", "publishedDateTime", "provider")
LISTS = ("images", "related")
ROW_TEXTS = ("excerpt", "webUrl", "originalUrl", "ampWebUrl", "cdnAmpWebUrl")


def read_tracking_parameters():
    lines = TRACKING_LIST.read_text().splitlines()
    return {line.strip().lower() for line in lines if line.strip() and not line.startswith("#")}


TRACKING = read_tracking_parameters()


def is_tracking(name):
    """Return whether a query parameter is on the list, where a name that ends in `*` is a prefix."""
    name = unquote(name).lower()
    return name in TRACKING or any(entry.endswith("*") and name.startswith(entry[:-1]) for entry in TRACKING)


def canonical_url(url):
    """Return the form of a URL that all spellings of one page share."""
    url = unicodedata.normalize("NFC", url.strip()).replace("&amp;", "&").replace("&#038;", "&")
    parts = urlsplit(url)
    host = (parts.hostname or "").lower().removeprefix("www.")
    port = "" if parts.port in (None, DEFAULT_PORTS.get(parts.scheme)) else f":{parts.port}"
    path = canonical_escapes(parts.path).rstrip("/").removesuffix("/amp").rstrip("/")
    pairs = [text.partition("=") for text in parts.query.split("&") if text]
    pairs = [(name.lower(), value) for name, _equals, value in pairs if not is_tracking(name) and name.lower() != "amp"]
    query = "&".join(f"{canonical_escapes(name)}={canonical_escapes(value)}" for name, value in sorted(pairs))
    fragment = parts.fragment if parts.fragment.startswith(("!", "/")) else ""
    return f"{host}{port}{path}?{query}#{fragment}"


def canonical_escapes(text):
    def replace(match):
        character = chr(int(match[0][1:], 16))
        return character if UNRESERVED.fullmatch(character) else match[0].upper()

    return quote(ESCAPE.sub(replace, text), safe="%/:@!$&'()*+,;=~")


def parse_document(text):
    """Return the fields of a document's YAML, times as text."""
    fields = yaml.load(text.split("---\n")[1], yaml.CSafeLoader)
    return plain_times(fields)


def plain_times(value):
    if isinstance(value, dict):
        return {key: plain_times(each) for key, each in value.items()}
    if isinstance(value, list):
        return [plain_times(each) for each in value]
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    return value


def write_document(fields):
    """Return the text of a document with these fields."""
    return f"---\n{yaml.dump(fields, Dumper=yaml.CSafeDumper, allow_unicode=True, sort_keys=False)}---\n"


def plain_text(value):
    """Return a text to compare: white space is not compared, and empty means absent."""
    return " ".join(str(value).split()) if value not in (None, [], {}) else ""


def time_of(value):
    if not value:
        return None
    time = value if isinstance(value, datetime) else datetime.fromisoformat(str(value).replace("Z", "+00:00"))
    return (time if time.tzinfo else time.replace(tzinfo=UTC)).astimezone(UTC)


def number_of(value):
    return None if value in (None, "") else int(value)


def link_of(fields):
    return plain_text(fields.get("webUrl")) or plain_text(fields.get("originalUrl"))


def identity_of(path, fields):
    """Return what identifies a document: its URL, or the path of its file without the extension."""
    link = link_of(fields)
    return canonical_url(link) if link else f"path:{path.rpartition('.')[0]}"


def provider_of(fields):
    """Return the outlet as (domain, name), in a spelling for comparing; None if nothing names one."""
    provider = fields.get("provider") or {}
    link = link_of(fields)
    domain = plain_text(provider.get("domain")) or (urlsplit(link).hostname or "" if link else "")
    domain = domain.lower().removeprefix("www.")
    name = plain_text(provider.get("name")) or domain
    return (domain, name.casefold()) if name else None


def read_fields(fields):
    """Return a document's fields as a story has them: {key: value} of SCALARS, `published`, `topics` and LISTS."""
    story = {key: plain_text(fields.get(key)) for key in TEXTS}
    heat = number_of(fields.get("heat"))
    topics = [plain_text(topic) for topic in fields.get("topics") or [] if plain_text(topic)]
    return story | {
        "type": plain_text(fields.get("type")) or "article",
        "quality": number_of(fields.get("quality")),
        "heat": -1 if heat is None else heat,
        "publishedDateTime": time_of(fields.get("publishedDateTime")),
        "provider": provider_of(fields),
        "published": fields.get("published"),
        "removed": bool(fields.get("removed")),
        "topics": list(dict.fromkeys(topics)),
        "images": keyed_images(fields.get("images")),
        "related": keyed_related(fields.get("related")),
    }


def keyed_images(images):
    """Return {URL: {key: value}} of pictures with a URL, the first of several with the same one."""
    rows = {}
    for image in images or []:
        if plain_text(image.get("url")):
            rows.setdefault(plain_text(image["url"]), image_row(image))
    return rows


def image_row(image):
    return {
        "width": number_of(image.get("width")),
        "height": number_of(image.get("height")),
        "isCached": bool(image.get("isCached")),
        "title": plain_text(image.get("title")),
        "attribution": plain_text(image.get("attribution")),
    }


def keyed_related(items):
    """Return {(canonical URL or title, number of earlier ones): {key: value}} of related coverage."""
    rows = {}
    for item in items or []:
        row = related_row(item)
        link = link_of(item)
        rows[free_key(canonical_url(link) if link else row["title"], rows)] = row
    return rows


def related_row(item):
    """Return an item of coverage as {key: value}; `images` are its pictures, as `keyed_images` returns them."""
    return {
        "title": plain_text(item.get("title")) or plain_text((item.get("provider") or {}).get("name")),
        **{key: plain_text(item.get(key)) for key in ROW_TEXTS},
        "type": plain_text(item.get("type")) or "article",
        "quality": number_of(item.get("quality")),
        "publishedDateTime": time_of(item.get("publishedDateTime")),
        "updatedDateTime": time_of(item.get("updatedDateTime")),
        "provider": provider_of(item),
        "images": keyed_images(item.get("images")),
    }


def free_key(name, rows):
    """Return (name, number) with the first number that `rows` does not have."""
    number = 0
    while (name, number) in rows:
        number += 1
    return name, number
