"""What is done to a provider as a whole: rename, merge, deactivate, delete. Each is shown before it is done."""

from django import forms
from django.contrib import messages
from django.contrib.admin.models import DELETION, LogEntry
from django.core.exceptions import ValidationError
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from unfold.widgets import (
    UnfoldAdminRadioSelectWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanSwitchWidget,
)

from articles import workflow
from articles.bulk_actions.execution import new_change
from articles.choices import BulkAction, State
from articles.models import Article
from articles.sanitising import plain_text
from desk.confirmation import DO
from desk.form_fields import ProviderField, name_with_domain
from desk.providers.provider_previews import preview_of_merge, preview_of_renaming, preview_of_state, what_comes_first
from providers.domains import normalise_domain
from providers.merging import merge_providers
from providers.models import DOMAIN_LIMIT, NAME_LIMIT, Provider, validate_domain
from providers.renaming import rename, set_active

# More are not put into a row of buttons.
MOST_RADIOS = 12


class RenameForm(forms.Form):
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
            "Of its page, /providers/…/. Left as it is, nothing changes for readers’ bookmarks; "
            "empty, it is made of the new name."
        ),
        widget=UnfoldAdminTextInputWidget,
    )

    def clean_name(self):
        return " ".join(self.cleaned_data["name"].split())

    def clean_domain(self):
        domain = self.cleaned_data["domain"]
        return normalise_domain(domain) if domain else ""


class TargetForm(forms.Form):
    """Which one shall stay: of those chosen, or of all others when one was."""

    target = ProviderField(label=gettext_lazy("Which one shall stay?"))

    def __init__(self, chosen, *args, **kwargs):
        super().__init__(*args, **kwargs)
        field, keys = self.fields["target"], [one.pk for one in chosen]
        providers = Provider.objects.all()
        among = providers.filter(pk__in=keys) if len(chosen) > 1 else providers.exclude(pk__in=keys)
        if 1 < len(chosen) <= MOST_RADIOS:
            field.queryset = among
            field.widget = UnfoldAdminRadioSelectWidget(choices=field.ordered_choices())
        else:
            field.offer(among)


class StateForm(forms.Form):
    withdraw = forms.BooleanField(
        label=gettext_lazy("Then withdraw its published stories"),
        help_text=gettext_lazy("You see which, and say why, on the page that follows."),
        required=False,
        widget=UnfoldBooleanSwitchWidget,
    )


def free_address(provider, name, domain):
    """Return the slug that a provider would get by a name."""
    return Provider(pk=provider.pk, name=name, domain=domain).free_slug()


