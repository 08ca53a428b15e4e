"""Field types: each takes a node as it was written and returns a JSON-able value, or says what is wrong.

A fault costs the field it is in, with a warning; only in the few fields of `Findings.strict` is it an error.
"""

import math
import re
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import cached_property, lru_cache

from yaml import ScalarNode
from yaml.resolver import Resolver

from articles.canonical_urls import check_image_url, check_web_url, domain_of, is_ordinary_url
from articles.documents import as_written
from articles.documents.as_written import AS_WRITTEN, raw_of
from articles.documents.durations import duration_of, is_iso_duration, iso_duration, spoken_duration
from articles.documents.nodes import UNWRITTEN, Plain, stored_key
from articles.documents.problems import Level, Problem, field_path
from providers.domains import normalise_domain

CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ufdd0-\ufdef\ufffe\uffff]")
WHOLE_NUMBER = re.compile(r"[-+]?[0-9]{1,18}(\.0+)?")
NUMBER = re.compile(r"[-+]?[0-9]{1,18}(\.[0-9]{1,18})?([eE][-+]?[0-9]{1,2})?")
SIMPLE_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]Z")
SMALL_NUMBERS = {str(number): number for number in range(10_000)}
UPSTREAMS_WORDS = {"true": True, "false": False}
TRUE_WORDS = frozenset({"true", "yes", "on"})
FALSE_WORDS = frozenset({"false", "no", "off"})
NULL_WORDS = frozenset({"", "~", "null", "Null", "NULL"})
YEARS = range(1900, 2200)
# A day before and after these years: where the first and the last of them begin and end in some time zone.
EARLIEST, LATEST = datetime(1899, 12, 31, tzinfo=UTC), datetime(2200, 1, 2, tzinfo=UTC)
# What people type into a URL and browsers encode.
UNENCODED = re.compile(r'[ "<>]')
LIKE_A_KEY = re.compile(r"[a-z_$][\w$-]*")
LIKE_A_BLOB = re.compile(r"[A-Za-z0-9+/=]{20}")


class Findings:
    """The problems found in one document, each with the path of its field.

    While a document is read a path is () or a pair (path, step), as most are never looked at; what is found
    has them as tuples of steps. `strict` are the paths of the fields without which there is no document, `nodes` the
    document's mapping.
    """

    def __init__(self, strict=frozenset(), nodes=()):
        self.found = []
        self.broken = set()
        self.strict, self.nodes = strict, nodes

    @property
    def scheme(self):
        """The scheme of the document's own URL, https if it has none."""
        urls = [self.nodes[key] for key in ("webUrl", "originalUrl") if key in self.nodes]
        url = next((url for url in urls if isinstance(url, str) and not is_empty(url)), "")
        return "http" if url.strip().lower().startswith("http:") else "https"

    def error(self, path, message):
        self.add(path, message, Level.ERROR)

    def warning(self, path, message):
        self.add(path, message, Level.WARNING)

    def fault(self, path, message):
        """Report a value that cannot be taken: an error in a strict field, elsewhere a warning."""
        if steps_of(path)[:1] in self.strict:
            self.error(path, message)
        else:
            self.warning(path, f"{message}; left out")

    def add(self, path, message, level):
        path = steps_of(path)
        self.broken.update(path[:length] for length in range(1, len(path) + 1))
        self.found.append((path, Problem(message, field_path(path), level)))

    def has(self, path):
        """Tell whether something was found in the field at `path` or below it."""
        return steps_of(path) in self.broken


def steps_of(path):
    """Return the tuple of steps of a path of pairs."""
    steps = []
    while path:
        path, step = path
        steps.append(step)
    return tuple(reversed(steps))


def quote(text):
    """Return the beginning of what was written, to be named in a message; never of what may be a blob."""
    return "what stands here" if LIKE_A_BLOB.search(text) else repr(text[:40])


def is_null(node):
    """Whether a field is there without a value."""
    return isinstance(node, Plain) and node in NULL_WORDS


def is_empty(node):
    """Whether a field says nothing: no value, blank text, or a list or mapping of nothing else."""
    if isinstance(node, str):
        return not node or node.isspace() or is_null(node)
    return all(map(is_empty, node.values() if isinstance(node, dict) else node))


def is_a_word(node):
    """Whether a value is there, written without quotes."""
    return node.__class__ is Plain and node not in NULL_WORDS


