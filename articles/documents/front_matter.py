"""Splitting a document's bytes into its YAML and its body."""

import codecs
import re
from dataclasses import dataclass, field

from articles.documents.problems import Level, Problem, UnreadableDocument

FENCE = re.compile(r"^---(?:[ \t]+#[^\n]*|[ \t]*)\r?$", re.MULTILINE)
END_OF_YAML = re.compile(r"^\.\.\.(?:[ \t]+#[^\n]*|[ \t]*)$", re.MULTILINE)
# Ignored before the first line of ---, with a warning.
BEFORE_FENCE = (
    ("a blank line", re.compile(r"[ \t]*\n")),
    ("a comment", re.compile(r"[ \t]*#[^\n]*\n")),
    ("an HTML comment", re.compile(r"[ \t]*<!--.*?-->[ \t]*\n?", re.DOTALL)),
    ("a YAML directive", re.compile(r"%[A-Z]+[^\n]*\n")),
)
NEARLY_A_FENCE = re.compile(r"(?:[ \t]+---|[ \t]*-{4,}|[ \t]*[\u2013\u2014]+-?)[ \t]*\n")
# A line of front matter: a field, an entry, a continuation, a comment, or nothing.
LINE_OF_YAML = re.compile(r"[\w$\"'-]+[ \t]*:(?:[ \t]|$)|[ \t]|-[ \t]|#|$")
FIELD = re.compile(r"([\w-]+)[ \t]*:(?:[ \t]|$)")
CODE_FENCE = re.compile(r"^[ \t]{0,3}(?:```|~~~)", re.MULTILINE)
BYTE_ORDER_MARK = "\ufeff"
# The first match counts, as the mark of UTF-32 begins with that of UTF-16.
MARKS_OF_ENCODINGS = (
    (codecs.BOM_UTF32_LE, "UTF-32"),
    (codecs.BOM_UTF32_BE, "UTF-32"),
    (codecs.BOM_UTF16_LE, "UTF-16"),
    (codecs.BOM_UTF16_BE, "UTF-16"),
)
WHOLE_YAML = (".yaml", ".yml")


@dataclass
class FrontMatter:
    """The YAML of a document, the number of lines before it, and the body after it, with LF line ends.

    `is_closed` is False if the line of --- after the YAML is missing; `warnings` are about unusual forms.
    """

    yaml: str
    lines_before: int
    body: str
    is_closed: bool = True
    warnings: list[Problem] = field(default_factory=list)


def split_quickly(content: bytes) -> FrontMatter | None:
    """Return the FrontMatter of `content` if it has the form of nearly all documents, else None.

    The YAML may still contain a line of `...`, but yaml_fast.py returns None for that.
    """
    try:
        text = content.decode()
    except UnicodeDecodeError:
        return None
    if not text.startswith("---\n") or "\r" in text:
        return None
    end = text.find("\n---", 3)
    if not text.startswith("\n---\n", end) or text.find("---", end + 4) >= 0:
        return None
    body = text[end + 5 :]
    return FrontMatter(text[4 : end + 1], 1, "" if body.isspace() else body)


def split_document(content: bytes, source_name: str) -> FrontMatter:  # noqa: C901 - one step after the other
    """Return the FrontMatter of `content`. Raises UnreadableDocument.

    A document is a mapping between two `---` lines and an optional body, or, without such lines, only YAML.
    """
    text = decode(content)
    warnings: list[Problem] = []
    if text[:1] == BYTE_ORDER_MARK:
        text = text.lstrip(BYTE_ORDER_MARK)
        warn(warnings, "a second byte order mark was removed; save the file as UTF-8 without one", text, 0)
    if not text or text.isspace():
        raise UnreadableDocument(Problem("the document is empty"))
    if "\r" in text:
        text = with_unix_line_ends(text, warnings)
    opening = FENCE.match(text) or late_opening(text, warnings)
    if opening is None and next_line(text, "---", FENCE, 0) is None:
        if NEARLY_A_FENCE.match(text):
            raise UnreadableDocument(Problem("the first line must be --- and nothing else", line=1, column=1))
        return FrontMatter(text, 0, "", warnings=warnings)
    start = opening.end() + 1 if opening else 0
    lines_before = text.count("\n", 0, start)
    if opening is None:
        warn(warnings, "the line --- before the first field is missing; begin the file with it", text, 0)
    closing = closing_fence(text, start)
    for fence in (opening, closing):
        if fence is not None and "#" in fence[0]:
            warn(warnings, "the comment after --- was ignored", text, fence.start())
    if closing is None:
        is_whole_yaml = source_name.lower().endswith(WHOLE_YAML)
        return FrontMatter(text[start:], lines_before, "", is_whole_yaml, warnings)
    if closing[0].startswith("..."):
        warn(warnings, "... was read as the end of the front matter; end it with a line of ---", text, closing.start())
    body = text[closing.end() + 1 :]
    if "---" in body:
        refuse_second_document(text, closing.end() + 1, body)
    return FrontMatter(text[start : closing.start()], lines_before, body if body.strip() else "", warnings=warnings)


