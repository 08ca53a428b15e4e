from html import unescape

from django.utils.text import slugify

SLUG_LIMIT = 80


def slug_of(title, fallback):
    """Return a slug of `title`, at most 80 characters, cut between words; `fallback` when nothing is left.

    Letters of all scripts stay, as a reader of Arabic reads an Arabic URL.
    """
    slug = slugify(unescape(title), allow_unicode=True).strip("-_")
    if len(slug) > SLUG_LIMIT:
        cut = slug[: SLUG_LIMIT + 1].rpartition("-")[0] or slug[:SLUG_LIMIT]
        slug = cut.strip("-_")
    return slug or fallback


def free_slug(article):
    """Return a slug for `article` that no other story of its day has.

    The second comer gets some digits of its identity instead of a number, so that its URL does not
    depend on the order in which documents came in more than it must.
    """
    plain = slug_of(article.title, fallback=f"story-{article.identity[:8]}")
    taken = type(article)._default_manager.filter(url_date=article.url_date).exclude(pk=article.pk)
    for slug in (plain, f"{plain}-{article.identity[:6]}", f"{plain}-{article.identity}"):
        if not taken.filter(slug=slug).exists():
            break
    return slug
