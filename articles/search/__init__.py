"""Full-text search over stories. The database keeps the index right by itself.

See articles/db/triggers/search_index.py.
"""

from articles.search.common_words import first_matches, is_common, ranked
from articles.search.matching import by_relevance, matching
from articles.search.queries import Query, read_query

__all__ = ["Query", "by_relevance", "first_matches", "is_common", "matching", "ranked", "read_query"]