def refuse_second_document(text: str, start: int, body: str) -> None:
    """Raise UnreadableDocument if another document begins in `body`, which begins at `start` in `text`."""
    place = second_document(body)
    if place is not None:
        line = text.count("\n", 0, start + place) + 1
        message = "a second document begins here; put each document in a separate file"
        raise UnreadableDocument(Problem(message, line=line, column=1))


def warn(warnings: list[Problem], message: str, text: str, place: int) -> None:
    """Add a warning with the line and column of the index `place` in `text`."""
    line = text.count("\n", 0, place) + 1
    warnings.append(Problem(message, level=Level.WARNING, line=line, column=place - text.rfind("\n", 0, place)))


def with_unix_line_ends(text: str, warnings: list[Problem]) -> str:
    """Return `text` with LF line ends. CRLF is common; other line ends are reported."""
    if "\r\r\n" in text:
        text = text.replace("\r\r\n", "\n")
        warn(warnings, "lines end in CR CR LF; save the file with LF line endings", text, 0)
    text = text.replace("\r\n", "\n")
    if "\r" in text and "\n" not in text:
        text = text.replace("\r", "\n")
        warn(warnings, "lines end in CR; save the file with LF line endings", text, 0)
    return text


def late_opening(text: str, warnings: list[Problem]) -> re.Match[str] | None:
    """Return the match of the first fence if only blank lines, comments and the like are before it, else None."""
    at = 0
    ignored: list[tuple[str, int]] = []
    while True:
        name, match = next(
            ((name, match) for name, pattern in BEFORE_FENCE if (match := pattern.match(text, at))), ("", None)
        )
        if match is None:
            break
        ignored.append((name, at))
        at = match.end()
    fence = FENCE.match(text, at)
    if fence is not None and ignored:
        name, place = ignored[0]
        warn(warnings, f"{name} before the first line of --- was ignored; begin the file with ---", text, place)
    return fence


def closing_fence(text: str, start: int) -> re.Match[str] | None:
    """Return the match of the line that ends the YAML from `start` on: the first --- or ..., or None."""
    closing = next_line(text, "---", FENCE, start)
    if closing is not None and text.find("\n...", start - 1, closing.start()) < 0:
        return closing
    return next_line(text, "...", END_OF_YAML, start) if "\n..." in text else closing


def next_line(text: str, beginning: str, pattern: re.Pattern[str], start: int) -> re.Match[str] | None:
    """Return the first match of `pattern` at a line with this beginning; `start` is the beginning of a line."""
    at = start
    while at >= 0:
        match = pattern.match(text, at)
        if match is not None:
            return match
        line_break = text.find(f"\n{beginning}", at)
        at = line_break + 1 if line_break >= 0 else -1
    return None


def second_document(body: str) -> int | None:
    """Return the place in `body` where another document begins, None if there is none.

    A body may contain horizontal rules, so a line of --- begins a document only if fields follow, among them one that
    every document has.
    """
    fence, counted, code_fences = next_line(body, "---", FENCE, 0), 0, 0
    while fence is not None:
        if has_fields_of_a_document(body, fence.end() + 1):
            code_fences += len(CODE_FENCE.findall(body, counted, fence.start()))
            counted = fence.start()
            if code_fences % 2 == 0:
                return fence.start()
        fence = next_line(body, "---", FENCE, fence.end() + 1) if fence.end() < len(body) else None
    return None


def has_fields_of_a_document(text: str, start: int) -> bool | None:
    """Return whether the lines from `start` on are front matter with a title, a taxonomy, or a name and a type.

    None if the text ends before that is certain.
    """
    names: set[str] = set()
    at = start
    while at < len(text):
        end = text.find("\n", at)
        line = text[at:] if end < 0 else text[at:end]
        if not LINE_OF_YAML.match(line) or FENCE.match(line) or (not line.strip() and not names):
            return False
        name = FIELD.match(line)
        names |= {name[1]} if name else set()
        if names & {"title", "taxonomy"} or {"name", "type"} <= names:
            return True
        at = at + len(line) + 1
    return None


def decode(content: bytes) -> str:
    """Return the text of UTF-8 `content`, without a byte order mark; raise UnreadableDocument with the place."""
    encoding = next((name for mark, name in MARKS_OF_ENCODINGS if content.startswith(mark)), None)
    if encoding:
        raise UnreadableDocument(Problem(f"the document is {encoding}; save it as UTF-8"))
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        valid = error.object[: error.start]
        line = valid.count(b"\n") + 1
        column = error.start - (valid.rfind(b"\n") + 1) + 1
        message = (
            f"not valid UTF-8: byte 0x{error.object[error.start]:02X} at offset {error.start}; save the file as UTF-8"
        )
        raise UnreadableDocument(Problem(message, line=line, column=column)) from None
