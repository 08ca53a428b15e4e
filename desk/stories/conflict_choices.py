"""The conflicts on a story's page, and how they are settled when it is saved."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from articles import workflow
from articles.importing.conflicts import UnusableValue, settle
from articles.models import Conflict
from desk.imports.import_results import shown as display_beside
from desk.stories.desk_actor import desk_actor
from desk.stories.history_texts import key_label

Settlement = Conflict.Settlement
# In the order of the page. The last one is for all future imports too, so it comes last.
SETTLEMENT_LABELS = {
    Settlement.THEIRS: gettext_lazy("Use upstream version"),
    Settlement.OURS: gettext_lazy("Keep our version"),
    Settlement.ALWAYS_OURS: gettext_lazy("Always keep our version"),
}


# For a story that upstream has removed.
REMOVAL_LABELS = {
    Settlement.THEIRS: gettext_lazy("Withdraw the story"),
    Settlement.OURS: gettext_lazy("Keep it published"),
}


def open_conflicts(story):
    return Conflict.objects.filter(article=story, settlement="")


def describe_conflicts(story, data):
    """Return what the page shows of a story's open conflicts; `data` is what was posted. One query."""
    return [
        {
            "name": input_name(conflict),
            "field": key_label(conflict.field),
            **describe_sides(conflict),
            "settlements": [
                (str(settlement), REMOVAL_LABELS.get(settlement, label) if conflict.field == "removed" else label)
                for settlement, label in SETTLEMENT_LABELS.items()
            ],
            "since": conflict.created_at,
            "chosen": data.get(input_name(conflict), ""),
        }
        for conflict in open_conflicts(story).order_by("pk")
    ]


def describe_sides(conflict):
    """Return {"ours", "theirs"} as the desk shows them; upstream's removal is a question about the state."""
    if conflict.field == "removed" and conflict.theirs:
        return {"ours": _("Published"), "theirs": _("Removed upstream")}
    return {
        "ours": display_beside(conflict.ours, conflict.theirs),
        "theirs": display_beside(conflict.theirs, conflict.ours),
    }


def input_name(conflict):
    return f"settle-{conflict.pk}"


def settle_chosen_conflicts(model_admin, request, story):
    """Settle the conflicts for which something was chosen, after the form is saved."""
    for conflict in open_conflicts(story):
        choice = request.POST.get(input_name(conflict), "")
        if choice not in SETTLEMENT_LABELS:
            continue
        try:
            settle(conflict, Settlement(choice), desk_actor(request))
        except PermissionDenied:
            text = _("You don't have permission to settle this conflict: %(field)s.")
            model_admin.message_user(request, text % {"field": key_label(conflict.field)}, messages.ERROR)
        except (workflow.WorkflowError, UnusableValue) as error:
            model_admin.message_user(request, str(error), messages.ERROR)
