"""Stories that match a query, by the full-text index of whichever database there is."""

from django.db import connections

# How much a word counts in the body, excerpt and title; SQLite has the like with its index (upkeep/texts.py).
WEIGHTS = "{0, 0.1, 0.4, 1.0}"


def matching(stories, query):
    """Return those of the queryset `stories` that match a Query, with `score` on each (more is better).

    Newest first unless ordered otherwise: `by_relevance` does.
    """
    if not query:
        return stories.none().extra(select={"score": "0"})
    if connections[stories.db].vendor == "sqlite":
        return stories.extra(
            select={"score": "-articles_search.rank"},
            tables=["articles_search"],
            where=["articles_search MATCH %s", "articles_search.rowid = articles_article.id"],
            params=[fts5_expression(query)],
        )
    expression = tsquery_expression(query)
    return stories.extra(  # noqa: S610
        select={"score": f"ts_rank('{WEIGHTS}', articles_article.search_vector, to_tsquery('simple', %s))"},
        select_params=[expression],
        where=["articles_article.search_vector @@ to_tsquery('simple', %s)"],
        params=[expression],
    )


def by_relevance(matches):
    """Order what `matching` returned: best first, of equals the newest."""
    return matches.order_by("-score", "-dated_at", "-pk")


def fts5_expression(query):
    """Return a Query in SQLite's words. All words are letters and digits alone, so quoting them is enough."""
    wanted = " AND ".join(fts5_part(part) for part in query.wanted)
    return " NOT ".join([f"({wanted})", *(fts5_part(part) for part in query.unwanted)])


def fts5_part(part):
    return f'"{" ".join(part.words)}"{" *" if part.goes_on else ""}'


def tsquery_expression(query):
    """Return a Query in PostgreSQL's words."""
    return " & ".join([*map(tsquery_part, query.wanted), *(f"!{tsquery_part(part)}" for part in query.unwanted)])


def tsquery_part(part):
    words = [f"'{word}'" for word in part.words]
    if part.goes_on:
        words[-1] += ":*"
    return f"({' <-> '.join(words)})"
