"""Why an import needs approval, and what its approver has to type."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from articles.choices import WRITTEN, Result
from newsroom.numbers import format_number

# By the verb that articles/importing/guards.py gives a reason.
APPROVALS = {
    "unpublish": gettext_lazy("Unpublish %(number)s of %(published)s published stories"),
    "change": gettext_lazy("Change %(number)s of %(published)s published stories"),
    "redate": gettext_lazy("Change the date of %(number)s of %(published)s published stories"),
}
REASONS = {
    "unpublish": gettext_lazy("This would unpublish %(number)s of %(published)s published stories (limit %(limit)s)."),
    "change": gettext_lazy("This would change %(number)s of %(published)s published stories (limit %(limit)s)."),
    "redate": gettext_lazy(
        "This would change the date of %(number)s of %(published)s published stories (limit %(limit)s)."
    ),
}


def approval_of(batch):
    """Return (label of the button, number to type) for a preview that needs approval, else None."""
    if not (batch.is_preview and batch.note):
        return None
    reason = next(iter(batch.options.get("reasons", ())), None)
    if reason is None:
        # Held by an earlier version, which recorded no numbers.
        number = sum(batch.counts.get(result, 0) for result in (*WRITTEN, Result.HELD))
        return _("Import all %(number)s documents") % {"number": format_number(number)}, number
    values = {"number": format_number(reason["number"]), "published": format_number(reason["published"])}
    return APPROVALS[reason["verb"]] % values, reason["number"]


def describe_reasons(batch):
    """Return why a batch needs approval, in the language of the desk."""
    reasons = batch.options.get("reasons")
    if not reasons:
        return batch.note
    return " ".join(
        REASONS[reason["verb"]]
        % {
            "number": format_number(reason["number"]),
            "published": format_number(reason["published"]),
            "limit": _("%(number)s%%") % {"number": f"{reason['limit'] * 100:.0f}"},
        }
        for reason in reasons
    )
