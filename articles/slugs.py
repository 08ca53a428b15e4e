import re

from django.utils.text import slugify

from articles.sanitising import plain_text

SLUG_LIMIT = 80
BRACKETS = re.compile("[<>]")


def slug_of(title, fallback):
    """Return a slug of `title`, at most 80 characters, cut between words; `fallback` when nothing is left.

    Letters of all scripts stay, as a reader of Arabic reads an Arabic URL.
    """
    # Else "x<y" would be one word, as what is neither letter nor space just goes.
    slug = slugify(BRACKETS.sub(" ", plain_text(title)), allow_unicode=True).strip("-_")
    if len(slug) > SLUG_LIMIT:
        cut = slug[: SLUG_LIMIT + 1].rpartition("-")[0] or slug[:SLUG_LIMIT]
        slug = cut.strip("-_")
    return slug or fallback


def slug_candidates(article):
    """Return the slugs a story may have, in the order they are tried.

    The second comer gets some digits of its identity instead of a number, so that its URL does not
    depend on the order in which documents came in more than it must.
    """
    plain = slug_of(article.title, fallback=f"story-{article.identity[:8]}")
    return [plain, f"{plain}-{article.identity[:6]}", f"{plain}-{article.identity}"]


def free_slug(article):
    """Return the first slug for `article` that no other story of its day has."""
    candidates = slug_candidates(article)
    others = type(article)._default_manager.filter(url_date=article.url_date).exclude(pk=article.pk)
    taken = set(others.filter(slug__in=candidates).values_list("slug", flat=True))
    return next((slug for slug in candidates if slug not in taken), candidates[-1])
