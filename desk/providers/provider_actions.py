"""What is done to a provider as a whole: rename, merge, deactivate, delete. Each is shown before it is done."""

from functools import partial

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from unfold.widgets import UnfoldAdminTextInputWidget, UnfoldBooleanSwitchWidget

from articles.bulk_actions.execution import create_change
from articles.choices import BulkAction, State
from articles.models import Article
from articles.permissions import PUBLISH
from articles.sanitising import plain_text
from desk.admin_rows import page_url, selected_rows
from desk.admin_urls import BOTH, view_paths
from desk.confirmation import confirmation_page, is_confirmed, redirect_with_success, run_confirmed
from desk.form_fields import ProviderField, name_with_domain
from desk.merging import MergeOperation, merge_page, merge_url
from desk.providers.provider_previews import first_step_of_merge, preview_merge, preview_rename, preview_state
from providers.domains import normalise_domain
from providers.merging import merge_providers
from providers.models import DOMAIN_LIMIT, NAME_LIMIT, Provider, validate_domain
from providers.renaming import rename, set_active

MERGE = MergeOperation(
    field=ProviderField,
    preview=preview_merge,
    first_step=first_step_of_merge,
    merge=merge_providers,
    full_name=name_with_domain,
    success=lambda n: ngettext("%(n)d provider merged into %(target)s.", "%(n)d providers merged into %(target)s.", n),
    title=gettext_lazy("Merge providers"),
    title_of_one=gettext_lazy("Merge %(name)s into another provider"),
    url_name="admin:provider-merge",
    too_few=gettext_lazy("Select at least two providers to merge."),
)


class RenameForm(forms.Form):
    """The name, domain and slug that a provider will have."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=NAME_LIMIT, widget=UnfoldAdminTextInputWidget)
    domain = forms.CharField(
        label=gettext_lazy("Domain"),
        max_length=DOMAIN_LIMIT,
        required=False,
        validators=[validate_domain],
        help_text=gettext_lazy("Lower case, without www."),
        widget=UnfoldAdminTextInputWidget,
    )
    slug = forms.SlugField(
        label=gettext_lazy("Address"),
        max_length=Provider._meta.get_field("slug").max_length,
        required=False,
        allow_unicode=True,
        help_text=gettext_lazy(
            "The last part of its page's address, /providers/…/. The old address will redirect. "
            "Leave empty to derive it from the new name."
        ),
        widget=UnfoldAdminTextInputWidget,
    )

    def clean_name(self):
        return " ".join(self.cleaned_data["name"].split())

    def clean_domain(self):
        domain = self.cleaned_data["domain"]
        return normalise_domain(domain) if domain else ""


class StateForm(forms.Form):
    """Whether the stories of a provider are withdrawn after it is deactivated."""

    withdraw = forms.BooleanField(
        label=gettext_lazy("Also withdraw its published stories"),
        help_text=gettext_lazy("On the next page you can review the stories and give a reason."),
        required=False,
        widget=UnfoldBooleanSwitchWidget,
    )


def urls(model_admin):
    """Return the URL patterns of these pages."""
    routes = [
        ("merge/", partial(merge_page, MERGE), BOTH, "provider-merge"),
        ("<int:pk>/rename/", rename_page, BOTH, "provider-rename"),
        ("<int:pk>/state/", state_page, BOTH, "provider-state"),
    ]
    return view_paths(model_admin, routes)


def action_links(model_admin, request, provider):
    """Return [(label, address)] of what the request's user may do to a provider."""
    links = []
    if model_admin.has_change_permission(request):
        links.append((_("Rename…"), reverse("admin:provider-rename", args=[provider.pk])))
        if model_admin.has_delete_permission(request):
            links.append((_("Merge into another…"), merge_url(MERGE, [provider.pk])))
        label = _("Deactivate…") if provider.is_active else _("Activate…")
        links.append((label, reverse("admin:provider-state", args=[provider.pk])))
    if model_admin.has_delete_permission(request):
        links.append((_("Delete…"), reverse("admin:providers_provider_delete", args=[provider.pk])))
    return links


