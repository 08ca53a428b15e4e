"""The problems found in one document while its fields are read."""

from articles.documents.nodes import is_empty
from articles.documents.problems import Level, Problem, field_path


class Findings:
    """The problems found in one document, each with the path of its field.

    While a document is read, a path is () or a pair (path, step), because most paths are never looked at; in `problems`
    it is a tuple of steps. `strict` holds the paths of the fields in which a fault rejects the document, `nodes` the
    document's mapping.
    """

    def __init__(self, strict=frozenset(), nodes=()):
        self.problems = []
        self.faulty_paths = set()
        self.strict, self.nodes = strict, nodes

    @property
    def scheme(self):
        """The scheme of the document's own URL; https if it has no URL."""
        urls = [self.nodes[key] for key in ("webUrl", "originalUrl") if key in self.nodes]
        url = next((url for url in urls if isinstance(url, str) and not is_empty(url)), "")
        return "http" if url.strip().lower().startswith("http:") else "https"

    def error(self, path, message):
        self.add(path, message, Level.ERROR)

    def warning(self, path, message):
        self.add(path, message, Level.WARNING)

    def fault(self, path, message):
        """Report a value that cannot be used: an error in a strict field, elsewhere a warning."""
        if steps_of(path)[:1] in self.strict:
            self.error(path, message)
        else:
            self.warning(path, f"{message}; left out")

    def add(self, path, message, level):
        path = steps_of(path)
        self.faulty_paths.update(path[:length] for length in range(1, len(path) + 1))
        self.problems.append((path, Problem(message, field_path(path), level)))

    def has_problem(self, path):
        """Return whether a problem was found in the field at `path` or below it."""
        return steps_of(path) in self.faulty_paths


def steps_of(path):
    """Return the tuple of steps of a path of pairs."""
    steps = []
    while path:
        path, step = path
        steps.append(step)
    return tuple(reversed(steps))
