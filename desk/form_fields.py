"""Choosing one of many topics or providers: from a list that can be looked over, and by typing where there are more."""

from django import forms
from django.contrib import admin
from django.contrib.admin.widgets import AutocompleteSelect
from unfold.widgets import UnfoldAdminSelectWidget

from articles.models import Article, ArticleTopic, RelatedLink, Topic
from articles.sanitising import plain_text
from articles.topic_tree import places
from providers.models import Provider

MOST_OPTIONS = 200
NOTHING = ("", "–")


class PickedField(forms.ModelChoiceField):
    """One of `queryset`. A list as long as it is needs a search, which needs a script; a shorter one needs neither.

    `source` is the column by which the admin's own search finds them: who may see what is asked of its model.
    """

    source = None

    def offer(self, queryset):
        """Choose from `queryset` from now on. One query, and those of `in_order`."""
        self.queryset = queryset
        if queryset.order_by().values("pk")[: MOST_OPTIONS + 1].count() > MOST_OPTIONS:
            self.widget = AutocompleteSelect(self.source, admin.site, attrs={"data-width": "100%"})
            self.widget.is_required = self.required
            self.widget.choices = self.choices
        else:
            self.widget = UnfoldAdminSelectWidget(choices=[NOTHING, *self.in_order()])


class TopicField(PickedField):
    """A topic; in a list told apart by all that stands above it."""

    source = ArticleTopic._meta.get_field("tag")

    def __init__(self, **kwargs):
        super().__init__(Topic.objects.all(), **kwargs)

    def in_order(self):
        """Return the choices in the order of the tree. Two queries."""
        keys = set(self.queryset.order_by().values_list("pk", flat=True))
        return [(place.pk, plain_text(place.path)) for place in places().values() if place.pk in keys]


class ProviderField(PickedField):
    """A provider; told apart from others of its name by its domain."""

    source = RelatedLink._meta.get_field("provider")

    def __init__(self, **kwargs):
        super().__init__(Provider.objects.all(), **kwargs)

    def in_order(self):
        """Return the choices by name. One query."""
        return [(provider.pk, in_full(provider)) for provider in self.queryset]

    def label_from_instance(self, provider):
        return in_full(provider)


class StorysProviderField(ProviderField):
    """A provider to be given to stories, which takes one that is active."""

    source = Article._meta.get_field("provider")


def in_full(provider):
    """Return a provider as it is told apart from others of its name."""
    name = plain_text(provider.name)
    return f"{name} ({provider.display_domain})" if provider.domain else name
