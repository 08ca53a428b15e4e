"""The lead picture of a story: the desk's choice, or by size and shape."""

from articles.models import Article, Image
from articles.models.image import CHOSEN, NEVER_LEADS, UNRATED
from pictures.choosing import score_of

# The values of the radio buttons for the lead: a key, this one, or the digest of a file that is not saved yet.
AUTOMATIC, UPLOAD = "auto", "upload:"


def lead_choice(story: Article) -> str:
    """Return the key of the picture that the desk chose to lead a story, or AUTOMATIC. One query."""
    key = story.images.filter(lead_score=CHOSEN).exclude(file="").values_list("pk", flat=True).first()
    return AUTOMATIC if key is None else str(key)


def choose_lead(story: Article, choice: str) -> bool:
    """Make a picture the lead and move it before all others of a story; return whether something changed.

    `choice` is its key as text, or UPLOAD and the digest of its file. Downloads never replace it by a better one; only
    another choice of the desk does.
    """
    pictures = list(story.images.select_related("source", "stored").order_by("position", "pk"))
    chosen = next((image for image in pictures if image.file and choice in choices_for(image)), None)
    if chosen is None or chosen.lead_score == CHOSEN:
        return False
    pictures.remove(chosen)
    for position, image in enumerate([chosen, *pictures]):
        image.position = position
        if image.lead_score == CHOSEN:
            image.lead_score = automatic_score(image)
    chosen.lead_score = CHOSEN
    Image.objects.bulk_update([chosen, *pictures], ["position", "lead_score"])
    return True


def clear_lead(story: Article) -> bool:
    """Let size and shape decide again which picture leads a story; return whether something changed."""
    chosen = list(story.images.select_related("source", "stored").filter(lead_score=CHOSEN))
    for image in chosen:
        image.lead_score = automatic_score(image)
    Image.objects.bulk_update(chosen, ["lead_score"])
    return bool(chosen)


def choices_for(image: Image) -> set[str]:
    """Return the values of radio buttons that mean a picture."""
    return {str(image.pk), *([f"{UPLOAD}{image.stored.digest}"] if image.stored else [])}


def automatic_score(image: Image) -> int:
    """Return the lead score of a picture that the desk has not chosen."""
    if image.stored is None:
        return UNRATED if image.file else NEVER_LEADS
    return score_of(image.source, image.stored)