class ProviderActs:
    """The part of the providers' admin that has these pages."""

    def get_urls(self):
        own = [
            path("merge/", self.admin_site.admin_view(self.merge), name="provider-merge"),
            path("<int:pk>/rename/", self.admin_site.admin_view(self.rename), name="provider-rename"),
            path("<int:pk>/state/", self.admin_site.admin_view(self.change_state), name="provider-state"),
        ]
        return [*own, *super().get_urls()]

    def acts_for(self, request, provider):
        """Return [(label, address)] of what who asks may do to a provider."""
        acts = []
        if self.has_change_permission(request):
            acts.append((_("Rename …"), reverse("admin:provider-rename", args=[provider.pk])))
            if self.has_delete_permission(request):
                acts.append((_("Merge into another …"), f"{reverse('admin:provider-merge')}?of={provider.pk}"))
            label = _("Deactivate …") if provider.is_active else _("Activate …")
            acts.append((label, reverse("admin:provider-state", args=[provider.pk])))
        if self.has_delete_permission(request):
            acts.append((_("Delete …"), reverse("admin:providers_provider_delete", args=[provider.pk])))
        return acts

    def rename(self, request, pk):
        """Ask for name, domain and address, show what they change, and change them."""
        (provider,) = self.rows_for(request, [pk], "change")
        page = reverse("admin:providers_provider_change", args=[pk])
        now = {"name": provider.name, "domain": provider.domain, "slug": provider.slug}
        form, preview = RenameForm(request.POST if request.method == "POST" else None, initial=now), None
        if request.method == "POST" and form.is_valid():
            wanted = form.cleaned_data
            wanted["slug"] = wanted["slug"] or free_address(provider, wanted["name"], wanted["domain"])
            try:
                if DO in request.POST:
                    was_done, changed = self.take(request, rename, provider, *(wanted[name] for name in now))
                    if was_done:
                        self.log_change(request, provider, renamed_in_words(now, wanted, changed))
                        return self.done(request, _("It is called %(name)s now.") % {"name": wanted["name"]}, page)
                    provider.refresh_from_db()
                preview = preview_of_renaming(provider, **wanted)
            except ValidationError as error:
                form.add_error(None, error)
        return self.act_page(
            request,
            title=_("Rename %(provider)s") % {"provider": plain_text(provider.name)},
            form=form,
            preview=preview,
            confirm=_("Rename"),
            back=page,
        )

    def change_state(self, request, pk):
        """Show what it means that a provider is active no longer, or is again, and make it so."""
        (provider,) = self.rows_for(request, [pk], "change")
        page, wanted = reverse("admin:providers_provider_change", args=[pk]), not provider.is_active
        asks = not wanted and request.user.has_perm(workflow.PUBLISH)
        form = StateForm(request.POST if request.method == "POST" else None) if asks else None
        if request.method == "POST" and DO in request.POST:
            was_done, changed = self.take(request, set_active, provider, wanted)
            if was_done and changed:
                said = _("Active again.") if wanted else _("Not active any more.")
                self.log_change(request, provider, said)
                if form and form.is_valid() and form.cleaned_data["withdraw"]:
                    return self.begin_withdrawing(request, provider, said)
                return self.done(request, f"{plain_text(provider.name)}: {said}", page)
            provider.refresh_from_db()
            wanted = not provider.is_active
        title = _("Activate %(provider)s") if wanted else _("Deactivate %(provider)s")
        return self.act_page(
            request,
            title=title % {"provider": plain_text(provider.name)},
            also=None if wanted else form,
            preview=preview_of_state(provider, wanted),
            confirm=_("Activate") if wanted else _("Deactivate"),
            back=page,
        )

    def begin_withdrawing(self, request, provider, said):
        """Go on to the preview of withdrawing a provider's published stories, if it has any."""
        stories = Article.objects.filter(provider=provider, state=State.PUBLISHED).order_by("-dated_at", "-pk")
        page = reverse("admin:providers_provider_change", args=[provider.pk])
        if stories.exists():
            page = reverse("admin:story-bulk", args=[new_change(BulkAction.WITHDRAW, stories, request.user).pk])
        return self.done(request, f"{plain_text(provider.name)}: {said}", page)

    def merge(self, request):
        """Ask which one of several, or into which other one, show what moves, and move it."""
        chosen = self.rows_for(request, request.GET.getlist("of"), "change", "delete")
        chosen.sort(key=lambda one: (one.name.lower(), one.pk))
        page = reverse("admin:providers_provider_change", args=[chosen[0].pk])
        back = page if len(chosen) == 1 else reverse("admin:providers_provider_changelist")
        form, preview = TargetForm(chosen, request.POST if request.method == "POST" else None), None
        if request.method == "POST" and form.is_valid():
            target = form.cleaned_data["target"]
            sources = [one for one in chosen if one.pk != target.pk]
            if DO in request.POST and not what_comes_first(sources):
                names = [name_with_domain(one) for one in sources]
                was_done, moved = self.take(request, merge_providers, target, sources, request.user)
                if was_done:
                    return self.after_merge(request, target, sources, names, moved)
                return redirect(request.get_full_path())
            preview = preview_of_merge(target, sources)
        lead = _("Everything of the others becomes its own, and they are removed. This cannot be undone.")
        title = _("Merge providers") if len(chosen) > 1 else _("Merge %(name)s into another provider")
        return self.act_page(
            request,
            title=title % {"name": plain_text(chosen[0].name)},
            lead=lead,
            form=form,
            preview=preview,
            confirm=_("Merge"),
            back=back,
        )

    def after_merge(self, request, target, sources, names, moved):
        self.log_change(request, target, _("Merged into it: %(names)s.") % {"names": ", ".join(names)})
        told = _("Merged into %(target)s.") % {"target": name_with_domain(target)}
        LogEntry.objects.log_actions(request.user.pk, sources, DELETION, change_message=told)
        text = ngettext(
            "%(n)d provider merged into %(target)s.", "%(n)d providers merged into %(target)s.", len(sources)
        )
        told = {"n": len(sources), "target": plain_text(target.name)}
        return self.done(request, text % told, reverse("admin:providers_provider_change", args=[target.pk]))

    def delete_view(self, request, object_id, extra_context=None):
        """Delete a provider that nothing names; of others say why not, and what to do instead."""
        (provider,) = self.rows_for(request, [object_id], "delete")
        if not provider.articles.exists() and not provider.related_links.exists():
            return super().delete_view(request, object_id, extra_context)
        text = _("%(provider)s has stories or coverage. Merge it into another, or deactivate it.")
        self.message_user(request, text % {"provider": plain_text(provider.name)}, messages.ERROR)
        return redirect("admin:providers_provider_change", provider.pk)


def renamed_in_words(before, after, changed):
    """Return what was renamed, for the log of the admin."""
    return "; ".join(f"{name}: {before[name]} → {after[name]}" for name in changed) or _("Nothing changed.")