@lru_cache(maxsize=10_000)
def is_day(text):
    """Whether `text`, YYYY-MM-DD, is a day of a year that is taken."""
    try:
        return date.fromisoformat(text).year in YEARS
    except ValueError:
        return False


@lru_cache(maxsize=10_000)
def known_domain(text):
    """Return a domain normalised, None where something is wrong with it."""
    try:
        return normalise_domain(text)
    except ValueError:
        return None


class FieldType:
    """A type of field. `read` returns None for a field without a value, and for one with an error.

    `quick` returns what `read` does for what is nearly always written, and None for anything that takes a closer look.
    """

    quick = None
    # Whether a text that is read as another text is also kept as written.
    is_kept_as_written = True

    def read(self, node, path, findings):
        if is_empty(node):
            return None
        if not isinstance(node, str):
            findings.fault(path, f"a single value is expected here, not a {kind_of(node)}")
            return None
        try:
            return self.convert(str(node), path, findings)
        except (ValueError, OverflowError) as error:
            findings.fault(path, str(error))
            return None


@dataclass(frozen=True)
class Text(FieldType):
    """Text of at most `limit` characters; what was written, even `2020` or `no`."""

    limit: int

    def quick(self, node):
        if is_a_word(node):
            node = str(node)
        # Most texts are like this, and nothing of what `convert` looks for can be in them.
        if node.__class__ is str and node.isprintable() and len(node) <= self.limit and node and not node.isspace():
            return node
        return None

    def convert(self, text, path, findings):
        if CONTROL.search(text):
            text = CONTROL.sub("", text)
            findings.warning(path, "control characters were left out")
        if len(text) > self.limit:
            raise ValueError(f"{len(text):,} characters; at most {self.limit:,} are taken")
        return text if text.strip() else None


@dataclass(frozen=True)
class Integer(FieldType):
    """A whole number from `least` to `most`."""

    least: int
    most: int

    def quick(self, node):
        number = SMALL_NUMBERS.get(node) if node.__class__ is Plain else None
        return number if number is not None and self.least <= number <= self.most else None

    def convert(self, text, path, findings):
        if not WHOLE_NUMBER.fullmatch(text.strip()):
            raise ValueError(f"{quote(text)} is not a whole number")
        number = int(text.strip().partition(".")[0])
        if not self.least <= number <= self.most:
            raise ValueError(f"{number:,} is not between {self.least:,} and {self.most:,}")
        return number


@dataclass(frozen=True)
class Number(FieldType):
    """A number from `least` to `most`."""

    least: float
    most: float

    def convert(self, text, path, findings):
        if not NUMBER.fullmatch(text.strip()):
            raise ValueError(f"{quote(text)} is not a number")
        number = float(text)
        if not self.least <= number <= self.most:
            raise ValueError(f"{number:g} is not between {self.least:g} and {self.most:g}")
        return number


class Boolean(FieldType):
    """True or false, in any of YAML's words for them."""

    def quick(self, node):
        return UPSTREAMS_WORDS.get(node) if node.__class__ is Plain else None

    def convert(self, text, path, findings):
        word = text.strip().lower()
        if word in TRUE_WORDS or word in FALSE_WORDS:
            return word in TRUE_WORDS
        raise ValueError(f"{quote(text)} is neither true nor false")


class Timestamp(FieldType):
    """A time in ISO 8601, returned in UTC as `YYYY-MM-DDTHH:MM:SS[.ffffff]Z`; without zone it is taken as UTC."""

    is_kept_as_written = False

    def quick(self, node):
        if isinstance(node, str) and SIMPLE_TIME.fullmatch(node) and is_day(node[:10]):
            return str(node)
        return None

    def convert(self, text, path, findings):
        try:
            when = datetime.fromisoformat(text.strip())
        except ValueError:
            raise ValueError(f"{quote(text)} is not a date and time such as 2020-06-11T13:11:00Z") from None
        if when.year == 1:
            raise ValueError("the year 1 stands for no date")
        has_zone = when.tzinfo is not None
        if not has_zone:
            when = when.replace(tzinfo=UTC)
        # In UTC, as that is how it is exported and imported again. A year away first, as UTC has no year 0 or 10000.
        if not YEARS[0] - 1 <= when.year <= YEARS[-1] + 1 or not EARLIEST <= when.astimezone(UTC) < LATEST:
            raise ValueError(f"the year {when.year} is not between {YEARS[0]} and {YEARS[-1]}")
        if not has_zone:
            findings.warning(path, "no time zone is given; taken as UTC")
        return when.astimezone(UTC).isoformat().replace("+00:00", "Z")


