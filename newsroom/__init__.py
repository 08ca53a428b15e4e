"""Newsroom: the project's settings and its toolkit."""

# The version in pyproject.toml, from which the site is not installed.
__version__ = "0.2.0"
