"""The page of import rules: for each field, which side wins if upstream and the desk both change it."""

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponseBadRequest
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from articles.choices import MergePolicy, RemovalPolicy
from articles.importing.policies import effective_policies, set_policies
from articles.permissions import PUBLISH
from desk.admin_urls import BOTH, view_paths
from desk.stories.history_texts import key_label
from newsroom.dates import format_time

PREFIX = "policy-"


def urls(model_admin):
    return view_paths(model_admin, [("rules/", rules_page, BOTH, "import-rules")])


def rules_page(model_admin, request):
    """Show the rules to users who may publish, and store their choices."""
    if not request.user.has_perm(PUBLISH):
        raise PermissionDenied
    policies = effective_policies()
    if request.method == "POST":
        choices = {field: request.POST.get(f"{PREFIX}{field}", "") for field in policies}
        if not all(choice in ("", *MergePolicy.values) for choice in choices.values()):
            return HttpResponseBadRequest(_("Choose a rule from the list."))
        number = len(set_policies(choices, request.user))
        text = ngettext("%(number)d import rule changed.", "%(number)d import rules changed.", number)
        model_admin.message_user(request, text % {"number": number}, messages.SUCCESS if number else messages.INFO)
        return redirect("admin:import-rules")
    context = {
        **model_admin.admin_site.each_context(request),
        "opts": model_admin.opts,
        "title": _("Import rules"),
        "rules": [describe_rule(field, effective) for field, effective in policies.items()],
        "policies": MergePolicy.choices,
        "removal": RemovalPolicy(settings.IMPORT_REMOVED).label,
    }
    return TemplateResponse(request, "admin/articles/importbatch/rules.html", context)


def describe_rule(field, effective):
    """Return what the page shows of a field's EffectivePolicy."""
    row = effective.desk
    return {
        "name": f"{PREFIX}{field}",
        "label": _("Rating") if field == "ratings" else key_label(field),
        "key": field,
        "chosen": row.policy if row else "",
        "fallback": effective.fallback.label,
        "is_set": effective.is_fallback_set,
        "since": format_time(row.changed_at) if row else "",
        "who": row.changed_by if row else None,
    }
