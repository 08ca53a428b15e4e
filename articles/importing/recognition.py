"""Recognise the stories of documents: by URL, by former identities, and by the file if its URL has changed."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple, Self

from articles.canonical_urls import identity_of
from articles.db.bulk_rows import fetch_rows, in_values
from articles.documents.mapping import provider_pair
from articles.documents.nodes import Values
from articles.documents.problems import Level, Problem
from articles.importing.writing.context import WriteContext
from articles.importing.writing.rows import PreparedStory
from articles.models import Article, FormerIdentity, Tombstone, UpstreamDocument

STORIES = "SELECT identity, id FROM articles_article WHERE identity "
FORMER_IDENTITIES = "SELECT identity, article_id, tombstone_id FROM articles_formeridentity WHERE identity "
TOMBSTONES = "SELECT identity, id FROM articles_tombstone WHERE identity "
STORIES_BY_PATH = "SELECT path, article_id FROM articles_upstreamdocument WHERE path "
TOMBSTONES_BY_PATH = "SELECT path, id FROM articles_tombstone WHERE path "


class Match(NamedTuple):
    """The key of the story or of the tombstone of a document; the other key is None.

    `is_former` says that the document has a former identity of the story, or is its file with another URL.
    """

    story: int | None
    tombstone: int | None = None
    is_former: bool = False


class Holder(NamedTuple):
    """A story or deleted story whose file had a path: its keys, and its document's fields at the last import."""

    story: int | None
    tombstone: int | None
    title: str
    values: Values


@dataclass
class Recognition:
    """What is known of documents by their identities; the stories of documents without a Match are new.

    `warnings` belong to new stories. `rivals` are the keys of other stories that the files of known ones had before.
    """

    matches: dict[str, Match] = field(default_factory=dict)
    warnings: dict[str, Problem] = field(default_factory=dict)
    rivals: dict[str, int] = field(default_factory=dict)

    @classmethod
    def of(cls, stories: Collection[PreparedStory], context: WriteContext) -> Self:
        """Recognise the stories of documents: four queries for all of them, and a few more for files with a new URL."""
        recognition = cls()
        if stories:
            recognition.match_identities(stories)
            recognition.match_paths([story for story in stories if story.path], context)
        return recognition

    def match_identities(self, stories: Collection[PreparedStory]) -> None:
        """Match documents with the stories and tombstones that have or had their identities."""
        identities = [story.identity for story in stories]
        identities += [story.former_identity for story in stories if story.former_identity]
        matches = known_matches(identities)
        for story in stories:
            match = matches.get(story.identity)
            if match is None and story.url:
                match = matches.get(story.former_identity)
            if match is not None:
                self.matches[story.identity] = match
        self.match_stems([story for story in stories if not story.url and story.identity not in self.matches], matches)

    def match_stems(self, stories: Sequence[PreparedStory], matches: Mapping[str, Match]) -> None:
        """Match documents without a URL with stories of earlier releases, which knew the name of the file only.

        Such a story has no path yet. Of several documents the one at the path from which it was imported gets it, else
        the first.
        """
        candidates: defaultdict[Match, list[PreparedStory]] = defaultdict(list)
        for story in stories:
            match = matches.get(story.former_identity)
            if match is not None and match.story is not None:
                candidates[match].append(story)
        if not candidates:
            return
        keys = [match.story for match in candidates]
        documents = UpstreamDocument.objects.filter(pk__in=keys, path=None)
        names = dict(documents.values_list("pk", "source_name"))
        for match, documents_of_stem in candidates.items():
            name = names.get(match.story or 0)
            if name is not None:
                best = max(documents_of_stem, key=lambda story: f"/{name}".endswith(f"/{story.path}"))
                self.matches[best.identity] = match

    def match_paths(self, stories: Sequence[PreparedStory], context: WriteContext) -> None:
        """Match documents with an unknown URL with the stories of their files; find the rivals of the others."""
        unknown = [story for story in stories if story.identity not in self.matches]
        holders = holders_of(stories, self.matches, {story.path for story in unknown}, context)
        # For most imports, no file has a new URL.
        for story in stories if holders else ():
            match, others = self.matches.get(story.identity), holders.get(story.path, [])
            if match is None:
                self.match_path(story, others, context)
            elif match.story is not None:
                rival = same_story(story, [other for other in others if other.story not in (None, match.story)])
                if rival is not None and rival.story is not None and not context.is_claimed(rival.story):
                    self.rivals[story.identity] = rival.story

    def match_path(self, story: PreparedStory, holders: Sequence[Holder], context: WriteContext) -> None:
        """Match a document that has an unknown URL with the story of its file, if it is the same story.

        A story that another document of the import has already is not matched: by its URL, or by the same path in
        another folder.
        """
        candidates = [holder for holder in holders if are_one_story(story.values, holder.values)]
        free_holders = [
            holder
            for holder in candidates
            if holder.story is None
            or (
                context.path_claims.get(holder.story, story.identity) == story.identity
                and not context.is_claimed(holder.story)
            )
        ]
        same = same_story(story, free_holders)
        if same is not None:
            self.matches[story.identity] = Match(same.story, same.tombstone, is_former=True)
            if same.story is not None:
                context.path_claims[same.story] = story.identity
        elif holders:
            why = "that story has another document" if candidates else "title, outlet and date differ"
            message = f"a new story, although {story.path} was the file of {holders[0].title!r}: {why}"
            self.warnings[story.identity] = Problem(message, level=Level.WARNING)


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