def rename_page(model_admin, request, pk):
    """Ask for name, domain and slug, show what they change, and change them."""
    (provider,) = selected_rows(model_admin, request, [pk], "change")
    before = {"name": provider.name, "domain": provider.domain, "slug": provider.slug}
    form, preview = RenameForm(request.POST if request.method == "POST" else None, initial=before), None
    if request.method == "POST" and form.is_valid():
        after = form.cleaned_data
        after["slug"] = after["slug"] or free_slug(provider, after["name"], after["domain"])
        try:
            if is_confirmed(request):
                values = [after[name] for name in before]
                has_run, changed = run_confirmed(model_admin, request, rename, provider, *values)
                if has_run:
                    model_admin.log_change(request, provider, describe_rename(before, after, changed))
                    text = _("Renamed to %(name)s.") % {"name": after["name"]}
                    return redirect_with_success(model_admin, request, text, page_url(model_admin, provider))
                provider.refresh_from_db()
            preview = preview_rename(provider, **after)
        except ValidationError as error:
            form.add_error(None, error)
    return confirmation_page(
        model_admin,
        request,
        title=_("Rename %(provider)s") % {"provider": plain_text(provider.name)},
        form=form,
        preview=preview,
        confirm_label=_("Rename"),
        back=page_url(model_admin, provider),
    )


def free_slug(provider, name, domain):
    """Return the slug that a provider would get by a name and domain."""
    return Provider(pk=provider.pk, name=name, domain=domain).free_slug()


def describe_rename(before, after, changed):
    """Return what was renamed, for the log of the admin."""
    return "; ".join(f"{name}: {before[name]} → {after[name]}" for name in changed) or _("Nothing changed.")


def state_page(model_admin, request, pk):
    """Show what activating or deactivating a provider does, and do it."""
    (provider,) = selected_rows(model_admin, request, [pk], "change")
    activates = not provider.is_active
    form = None
    if not activates and request.user.has_perm(PUBLISH):
        form = StateForm(request.POST if request.method == "POST" else None)
    if is_confirmed(request):
        has_run, has_changed = run_confirmed(model_admin, request, set_active, provider, activates)
        if has_run and has_changed:
            text = _("Activated.") if activates else _("Deactivated.")
            model_admin.log_change(request, provider, text)
            withdraws = form and form.is_valid() and form.cleaned_data["withdraw"]
            url = start_withdrawal(model_admin, request, provider) if withdraws else page_url(model_admin, provider)
            message = _("%(provider)s is now active.") if activates else _("%(provider)s is now inactive.")
            return redirect_with_success(model_admin, request, message % {"provider": plain_text(provider.name)}, url)
        provider.refresh_from_db()
        activates = not provider.is_active
    title = _("Activate %(provider)s") if activates else _("Deactivate %(provider)s")
    return confirmation_page(
        model_admin,
        request,
        title=title % {"provider": plain_text(provider.name)},
        options=None if activates else form,
        preview=preview_state(provider, activates),
        confirm_label=_("Activate") if activates else _("Deactivate"),
        back=page_url(model_admin, provider),
    )


def start_withdrawal(model_admin, request, provider):
    """Prepare the withdrawal of a provider's published stories, if any; return the address of the page to go on to."""
    stories = Article.objects.filter(provider=provider, state=State.PUBLISHED).order_by("-dated_at", "-pk")
    if not stories.exists():
        return page_url(model_admin, provider)
    return reverse("admin:story-bulk", args=[create_change(BulkAction.WITHDRAW, stories, request.user).pk])


def refuse_deletion(model_admin, request, object_id):
    """Return a redirect that says why a provider cannot be deleted, None if nothing refers to it."""
    (provider,) = selected_rows(model_admin, request, [object_id], "delete")
    if not provider.articles.exists() and not provider.related_links.exists():
        return None
    text = _("%(provider)s has stories or related coverage. Merge it into another provider, or deactivate it.")
    model_admin.message_user(request, text % {"provider": plain_text(provider.name)}, messages.ERROR)
    return redirect(page_url(model_admin, provider))
