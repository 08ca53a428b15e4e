from __future__ import annotations

import re
from typing import TYPE_CHECKING

from django.apps import apps
from django.utils.text import slugify

from articles.sanitising import plain_text

if TYPE_CHECKING:
    from articles.models import Article

SLUG_LIMIT = 80
BRACKETS = re.compile("[<>]")


def slug_of(title: str, fallback: str) -> str:
    """Return a slug of `title`, at most 80 characters, cut between words, or `fallback` if it would be empty.

    Letters of all scripts stay, as readers of Arabic can read an Arabic URL.
    """
    # Without the spaces "x<y" would become one word, because slugify removes other characters.
    slug = slugify(BRACKETS.sub(" ", plain_text(title)), allow_unicode=True).strip("-_")
    if len(slug) > SLUG_LIMIT:
        cut = slug[: SLUG_LIMIT + 1].rpartition("-")[0] or slug[:SLUG_LIMIT]
        slug = cut.strip("-_")
    return slug or fallback


def slug_candidates(article: Article) -> list[str]:
    """Return the slugs to try for a story, in order.

    A duplicate gets digits of its identity instead of a number, so that URLs depend less on the order of imports.
    """
    plain = slug_of(article.title, fallback=f"story-{article.identity[:8]}")
    return [plain, f"{plain}-{article.identity[:6]}", f"{plain}-{article.identity}"]


def free_slug(article: Article) -> str:
    """Return the first of `slug_candidates` that no other story of the same day has, or had before it was joined."""
    candidates = slug_candidates(article)
    addresses = apps.get_model("articles", "FormerStoryAddress")._default_manager.exclude(article=article.pk)
    former_slugs = addresses.filter(url_date=article.url_date, slug__in=candidates).values_list("slug", flat=True)
    others = type(article)._default_manager.filter(url_date=article.url_date).exclude(pk=article.pk)
    taken = set(others.filter(slug__in=candidates).order_by().values_list("slug", flat=True).union(former_slugs))
    return next((slug for slug in candidates if slug not in taken), candidates[-1])
