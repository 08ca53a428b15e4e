"""The kinds of filters of the list of stories. Each costs about as much as a page of the list, however many stories.

To add a filter, see docs/recipes.md.
"""

from typing import Any

from django.contrib import admin
from django.contrib.admin.views.main import ORDER_VAR
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import AutocompleteSelectFilter

from articles.models import Article, RelatedLink
from articles.querysets import has_few
from desk.site import is_row_key

SELECTED = mark_safe(" selected")
# The markup that unfold's script for autocompletion expects.
AUTOCOMPLETE_SELECT = (
    '<select name="{name}" id="filter-{name}" class="unfold-filter-autocomplete admin-autocomplete" '
    'data-ajax--cache="true" data-ajax--delay="250" data-ajax--type="GET" data-ajax--url="{url}" '
    'data-app-label="{app}" data-model-name="{model}" data-field-name="{field}" data-theme="admin-autocomplete" '
    'data-allow-clear="true" data-placeholder="{all}" lang="{language}"><option value=""></option>{option}</select>'
)
# Autocompletion for the story's own column finds active providers only, as only these can be assigned.
SEARCH_FIELDS: dict[str, Any] = {"provider": RelatedLink._meta.get_field("provider")}


class SelectFilter(admin.SimpleListFilter):
    """A filter as a plain select: one unfold form for each takes longer than the page of stories."""

    template = "admin/articles/article/filter.html"

    def choices(self, changelist):
        value = self.value() or ""
        options = [("", _("All")), *((str(choice), label) for choice, label in self.lookup_choices)]
        marked = ((choice, SELECTED if choice == value else "", label) for choice, label in options)
        name = self.parameter_name
        yield {
            "id": f"filter-{name}",
            "select": format_html(
                '<select name="{}" id="filter-{}">{}</select>',
                *(name, name),
                format_html_join("", '<option value="{}"{}>{}</option>', marked),
            ),
        }


class ChoiceFilter(SelectFilter):
    """A filter by one of a few conditions; `options()` returns {value: (label, Q)}. Other values filter nothing."""

    def options(self) -> dict[Any, Any]:
        raise NotImplementedError

    def lookups(self, request, model_admin):
        return [(value, label) for value, (label, _condition) in self.options().items()]

    def queryset(self, request, queryset):
        option = self.options().get(self.value())
        return queryset if option is None else queryset.filter(option[1])


class SparseFilter(ChoiceFilter):
    """A filter whose condition few or most stories may match.

    `options()` returns {value: (label, condition, the same condition without an index)}; the last is None if an
    index can be used for the condition in every order of the list. A few matches are looked up by key, regardless of
    other filters. Many are found by reading the list in its order; there the condition must not lead the planner to an
    index whose rows it would then have to sort.
    """

    # The column of the list for whose order there is an index that begins with the condition's column, if any.
    list_column: str | None = None

    def queryset(self, request, queryset):
        option = self.options().get(self.value())
        if option is None:
            return queryset
        _label, condition, unindexed = option
        if unindexed is None:
            return queryset.filter(condition)
        matches = Article.objects.filter(condition).order_by()
        if has_few(matches):
            return queryset.filter(pk__in=matches.values("pk"))
        return queryset.filter(condition if self.is_in_list_order(request) else unindexed)

    def lookups(self, request, model_admin):
        # In the numbering of `?o=`.
        checkbox = ["action_checkbox"] if model_admin.get_actions(request) else []
        self.columns = [*checkbox, *model_admin.get_list_display(request)]
        return [(value, option[0]) for value, option in self.options().items()]

    def is_in_list_order(self, request):
        """Whether an index on the condition's column can also be used for the order of the list."""
        return self.list_column is not None and self.is_sorted_by(request, self.list_column)

    def is_sorted_by(self, request, name):
        """Whether the list is sorted by a column; the default is "headline", which sorts by time."""
        column, _is_ascending = sort_column(request.GET.get(ORDER_VAR, ""), self.columns)
        return getattr(column, "__name__", column or "headline") == name


def sort_column(order, columns):
    """Return (column, whether ascending) of a value of `?o=`; the column is None if there is none of that number."""
    first = order.split(".")[0]
    number = first.removeprefix("-")
    is_column = number.isdecimal() and len(number) < 3 and int(number) < len(columns)
    return (columns[int(number)] if is_column else None), first == number


class RelatedFilter(AutocompleteSelectFilter):
    """A filter by a related row, with autocompletion. One query for the label of the chosen one."""

    template = "admin/articles/article/filter.html"

    def choices(self, changelist):
        key, model = str(self.value() or ""), self.field.remote_field.model
        row = model.objects.filter(pk=int(key)).first() if is_row_key(key) else None
        search_field: Any = SEARCH_FIELDS.get(self.field.name, self.field)
        yield {
            "id": f"filter-{self.lookup_kwarg}",
            "select": format_html(
                AUTOCOMPLETE_SELECT,
                name=self.lookup_kwarg,
                url=reverse("admin:autocomplete"),
                app=search_field.model._meta.app_label,
                model=search_field.model._meta.model_name,
                field=search_field.name,
                all=_("All"),
                language=get_language(),
                option=format_html('<option value="{}" selected>{}</option>', key, row or _("no longer exists"))
                if key
                else "",
            ),
        }
