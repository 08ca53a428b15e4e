from dataclasses import dataclass, field
from datetime import datetime

from articles.choices import Result
from articles.documents.problems import Level, Problem

REPORTED = ("source", "action", "url", "title", "changed", "conflicts", "duplicate_of", "problems")


@dataclass(slots=True)
class Outcome:
    """What became of one document, as the report has it, and what is kept of it beyond that.

    `article_id` is the story's key, `changes` a list of {"field", "before", "after"} in the format's terms,
    `seen_at` and `left_at` when the story had last been changed before and after, `snapshot` the story's
    rows as they were before.
    """

    action: Result
    url: str = ""
    source: str = ""
    title: str = ""
    changed: list[str] = field(default_factory=list)
    conflicts: list[str] = field(default_factory=list)
    duplicate_of: str = ""
    problems: list[Problem] = field(default_factory=list)
    article_id: int | None = None
    changes: list[dict] = field(default_factory=list, repr=False)
    seen_at: datetime | None = None
    left_at: datetime | None = None
    snapshot: dict | None = field(default=None, repr=False)

    @classmethod
    def created(cls, url, article_id=None, left_at=None):
        return cls(Result.CREATED, url, article_id=article_id, left_at=left_at)

    @classmethod
    def unchanged(cls, url, article_id=None):
        return cls(Result.UNCHANGED, url, article_id=article_id)

    @classmethod
    def merged(cls, url, changed, conflicts):
        """The outcome of a merge: a conflict if there is one, else updated if anything changed."""
        action = Result.CONFLICT if conflicts else Result.UPDATED if changed else Result.UNCHANGED
        return cls(action, url, changed=changed, conflicts=conflicts)

    @classmethod
    def rejected(cls, *problems):
        return cls(Result.REJECTED, problems=list(problems))

    @classmethod
    def held(cls, message):
        return cls(Result.HELD, problems=[Problem(message, level=Level.WARNING)])

    @property
    def has_problems(self):
        """Whether a person should look at it."""
        return bool(self.problems or self.conflicts)

    def as_json(self):
        """Return the outcome as the report's contract has it (docs/import-format.md)."""
        said = {name: getattr(self, name) for name in REPORTED}
        return said | {"action": str(self.action), "problems": [problem.as_json() for problem in self.problems]}

    def lines(self):
        """Return a line for each error and warning, as a person reads them."""
        return [
            f"{'error' if problem.level is Level.ERROR else 'warning'}: {problem.describe(self.source)}"
            for problem in self.problems
        ]
