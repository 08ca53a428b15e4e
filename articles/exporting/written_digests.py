"""Remember the documents with the desk's values that exports write without the desk's state, for later imports."""

import hashlib
from collections.abc import Collection, Iterable

from django.db import transaction
from django.utils import timezone

from articles.db.bulk_rows import fetch_rows, in_values
from articles.documents.digests import DIGITS, Digests, digests_of
from articles.models import WrittenDocument

# Of each story, the digests of so many different documents are kept, the latest ones.
KEPT_PER_STORY = 10
# (text digest, digest of `secured`)
WrittenKey = tuple[str, str]
STORIES_BY_WRITTEN_TEXT = """
    SELECT text_digest, secured_digest, article_id FROM articles_writtendocument WHERE text_digest
"""


def written_key(digests: Digests) -> WrittenKey:
    """Return what identifies a written document, by the Digests of its bytes."""
    secured = digests.secured
    return digests.text, "" if secured is None else hashlib.sha256(secured).hexdigest()[:DIGITS]


def remember_written(texts: Collection[tuple[int, str]]) -> None:
    """Store the digests of written documents, [(key of the story, text)], and drop the oldest of these stories."""
    if not texts:
        return
    now = timezone.now()
    rows = {(key, *written_key(digests_of(text.encode()))): None for key, text in texts}
    with transaction.atomic():
        WrittenDocument.objects.bulk_create(
            [
                WrittenDocument(article_id=key, text_digest=text, secured_digest=secured, written_at=now)
                for key, text, secured in rows
            ],
            update_conflicts=True,
            unique_fields=["text_digest", "secured_digest", "article"],
            update_fields=["written_at"],
        )
        drop_oldest({key for key, _text in texts})


def drop_oldest(story_keys: Collection[int]) -> None:
    """Keep the latest KEPT_PER_STORY digests of each of these stories."""
    numbers = dict.fromkeys(story_keys, 0)
    outdated = []
    rows = WrittenDocument.objects.filter(article__in=story_keys).order_by("-written_at", "-pk")
    for pk, story_key in rows.values_list("pk", "article_id"):
        numbers[story_key] += 1
        if numbers[story_key] > KEPT_PER_STORY:
            outdated.append(pk)
    if outdated:
        WrittenDocument.objects.filter(pk__in=outdated).delete()


def find_written(documents: Iterable[Digests]) -> dict[WrittenKey, int]:
    """Return {WrittenKey: key of the story} of those documents that an export wrote. At most one query."""
    texts = {digests.text for digests in documents} - {""}
    if not texts:
        return {}
    rows = fetch_rows(STORIES_BY_WRITTEN_TEXT + in_values(WrittenDocument, "text_digest"), texts)
    return {(text, secured): key for text, secured, key in rows}