@dataclass(frozen=True)
class Duration(FieldType):
    """A length of time, returned as ISO 8601 where it has a fixed length, else as written, of `limit` characters."""

    limit: int

    def convert(self, text, path, findings):
        text = Text(self.limit).convert(text.strip(), path, findings)
        if text is None or duration_of(text) is not None:
            return text
        length = spoken_duration(text)
        if length is not None:
            findings.warning(path, f"{quote(text)} is not ISO 8601; taken as {iso_duration(length)}")
            return iso_duration(length)
        if not is_iso_duration(text):
            findings.warning(path, f"{quote(text)} is not a duration such as PT17M39S; kept as written")
        return text


@dataclass(frozen=True)
class WebAddress(FieldType):
    """An http(s) URL, kept as written; for images a path on the provider's site as well.

    Characters that need encoding are encoded, and `//host/path` takes the story's scheme, each with a warning.
    """

    is_image: bool = False

    def quick(self, node):
        return node if node.__class__ is str and is_ordinary_url(node) else None

    def convert(self, text, path, findings):
        url, remarks = text.strip(), []
        if url.startswith("//") and steps_of(path) not in findings.strict:
            url = f"{findings.scheme}:{url}"
            remarks.append(f"the URL has no scheme; taken as {findings.scheme}")
        if UNENCODED.search(url):
            url = UNENCODED.sub(lambda match: f"%{ord(match[0]):02X}", url)
            remarks.append("the URL holds characters that must be encoded, such as a blank; they are encoded")
        (check_image_url if self.is_image else check_web_url)(url)
        for remark in remarks:
            findings.warning(path, remark)
        return url


class Domain(FieldType):
    """A domain, returned in lower case and IDNA, without `www.`."""

    def quick(self, node):
        return str(node) if (node.__class__ is str or is_a_word(node)) and known_domain(node) == node else None

    def convert(self, text, path, findings):
        return normalise_domain(text)


@dataclass(frozen=True)
class ListOf:
    """A list of at most `limit` values of one type; those without a value are left out. One value is a list of one."""

    item: object
    limit: int
    quick = None

    def read(self, node, path, findings):
        if not isinstance(node, list):
            if is_empty(node):
                return None
            node = [node]
        if len(node) > self.limit:
            findings.warning(path, f"{len(node):,} entries; only the first {self.limit:,} are taken")
            node = node[: self.limit]
        quick, read, values = self.item.quick, self.item.read, []
        for index, entry in enumerate(node):
            value = quick(entry) if quick is not None else None
            if value is None:
                # Only texts are read quickly.
                is_no_text = quick is not None and entry.__class__ is dict
                text = text_in_mapping(entry, (path, index), findings) if is_no_text else entry
                value = read(text, (path, index), findings)
            if value is not None:
                values.append(value)
        return values


def text_in_mapping(entry, path, findings):
    """Return the text that a mapping in a list of texts can only mean, or the mapping itself.

    `DM: Example` is a text with a colon, and a mapping with a title or name is that. No key of the format has
    capitals or blanks at its beginning.
    """
    if len(entry) == 1:
        ((name, value),) = entry.items()
        if isinstance(value, str) and not LIKE_A_KEY.fullmatch(name):
            findings.warning(path, "the text holds a colon; put the text in quotes")
            return f"{name}:" if is_null(value) else f"{name}: {value}"
    for name in ("title", "name"):
        if isinstance(entry.get(name), str):
            findings.warning(path, f"a single value is expected here, not a mapping; taken as its {name}")
            return entry[name]
    return entry


