"""Full-text search over stories; triggers maintain the index (articles/db/triggers/search_index.py)."""

from articles.search.common_words import first_matches, is_common, rank_matches
from articles.search.matching import by_relevance, matching
from articles.search.queries import Query, parse_query

__all__ = ["Query", "by_relevance", "first_matches", "is_common", "matching", "parse_query", "rank_matches"]
