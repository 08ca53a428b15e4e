"""Recognise the stories of documents: by identity, and by the file if its URL has changed."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple, Self

from articles.choices import Owner
from articles.db.bulk_rows import fetch_rows, in_values
from articles.documents.mapping import provider_pair
from articles.documents.nodes import Values
from articles.documents.problems import Level, Problem
from articles.importing.identity_matches import Match, known_matches, matches_in_former_form
from articles.importing.writing.context import WriteContext
from articles.importing.writing.rows import PreparedStory
from articles.models import Article, FormerIdentity, Tombstone, UpstreamDocument

STORIES_BY_PATH = "SELECT path, article_id FROM articles_upstreamdocument WHERE path "
TOMBSTONES_BY_PATH = "SELECT path, id FROM articles_tombstone WHERE path "
# The columns of Article that a Holder needs.
STORY_COLUMNS = tuple(f"article__{name}" for name in ("title", "state", "state_owner", "visible_from", "visible_until"))
FORMER_PATHS = "SELECT path, identity, article_id, tombstone_id FROM articles_formeridentity WHERE path "


class Holder(NamedTuple):
    """A story or deleted story whose file had a path: its keys, its title and its document's fields at that time.

    `is_former` says that it is another file of the story that has the path now; `is_withheld` that the desk has taken
    the story away from readers, or has not published it.
    """

    story: int | None
    tombstone: int | None
    title: str
    values: Values
    is_former: bool = False
    is_withheld: bool = False


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
        former_matches = matches_in_former_form(
            {story.identity: story.former_identity for story in stories if story.url}, matches
        )
        for story in stories:
            match = matches.get(story.identity) or former_matches.get(story.identity)
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
        another folder; the desk is offered to join the two. Files that a story has since it was joined with theirs, and
        those of a story that readers must not see, are matched in any case; of their documents the newest counts.
        """
        candidates = [holder for holder in holders if are_one_story(story.values, holder.values)]
        same = same_story(story, [holder for holder in candidates if is_free(holder, story, context)])
        if same is not None:
            self.matches[story.identity] = Match(same.story, same.tombstone, is_former=True)
            if same.story is not None:
                context.path_claims[same.story, story.path] = story.identity
        elif holders:
            if candidates and candidates[0].story is not None:
                self.rivals[story.identity] = candidates[0].story
            why = "that story has another document" if candidates else "title, outlet and date differ"
            message = f"a new story, although {story.path} was the file of {holders[0].title!r}: {why}"
            self.warnings[story.identity] = Problem(message, level=Level.WARNING)


def is_free(holder: Holder, story: PreparedStory, context: WriteContext) -> bool:
    """Return whether a document may be that of a Holder.

    Another document of the import may be already, which does not matter for a story that readers must not see: it must
    not return under another URL.
    """
    if holder.story is None:
        return True
    is_first = context.path_claims.get((holder.story, story.path), story.identity) == story.identity
    return is_first and (holder.is_former or holder.is_withheld or not context.is_claimed(holder.story))


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
    by_key = {document.pk: document for document in documents.select_related("article").only("values", *STORY_COLUMNS)}
    holders = {
        path: [
            holder_of(by_key[key].article, by_key[key].values) for key in sorted(keys, reverse=True) if key in by_key
        ]
        for path, keys in interesting.items()
    }
    add_former_files(holders, paths, unknown_paths, own_keys, last_story)
    if unknown_paths:
        add_tombstones(holders, unknown_paths)
    return holders


def holder_of(article: Article, values: Values, *, is_former: bool = False) -> Holder:
    """Return the Holder of a story."""
    return Holder(article.pk, None, article.title, values, is_former, is_withheld(article))


def is_withheld(article: Article) -> bool:
    """Return whether readers do not see a story because of a person's decision."""
    return not article.is_visible and (article.state_owner == Owner.DESK or article.is_expired)


def add_former_files(
    holders: dict[str, list[Holder]],
    paths: Collection[str],
    unknown_paths: Collection[str],
    own_keys: Mapping[str, int | None],
    last_story: int | None,
) -> None:
    """Add the stories and tombstones whose former identities have one of `paths` to {path: Holders}.

    One query, and one more if there are any. The other arguments are those of `holders_of`.
    """
    identities = [
        identity
        for path, identity, story, tombstone in fetch_rows(FORMER_PATHS + in_values(FormerIdentity, "path"), paths)
        if path in unknown_paths or (story is not None and story != own_keys.get(path))
        if tombstone is not None or last_story is None or story <= last_story
    ]
    if not identities:
        return
    former_identities = FormerIdentity.objects.filter(pk__in=identities).select_related("article", "tombstone")
    present = {path: {holder.story for holder in others} for path, others in holders.items()}
    for former in former_identities.order_by("article_id", "tombstone_id", "pk"):
        others, values, path = holders.setdefault(former.path or "", []), former.values or {}, former.path or ""
        if former.article is not None:
            is_former = not former.is_duplicate and former.article_id not in present.get(path, ())
            others.append(holder_of(former.article, values, is_former=is_former))
        elif former.tombstone is not None:
            others.append(Holder(None, former.tombstone_id, former.tombstone.title, values))


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
