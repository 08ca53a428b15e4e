"""What YAML is read into before it is typed: dicts, lists, text, and text that may mean something else."""


class Plain(str):
    """A scalar written without quotes that a schema, or YAML's rules, may read as other than text."""

    __slots__ = ()


# What a scalar begins with that YAML 1.1 may read as other than text; the empty one is null.
NEVER_ONLY_TEXT = frozenset("0123456789+-.~=<nNyYtTfFoO")
