"""Field types: each takes a node as it was written and returns a JSON-able value, or says what is wrong."""

import math
import re
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cached_property, lru_cache

from django.utils.dateparse import parse_duration
from yaml import ScalarNode
from yaml.resolver import Resolver

from articles.importing.nodes import Plain
from articles.importing.problems import Level, Problem, field_path
from articles.web_urls import check_image_url, check_web_url, is_ordinary_url
from providers.domains import normalise_domain

CONTROL = re.compile(r"[\x01-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ufdd0-\ufdef\ufffe\uffff]")
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
UNWRITTEN = "$yaml"
# A document's own key of that name gets one more $, so that nothing in it is taken for such a value.
LIKE_UNWRITTEN = re.compile(r"\$+yaml")
LONGEST = timedelta(days=3650)
LIKE_A_BLOB = re.compile(r"[A-Za-z0-9+/=]{20}")


class Findings:
    """The problems found in one document, each with the path of its field.

    While a document is read a path is () or a pair (path, step), as most are never looked at; what is found
    has them as tuples of steps.
    """

    def __init__(self):
        self.found = []
        self.broken = set()

    def error(self, path, message):
        path = steps_of(path)
        self.broken.update(path[:length] for length in range(1, len(path) + 1))
        self.found.append((path, Problem(message, field_path(path))))

    def warning(self, path, message):
        path = steps_of(path)
        self.found.append((path, Problem(message, field_path(path), Level.WARNING)))


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

    def read(self, node, path, findings):
        if node.__class__ is not str:
            if is_null(node):
                return None
            if not isinstance(node, str):
                findings.error(path, f"a single value is expected here, not a {kind_of(node)}")
                return None
            node = str(node)
        try:
            return self.convert(node, path, findings)
        except (ValueError, OverflowError) as error:
            findings.error(path, str(error))
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
        if "\x00" in text:
            raise ValueError("the character U+0000 may not stand in a text")
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

    def quick(self, node):
        if isinstance(node, str) and SIMPLE_TIME.fullmatch(node) and is_day(node[:10]):
            return str(node)
        return None

    def convert(self, text, path, findings):
        try:
            when = datetime.fromisoformat(text.strip())
        except ValueError:
            raise ValueError(f"{quote(text)} is not a date and time such as 2020-06-11T13:11:00Z") from None
        has_zone = when.tzinfo is not None
        if not has_zone:
            when = when.replace(tzinfo=UTC)
        # In UTC, as that is how it is exported and imported again. A year away first, as UTC has no year 0 or 10000.
        if not YEARS[0] - 1 <= when.year <= YEARS[-1] + 1 or not EARLIEST <= when.astimezone(UTC) < LATEST:
            raise ValueError(f"the year {when.year} is not between {YEARS[0]} and {YEARS[-1]}")
        if not has_zone:
            findings.warning(path, "no time zone is given; taken as UTC")
        return when.astimezone(UTC).isoformat().replace("+00:00", "Z")


class Duration(FieldType):
    """An ISO 8601 duration such as PT17M39S, kept as written."""

    def convert(self, text, path, findings):
        try:
            length = parse_duration(text) if text.startswith("P") else None
        except OverflowError:
            length = timedelta.max
        if length is None:
            raise ValueError(f"{quote(text)} is not a duration such as PT17M39S")
        if not timedelta(0) <= length <= LONGEST:
            raise ValueError(f"a length is at most {LONGEST.days} days")
        return text


@dataclass(frozen=True)
class WebAddress(FieldType):
    """An http(s) URL, kept as written; for images a path on the provider's site as well."""

    is_image: bool = False

    def quick(self, node):
        return node if node.__class__ is str and is_ordinary_url(node) else None

    def convert(self, text, path, findings):
        url = text.strip()
        (check_image_url if self.is_image else check_web_url)(url)
        return url


class Domain(FieldType):
    """A domain, returned in lower case and IDNA, without `www.`."""

    def quick(self, node):
        return known_domain(node) if node.__class__ is str or is_a_word(node) else None

    def convert(self, text, path, findings):
        return normalise_domain(text)


@dataclass(frozen=True)
class ListOf:
    """A list of at most `limit` values of one type; those without a value are left out."""

    item: object
    limit: int
    quick = None

    def read(self, node, path, findings):
        if is_null(node):
            return None
        if not isinstance(node, list):
            findings.error(path, f"a list is expected here, not a {kind_of(node)}")
            return None
        if len(node) > self.limit:
            findings.error(path, f"{len(node):,} entries; at most {self.limit:,} are taken")
            return None
        quick, read, values = self.item.quick, self.item.read, []
        for index, entry in enumerate(node):
            value = quick(entry) if quick is not None else None
            if value is None:
                value = read(entry, (path, index), findings)
            if value is not None:
                values.append(value)
        return values


@dataclass(frozen=True)
class Mapping:
    """A mapping of typed fields; fields it does not know are kept as they are."""

    fields: dict
    required: tuple = field(default=())
    quick = None

    @cached_property
    def readers(self):
        """The fields' ways of being read, looked up once: {key: (quick, read)}."""
        return {key: (known.quick, known.read) for key, known in self.fields.items()}

    def read(self, node, path, findings):
        if is_null(node):
            return None
        if not isinstance(node, dict):
            findings.error(path, f"a mapping of fields is expected here, not a {kind_of(node)}")
            return None
        values, readers = {}, self.readers
        for key, below in node.items():
            if key not in readers:
                values[stored_key(key)] = ANYTHING.read(below, (path, key), findings)
                continue
            quick, read = readers[key]
            value = quick(below) if quick is not None else None
            if value is None:
                value = read(below, (path, key), findings)
            if value is not None:
                values[key] = value
        for key in self.required:
            if values.get(key) is None and steps_of((path, key)) not in findings.broken:
                findings.error((path, key), f"there is no {key}")
        return values


class Anything:
    """A value of a field that Newsroom does not know: kept, and typed as YAML 1.1 does.

    What JSON has no type for (a date, 007) is kept as {"$yaml": "as written"}, so that an export can
    write it again.
    """

    quick = None

    def read(self, node, path, findings):
        if isinstance(node, dict):
            return {stored_key(key): self.read(below, (path, key), findings) for key, below in node.items()}
        if isinstance(node, list):
            return [self.read(below, (path, index), findings) for index, below in enumerate(node)]
        if "\x00" in node:
            findings.error(path, "the character U+0000 may not stand in a text")
            return None
        return untyped(node) if isinstance(node, Plain) else node


def stored_key(key):
    """Return the key under which a field that Newsroom does not know is stored."""
    return f"${key}" if LIKE_UNWRITTEN.fullmatch(key) else key


def written_key(key):
    """Return the key as it was written of which `stored_key` made `key`."""
    return key[1:] if key[:2] == "$$" and LIKE_UNWRITTEN.fullmatch(key) else key


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
