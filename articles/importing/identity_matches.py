"""Match the identities of documents with stories and tombstones that have or had them."""

from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple

from articles.canonical_urls import identity_of
from articles.db.bulk_rows import fetch_rows, in_values
from articles.former_urls import present_identity
from articles.models import Article, FormerIdentity, Tombstone, UpstreamDocument

STORIES = "SELECT identity, id FROM articles_article WHERE identity "
FORMER_IDENTITIES = "SELECT identity, article_id, tombstone_id FROM articles_formeridentity WHERE identity "
TOMBSTONES = "SELECT identity, id FROM articles_tombstone WHERE identity "


class Match(NamedTuple):
    """The key of the story or of the tombstone of a document; the other key is None.

    `is_former` says that the document has a former identity of the story, or is its file with another URL.
    """

    story: int | None
    tombstone: int | None = None
    is_former: bool = False


def known_matches(identities: Iterable[str]) -> dict[str, Match]:
    """Return {identity: Match} of stories and tombstones, by current and former identities. Three queries."""
    identities = list(identities)
    matches = {
        identity: Match(story, tombstone, is_former=True)
        for identity, story, tombstone in fetch_rows(
            FORMER_IDENTITIES + in_values(FormerIdentity, "identity"), identities
        )
    }
    for identity, key in fetch_rows(TOMBSTONES + in_values(Tombstone, "identity"), identities):
        matches[identity] = Match(None, key)
    for identity, key in fetch_rows(STORIES + in_values(Article, "identity"), identities):
        matches[identity] = Match(key)
    return matches


def matches_in_former_form(former_identities: Mapping[str, str], matches: Mapping[str, Match]) -> dict[str, Match]:
    """Return {identity: Match} of documents that match by the identity of their URL in the form of earlier releases.

    `former_identities` are {identity: the identity in that form}, `matches` those of `known_matches`. Some URLs that
    are different stories today, as those with `#!a` and `#!b`, had one identity then: the stored URL decides. Two
    queries at most, and none once `manage.py join_duplicates` has run.
    """
    candidates = {
        identity: (former_identity, matches[former_identity])
        for identity, former_identity in former_identities.items()
        if identity not in matches and former_identity in matches
    }
    urls = stored_urls([match for _identity, match in candidates.values()])
    return {
        identity: match
        for identity, (former_identity, match) in candidates.items()
        if present_identity(former_identity, [urls.get(match, "")]) in (identity, former_identity)
    }


def stored_urls(matches: Collection[Match]) -> dict[Match, str]:
    """Return {Match: URL of the last document of the story or tombstone, else of the story}. Two queries at most."""
    stories = {match.story for match in matches if match.story is not None}
    tombstones = {match.tombstone for match in matches if match.tombstone is not None}
    urls: dict[tuple[int | None, int | None], str] = {}
    if stories:
        columns = ("pk", "upstream__url", "web_url", "original_url")
        rows = Article.objects.filter(pk__in=stories).values_list(*columns)
        urls |= {(key, None): next(filter(None, story_urls), "") for key, *story_urls in rows}
    if tombstones:
        urls |= {(None, key): url for key, url in Tombstone.objects.filter(pk__in=tombstones).values_list("pk", "url")}
    return {match: urls.get((match.story, match.tombstone), "") for match in matches}


def identities_of(key: int) -> set[str]:
    """Return all identities of a story, current and former, and that of its document's URL. Two queries."""
    former_identities = FormerIdentity.objects.filter(article=key).values_list("identity", flat=True)
    return current_identities_of(key).union(former_identities)


def current_identities_of(key: int) -> set[str]:
    """Return the current identity of a story, and that of its document's URL; empty without a document. One query."""
    row = UpstreamDocument.objects.filter(pk=key).values_list("article__identity", "url").first()
    return set() if row is None else {row[0], identity_of(row[1]) if row[1] else row[0]}
