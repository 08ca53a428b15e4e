from dataclasses import dataclass, field

from articles.choices import Result
from articles.importing.problems import Level, Problem


@dataclass
class Outcome:
    """What became of one document, as the report has it."""

    action: Result
    url: str = ""
    source: str = ""
    title: str = ""
    changed: list[str] = field(default_factory=list)
    conflicts: list[str] = field(default_factory=list)
    duplicate_of: str = ""
    problems: list[Problem] = field(default_factory=list)

    @classmethod
    def created(cls, url):
        return cls(Result.CREATED, url)

    @classmethod
    def unchanged(cls, url):
        return cls(Result.UNCHANGED, url)

    @classmethod
    def merged(cls, url, changed, conflicts):
        """The outcome of a merge: a conflict if there is one, else updated if anything changed."""
        action = Result.CONFLICT if conflicts else Result.UPDATED if changed else Result.UNCHANGED
        return cls(action, url, changed=changed, conflicts=conflicts)

    @classmethod
    def rejected(cls, *problems):
        return cls(Result.REJECTED, problems=list(problems))

    def as_json(self):
        """Return the outcome as the report's contract has it (docs/import-format.md)."""
        return {
            "source": self.source,
            "action": self.action,
            "url": self.url,
            "title": self.title,
            "changed": self.changed,
            "conflicts": self.conflicts,
            "duplicate_of": self.duplicate_of,
            "problems": [problem.as_json() for problem in self.problems],
        }

    def lines(self):
        """Return a line for each error and warning, as a person reads them."""
        return [
            f"{'error' if problem.level is Level.ERROR else 'warning'}: {problem.describe(self.source)}"
            for problem in self.problems
        ]
