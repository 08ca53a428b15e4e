"""Pages that show what an operation would do before somebody confirms it.

They work without a script. A preview has the signature of everything that it was computed from; a
confirmed operation whose signature has changed meanwhile is refused, and the page shows a new preview.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.contrib import messages
from django.http import HttpRequest
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from articles.sanitising import plain_text
from newsroom.numbers import format_number
from newsroom.signatures import StalePreview

# The name of the button that confirms, and of the field that has the preview's signature.
CONFIRM, SIGNATURE = "_do", "seen"
NAMES_SHOWN = 12
# More stories are not moved at once: it takes seconds, in which nobody else can save.
STORIES_MOVED_AT_ONCE = 50_000


@dataclass
class Preview:
    """What an operation would do.

    `heads` and `rows` are a table, each row a (name, [(number, address or "")]); `notes` and `warnings` are sentences.
    `first_step` is what has to be done before, (reason, label, address); while there is one, nothing can be confirmed.
    """

    signature: str
    heads: list[str] = field(default_factory=list)
    rows: list[tuple[str, list[Any]]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    first_step: tuple[str, str, str] | tuple[()] = ()


def confirmation_page(
    model_admin, request, *, title, back, lead="", form=None, preview=None, options=None, confirm_label=""
):
    """Return the page of an operation; without a `preview` it only shows the form.

    `form` asks what the preview depends on, `options` is a form of what is chosen together with the confirmation.
    `back` is the address that "Cancel" leads to.
    """
    context = {
        **model_admin.admin_site.each_context(request),
        "title": title,
        "opts": model_admin.opts,
        "lead": lead,
        "form": form,
        "preview": preview,
        "options": options,
        "confirm_label": confirm_label,
        "back": back,
    }
    return TemplateResponse(request, "admin/confirmation.html", context)


def is_confirmed(request: HttpRequest) -> bool:
    """Return whether a request confirms the operation of its page."""
    return request.method == "POST" and CONFIRM in request.POST


def run_confirmed(model_admin, request, operation, *args):
    """Run an operation with the signature of the preview that was confirmed; return (whether it ran, its result)."""
    try:
        return True, operation(*args, signature=request.POST.get(SIGNATURE, ""))
    except StalePreview as error:
        model_admin.message_user(request, str(error), messages.ERROR)
        return False, None


def redirect_with_success(model_admin, request, text, url):
    """Redirect to an address, whose page shows `text` as a success."""
    model_admin.message_user(request, text, messages.SUCCESS)
    return redirect(url)


# Parts of previews ------------------------------------------------------------------------------


def shortened(names: Iterable[object]) -> str:
    """Return the first NAMES_SHOWN of some names in one line, and how many more there are."""
    texts = [plain_text(str(name)) for name in names]
    rest = len(texts) - NAMES_SHOWN
    more = ngettext(" and %(n)s more", " and %(n)s more", rest) % {"n": format_number(rest)} if rest > 0 else ""
    return ", ".join(texts[:NAMES_SHOWN]) + more


def redirect_note(old_url: str, new_url: str) -> str:
    """Return the sentence that one public address redirects to another from now on."""
    values = {"before": old_url, "after": new_url}
    return _("%(before)s and its feeds redirect to %(after)s.") % values


def aliases_note(aliases: Iterable[object]) -> str:
    """Return the sentence on the names by which the next import finds a provider or topic."""
    return _("Future imports will match: %(names)s.") % {"names": shortened(aliases)}


def step_for_too_many(story_counts, reason, label, url_of):
    """Return the first step, (reason, label, address), if rows have too many stories to be moved at once, else ().

    `story_counts` is {row: number}. `reason` and `label` have the placeholders number, most, and provider or topic.
    `url_of(row)` is the address where the stories of a row can be changed in the background.
    """
    total = sum(story_counts.values())
    if total <= STORIES_MOVED_AT_ONCE:
        return ()
    largest = max(story_counts, key=story_counts.get)
    name = plain_text(largest.name)
    values = {
        "number": format_number(total),
        "most": format_number(STORIES_MOVED_AT_ONCE),
        "provider": name,
        "topic": name,
    }
    return reason % values, label % values, url_of(largest)
