"""Addresses and pages of providers at the desk."""

from django.urls import reverse

LIST = reverse("admin:providers_provider_changelist")
# The data attributes by which a field searches its choices.
AUTOCOMPLETE_PARAMETERS = ("app_label", "model_name", "field_name")


def page_of(provider):
    return reverse("admin:providers_provider_change", args=[provider.pk])


def action_url(name, provider):
    return reverse(f"admin:provider-{name}", args=[provider.pk])


def merge_url(*providers):
    return f"{reverse('admin:provider-merge')}?{'&'.join(f'of={provider.pk}' for provider in providers)}"


def signature_in(response):
    """Return the signature of the preview shown, as a browser would post it."""
    return {"seen": response.context["preview"].signature}


def text_of(response):
    return " ".join(response.content.decode().split())