def holders_of(
    stories: Sequence[PreparedStory],
    matches: Mapping[str, Match],
    unknown_paths: Collection[str],
    context: WriteContext,
) -> dict[str, list[Holder]]:
    """Return {path: Holders, the newest first} of those paths that another story than the document's has.

    Stories that this import has created are left out, so that the result does not depend on the order of documents.
    """
    if not stories:
        return {}
    keys_by_path: defaultdict[str, list[int]] = defaultdict(list)
    last_story = context.last_rows.story if context.last_rows else None
    paths = {story.path for story in stories}
    for path, key in fetch_rows(STORIES_BY_PATH + in_values(UpstreamDocument, "path"), paths):
        if last_story is None or key <= last_story:
            keys_by_path[path].append(key)
    own_keys = {story.path: matches[story.identity].story for story in stories if story.identity in matches}
    interesting = {
        path: keys for path, keys in keys_by_path.items() if path in unknown_paths or set(keys) - {own_keys.get(path)}
    }
    documents = UpstreamDocument.objects.filter(pk__in={key for keys in interesting.values() for key in keys})
    values = {key: (title, values) for key, title, values in documents.values_list("pk", "article__title", "values")}
    holders = {
        path: [Holder(key, None, *values[key]) for key in sorted(keys, reverse=True) if key in values]
        for path, keys in interesting.items()
    }
    if unknown_paths:
        add_tombstones(holders, unknown_paths)
    return holders


def add_tombstones(holders: dict[str, list[Holder]], paths: Collection[str]) -> None:
    """Add the tombstones with one of `paths` to {path: Holders}."""
    rows = fetch_rows(TOMBSTONES_BY_PATH + in_values(Tombstone, "path"), paths)
    tombstones = Tombstone.objects.in_bulk([key for _path, key in rows]) if rows else {}
    for path, key in rows:
        tombstone = tombstones.get(key)
        if tombstone is not None:
            holders.setdefault(path, []).append(Holder(None, key, tombstone.title, tombstone.values or {}))


def same_story(story: PreparedStory, holders: Sequence[Holder]) -> Holder | None:
    """Return the Holder of the same story as a document's, None if there is none.

    The title of upstream's document decides, in any letter case; else the outlet and its time of publication.
    """
    if not holders:
        return None
    values = story.values
    of_title = (holder for holder in holders if have_one_title(values, holder.values))
    of_time = (holder for holder in holders if have_one_outlet_and_time(values, holder.values))
    return next(of_title, None) or next(of_time, None)


def are_one_story(values: Values, other: Values) -> bool:
    """Return whether two documents of one file are the same story."""
    return have_one_title(values, other) or have_one_outlet_and_time(values, other)


def have_one_title(values: Values, other: Values) -> bool:
    """Return whether two documents have the same title, in any letter case."""
    title = folded_title(values)
    return bool(title) and title == folded_title(other)


def have_one_outlet_and_time(values: Values, other: Values) -> bool:
    """Return whether two documents have the same outlet, and the same time of publication."""
    pair = provider_pair(values)
    times = [each.get("publishedDateTime") for each in (values, other)]
    if pair is None or not all(times) or pair != provider_pair(other):
        return False
    return len({datetime.fromisoformat(time) for time in times if time}) == 1


def folded_title(values: Values) -> str:
    """Return the title of a document for comparisons."""
    return " ".join(str(values.get("title", "")).split()).casefold()


def identities_of(key: int) -> set[str]:
    """Return all identities of a story, current and former, and that of its document's URL. Two queries."""
    former_identities = FormerIdentity.objects.filter(article=key).values_list("identity", flat=True)
    return current_identities_of(key).union(former_identities)


def current_identities_of(key: int) -> set[str]:
    """Return the current identity of a story, and that of its document's URL; empty without a document. One query."""
    row = UpstreamDocument.objects.filter(pk=key).values_list("article__identity", "url").first()
    return set() if row is None else {row[0], identity_of(row[1]) if row[1] else row[0]}
