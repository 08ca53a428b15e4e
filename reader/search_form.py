"""The form of the search: its parameters, their checks, and the filters they mean."""

import re
from typing import TYPE_CHECKING, Any, TypeVar, cast

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Model, QuerySet
from django.forms.boundfield import BoundField
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from articles.choices import Kind
from articles.models import Topic
from articles.querysets import ArticleQuerySet
from articles.search.queries import MAX_LENGTH
from articles.site_days import end_of, midnight
from providers.models import Provider

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

MAX_PAGES = 20
MAX_PROVIDERS = 200
MAX_TOPICS = 100
FILTERS = ("topic", "provider", "type", "since", "until")
ISO_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
PAGE_NUMBER = re.compile(r"[0-9]{1,2}")
Row = TypeVar("Row", bound=Model)


class DayInput(forms.DateInput):
    """The browser's date input, which accepts ISO dates only."""

    input_type = "date"

    def format_value(self, value: Any) -> str | None:
        return str(value) if ISO_DATE.fullmatch(str(value)) else None


class SearchForm(forms.Form):
    """The parameters of a search, all optional. A wrong value is reported at its field and otherwise ignored."""

    q = forms.CharField(
        label=_("Search for"),
        required=False,
        widget=forms.TextInput(attrs={"type": "search", "maxlength": MAX_LENGTH, "autocomplete": "off"}),
    )
    topic = forms.CharField(label=_("Topic"), required=False)
    provider = forms.CharField(label=_("Outlet"), required=False)
    type = forms.ChoiceField(
        label=_("Type"), required=False, error_messages={"invalid_choice": _("This type doesn't exist.")}
    )
    since = forms.DateField(label=_("From"), required=False, widget=DayInput())
    until = forms.DateField(label=_("To"), required=False, widget=DayInput())
    sort = forms.ChoiceField(
        label=_("Order"),
        required=False,
        choices=[("", _("Best match")), ("newest", _("Newest first"))],
        error_messages={"invalid_choice": _("This order doesn't exist.")},
    )
    # Not rendered: a new search begins at its first page.
    page = forms.CharField(required=False)

    def __init__(self, parameters: QueryDict) -> None:
        super().__init__(
            {name: str(value).replace("\0", "") for name, value in parameters.items()},
            label_suffix="",
            use_required_attribute=False,
        )
        topics = Topic.objects.for_navigation()[:MAX_TOPICS]
        providers = Provider.objects.active().with_visible_stories()[:MAX_PROVIDERS]
        self.set_choices("topic", _("All topics"), [(topic.slug, topic.label) for topic in topics])
        self.set_choices("provider", _("All outlets"), [(provider.slug, provider.name) for provider in providers])
        cast(forms.ChoiceField, self.fields["type"]).choices = [("", _("All types")), *Kind.choices]

    def set_choices(self, name: str, empty_label: "StrOrPromise", choices: list[tuple[str, str]]) -> None:
        """Make a field a select; its current value is a choice even if it is not among the first."""
        value = self.data.get(name, "")
        if value and value not in dict(choices):
            choices = [*choices, (value, value)]
        self.fields[name].widget = forms.Select(choices=[("", empty_label), *choices])

    @property
    def detail_fields(self) -> list[BoundField]:
        """The fields below the words: filters and order."""
        return [self[name] for name in (*FILTERS, "sort")]

    def clean_topic(self) -> Topic | None:
        return self.object_of("topic", Topic.objects.for_readers().with_children(), _("This topic doesn't exist."))

    def clean_provider(self) -> Provider | None:
        return self.object_of("provider", Provider.objects.active(), _("This outlet doesn't exist."))

    def object_of(self, name: str, queryset: QuerySet[Row], message: "StrOrPromise") -> Row | None:
        slug = self.cleaned_data[name]
        if not slug:
            return None
        instance = queryset.filter(slug=slug).first()
        if instance is None:
            raise ValidationError(message)
        return instance

    def clean_page(self) -> int:
        """Return the number of the page by relevance, 1 if none is given."""
        text = self.cleaned_data["page"]
        if not text:
            return 1
        if not PAGE_NUMBER.fullmatch(text) or not 1 <= int(text) <= MAX_PAGES:
            raise ValidationError(_("This page doesn't exist. Showing the first results."))
        return int(text)

    def clean(self) -> dict[str, Any]:
        since, until = self.cleaned_data.get("since"), self.cleaned_data.get("until")
        if since and until and until < since:
            self.add_error("until", _("“To” is before “From” and was ignored."))
        return self.cleaned_data

    def filter(self, stories: ArticleQuerySet) -> ArticleQuerySet:
        """Return the stories that match all filters."""
        value_of = self.cleaned_data.get
        topic = value_of("topic")
        if topic:
            stories = stories.about([topic, *topic.children.all()])
        if value_of("provider"):
            stories = stories.filter(provider=value_of("provider"))
        if value_of("type"):
            stories = stories.filter(kind=value_of("type"))
        since, until = value_of("since"), value_of("until")
        if since:
            stories = stories.filter(dated_at__gte=midnight(since))
        if until:
            stories = stories.filter(dated_at__lt=end_of(until))
        return stories

    @property
    def has_filters(self) -> bool:
        """Whether a filter is set, to a right or a wrong value."""
        return any(self.data.get(name) for name in FILTERS)
