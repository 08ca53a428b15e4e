"""Form fields of the desk: lists of lines, and choices of one of many topics or providers."""

from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.contrib.admin.widgets import AutocompleteSelect
from django.db.models import QuerySet
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextareaWidget

from articles.models import Article, ArticleTopic, RelatedLink, Topic
from articles.sanitising import plain_text
from articles.topic_tree import places
from providers.models import Provider

MAX_OPTIONS = 200
NO_CHOICE = ("", "–")


class LinesField(forms.CharField):
    """A list of texts, one a line."""

    def __init__(self, **kwargs):
        super().__init__(**{"required": False, "widget": UnfoldAdminTextareaWidget(attrs={"rows": 4}), **kwargs})

    def prepare_value(self, value):
        return "\n".join(value) if isinstance(value, list) else value

    def to_python(self, value):
        lines = (line.strip() for line in (super().to_python(value) or "").splitlines())
        return [line for line in dict.fromkeys(lines) if line]

    def has_changed(self, initial, data):
        return (initial or []) != self.to_python(data)


class SelectOrSearchField(forms.ModelChoiceField[Any]):
    """One of `queryset`: a plain select for up to MAX_OPTIONS rows, which works without a script, else a search.

    `source` is the model field whose autocomplete view is searched; permissions are checked on its model.
    """

    source: ClassVar[Any]
    queryset: QuerySet[Any]

    def ordered_choices(self) -> list[tuple[int, str]]:
        """Return the choices of the select as (key, label)."""
        raise NotImplementedError

    def offer(self, queryset: QuerySet[Any]) -> None:
        """Set the rows to choose from, and the widget for their number. One query, and those of `ordered_choices`."""
        self.queryset = queryset
        if queryset.order_by().values("pk")[: MAX_OPTIONS + 1].count() > MAX_OPTIONS:
            self.widget = AutocompleteSelect(self.source, admin.site, attrs={"data-width": "100%"})
            self.widget.is_required = self.required
            self.widget.choices = self.choices
        else:
            self.widget = UnfoldAdminSelectWidget(choices=[NO_CHOICE, *self.ordered_choices()])


class TopicField(SelectOrSearchField):
    """A topic; the select shows its path in the tree, as names are not unique."""

    source = ArticleTopic._meta.get_field("tag")

    def __init__(self, **kwargs):
        super().__init__(Topic.objects.all(), **kwargs)

    def ordered_choices(self) -> list[tuple[int, str]]:
        """Return the choices in the order of the tree. Two queries."""
        keys = set(self.queryset.order_by().values_list("pk", flat=True))
        return [(place.pk, plain_text(place.path)) for place in places().values() if place.pk in keys]


class ProviderField(SelectOrSearchField):
    """A provider, shown with its domain, as names are not unique."""

    source = RelatedLink._meta.get_field("provider")

    def __init__(self, **kwargs):
        super().__init__(Provider.objects.all(), **kwargs)

    def ordered_choices(self) -> list[tuple[int, str]]:
        """Return the choices by name. One query."""
        return [(provider.pk, name_with_domain(provider)) for provider in self.queryset]

    def label_from_instance(self, provider: Provider) -> str:
        return name_with_domain(provider)


class StoryProviderField(ProviderField):
    """A provider for stories: only active ones are found."""

    source = Article._meta.get_field("provider")


def name_with_domain(provider: Provider) -> str:
    """Return a provider's name with its domain, which distinguishes it from others of the same name."""
    name = plain_text(provider.name)
    return f"{name} ({provider.display_domain})" if provider.domain else name