@dataclass(frozen=True)
class Mapping:
    """A mapping of typed fields; fields it does not know are kept as they are.

    A single value where the mapping belongs is its field `short`. Unless all `usual` fields have values, `check`
    completes those that were read and reports what is missing.
    """

    fields: dict
    required: tuple = field(default=())
    short: str = ""
    usual: tuple = ()
    check: object = None
    quick = None

    @cached_property
    def readers(self):
        """The fields' ways of being read, looked up once: {key: (quick, read)}."""
        return {key: (known.quick, known.read) for key, known in self.fields.items()}

    def read(self, node, path, findings):  # noqa: C901, PLR0912 - a call for each field costs more than all of it
        if not isinstance(node, dict):
            if is_empty(node):
                return None
            if not self.short or not isinstance(node, str):
                findings.fault(path, f"a mapping of fields is expected here, not a {kind_of(node)}")
                return None
            findings.warning(path, f"a mapping of fields is expected here; taken as its {self.short}")
            node = {self.short: node}
        values, readers = {}, self.readers
        for key, below in node.items():
            if key not in readers:
                values[stored_key(key)] = ANYTHING.read(below, (path, key), findings)
                continue
            quick, read = readers[key]
            value = quick(below) if quick is not None else None
            if value is None:
                value = read(below, (path, key), findings)
                is_mapping = value.__class__ is dict and below.__class__ is dict
                if not is_mapping and is_read_otherwise(value, below, self.fields[key]):
                    as_written.keep(values, key, raw_of(below, untyped))
            if value is not None:
                values[key] = value
        for key in self.required:
            if values.get(key) is None and not findings.has((path, key)):
                findings.error((path, key), f"there is no {key}")
        if len(values) < 2 and path and is_empty(node):
            return None
        for key in self.usual:
            if key not in values:
                self.check(values, path, findings)
                break
        return values


def is_read_otherwise(value, node, kind):
    """Whether an export of `value` would not be what was written in a field of the type `kind`."""
    if value is None:
        return True
    if value.__class__ is list:
        if node.__class__ is not list or len(value) != len(node):
            return True
        return value != node if is_list_of_text(kind) else [*map(type, value)] != [*map(type, node)]
    if value.__class__ is dict:
        return node.__class__ is not dict
    if value.__class__ is str:
        return value != node and kind.is_kept_as_written
    # A number or truth value in quotes.
    return node.__class__ is str and kind.is_kept_as_written


def is_list_of_text(kind):
    return kind.__class__ is ListOf and kind.item.__class__ is Text


def check_image(values, path, findings):
    """Report a picture without a URL."""
    if "url" not in values and not findings.has((path, "url")):
        findings.warning((path, "url"), "there is no URL; the picture is not shown")


def check_coverage(values, path, findings):
    """Report a related item without a URL, and give one without a title a name to be shown by."""
    url = values.get("webUrl") or values.get("originalUrl")
    if not url and not (findings.has((path, "webUrl")) or findings.has((path, "originalUrl"))):
        findings.warning((path, "webUrl"), "there is no URL; shown without a link")
    if "title" not in values:
        name = values.get("provider", {}).get("name") or (domain_of(url) if url else "")
        if not findings.has((path, "title")):
            shown = f"shown as {quote(name)}" if name else "not shown"
            findings.warning((path, "title"), f"there is no title; {shown}")
        if name:
            if "title" not in values.get(AS_WRITTEN, {}):
                as_written.keep(values, "title")
            values["title"] = name


class Anything:
    """A value of a field that Newsroom does not know: kept, and typed as YAML 1.1 does.

    What JSON has no type for (a date, 007) is kept as {"$yaml": "as written"}, so that an export can
    write it again.
    """

    quick = None
    is_kept_as_written = False

    def read(self, node, path, findings):
        if isinstance(node, dict):
            return {stored_key(key): self.read(below, (path, key), findings) for key, below in node.items()}
        if isinstance(node, list):
            return [self.read(below, (path, index), findings) for index, below in enumerate(node)]
        if "\x00" in node:
            findings.warning(path, "control characters were left out")
            node = type(node)(node.replace("\x00", ""))
        return untyped(node) if isinstance(node, Plain) else node


def untyped(node):
    """Return the value YAML 1.1 gives to an unquoted scalar, if JSON has it and writes it the same way."""
    tag = RESOLVER.resolve(ScalarNode, str(node), (True, False)).rpartition(":")[2]
    if tag == "str":
        return str(node)
    if tag == "null":
        return None
    if tag == "bool":
        return node.lower() in TRUE_WORDS
    if tag in ("int", "float"):
        try:
            number = (int if tag == "int" else float)(node)
        except ValueError:
            return {UNWRITTEN: str(node)}
        if (isinstance(number, int) or math.isfinite(number)) and str(number) == node:
            return number
    return {UNWRITTEN: str(node)}


def kind_of(node):
    """Return the word for what a node is."""
    return "mapping" if isinstance(node, dict) else "list" if isinstance(node, list) else "single value"


RESOLVER = Resolver()
ANYTHING = Anything()
