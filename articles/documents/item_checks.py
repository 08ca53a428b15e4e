"""Checks of related items and pictures that lack a field they need to be shown."""

from articles.canonical_urls import domain_of
from articles.documents import as_written
from articles.documents.as_written import AS_WRITTEN
from articles.documents.findings import Findings, Path
from articles.documents.nodes import Values
from articles.documents.problems import quote


def check_image(values: Values, path: Path, findings: Findings) -> None:
    """Report a picture without a URL."""
    if "url" not in values and not findings.has_problem((path, "url")):
        findings.warning((path, "url"), "the URL is missing; the picture is not shown")


def check_coverage(values: Values, path: Path, findings: Findings) -> None:
    """Report a related item without a URL or title; the provider's name, or else the domain, replaces the title."""
    url = values.get("webUrl") or values.get("originalUrl")
    if not url and not (findings.has_problem((path, "webUrl")) or findings.has_problem((path, "originalUrl"))):
        findings.warning((path, "webUrl"), "the URL is missing; shown without a link")
    if "title" not in values:
        name = values.get("provider", {}).get("name") or (domain_of(url) if url else "")
        if not findings.has_problem((path, "title")):
            shown = f"shown as {quote(name)}" if name else "not shown"
            findings.warning((path, "title"), f"the title is missing; {shown}")
        if name:
            if "title" not in values.get(AS_WRITTEN, {}):
                as_written.keep_raw(values, "title")
            values["title"] = name
