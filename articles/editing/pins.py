"""Slots of the front page: which story holds one, and where that story can go."""

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from articles.editing.fields import edit
from articles.models import Article
from articles.models.article import PINS
from articles.sanitising import plain_text

MOVE, SWAP, UNPIN = "move", "swap", "unpin"


def pinned_stories():
    """Return the stories that hold a slot: published or scheduled ones with a pin, unless their time is over."""
    lasting = Q(visible_until__isnull=True) | Q(visible_until__gt=timezone.now())
    return Article.objects.filter(lasting, published=True, pin__gte=1)


def holder_of(slot, other_than):
    """Return the story that holds a slot, besides the one with the key `other_than`, or None. One query."""
    return pinned_stories().filter(pin=slot).exclude(pk=other_than).order_by("-dated_at", "-pk").first()


def next_free_slot(slot):
    """Return the first slot after `slot` that no story holds, from the top again after the last; None for none."""
    taken = set(pinned_stories().values_list("pin", flat=True))
    after = [*range(slot + 1, PINS + 1), *range(1, slot)]
    return next((one for one in after if one not in taken), None)


def ways_for(holder, slot, former):
    """Return [(value, label)] of what can be done with the story that holds `slot`.

    `former` is the slot that the other story leaves for it, or None.
    """
    title, free = plain_text(holder.title), next_free_slot(slot)
    ways = []
    if former and former != slot:
        ways.append((SWAP, _("Swap: move “%(story)s” to slot %(slot)d") % {"story": title, "slot": former}))
    if free and free != former:
        ways.append((MOVE, _("Move “%(story)s” to slot %(slot)d") % {"story": title, "slot": free}))
    return [*ways, (UNPIN, _("Unpin “%(story)s”") % {"story": title})]


def make_room(holder, way, former, actor):
    """Take a story out of its slot in one of the ways that were offered; return the slot it has now."""
    slot = {SWAP: former, MOVE: next_free_slot(holder.pin) if way == MOVE else None}.get(way)
    edit(holder, {"pin": slot}, actor)
    return slot
