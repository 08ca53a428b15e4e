"""Slots of the front page: which story holds one, and how another story can take it over."""

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from articles.editing.fields import edit
from articles.models import Article
from articles.models.article import SLOT_COUNT
from articles.sanitising import plain_text
from articles.workflow import Actor

MOVE, SWAP, UNPIN = "move", "swap", "unpin"


def pinned_stories() -> QuerySet[Article]:
    """Return the stories that hold a slot: published or scheduled with a pin, and not expired."""
    not_expired = Q(visible_until__isnull=True) | Q(visible_until__gt=timezone.now())
    return Article.objects.filter(not_expired, published=True, pin__gte=1)


def holder_of(slot: int, other_than: int | None) -> Article | None:
    """Return the story that holds a slot, or None; the story with the key `other_than` is ignored. One query."""
    holders = pinned_stories().filter(pin=slot)
    if other_than is not None:
        holders = holders.exclude(pk=other_than)
    return holders.order_by("-dated_at", "-pk").first()


def next_free_slot(slot: int) -> int | None:
    """Return the first free slot after `slot`, starting again at 1 after the last; None if there is none."""
    occupied_slots = set(pinned_stories().values_list("pin", flat=True))
    candidates = [*range(slot + 1, SLOT_COUNT + 1), *range(1, slot)]
    return next((candidate for candidate in candidates if candidate not in occupied_slots), None)


def holder_choices(holder: Article, slot: int, former_slot: int | None) -> list[tuple[str, str]]:
    """Return [(value, label)] of what can be done with the story that holds `slot`.

    `former_slot` is the slot that the other story leaves, or None.
    """
    title, free_slot = plain_text(holder.title), next_free_slot(slot)
    choices = []
    if former_slot and former_slot != slot:
        choices.append((SWAP, _("Swap: move “%(story)s” to slot %(slot)d") % {"story": title, "slot": former_slot}))
    if free_slot and free_slot != former_slot:
        choices.append((MOVE, _("Move “%(story)s” to slot %(slot)d") % {"story": title, "slot": free_slot}))
    return [*choices, (UNPIN, _("Unpin “%(story)s”") % {"story": title})]


def vacate_slot(holder: Article, choice: str, former_slot: int | None, actor: Actor) -> int | None:
    """Take a story out of its slot by one of the `holder_choices`; return its new slot, None if it is unpinned."""
    slot = former_slot if choice == SWAP else None
    if choice == MOVE and holder.pin is not None:
        slot = next_free_slot(holder.pin)
    edit(holder, {"pin": slot}, actor)
    return slot
