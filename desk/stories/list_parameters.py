"""The query parameters of the list of stories: former names, and wrong values, which are reported above the list."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.contrib import messages
from django.contrib.admin.views.main import ALL_VAR, ERROR_FLAG, ORDER_VAR, PAGE_VAR, SEARCH_VAR
from django.http import HttpRequest, QueryDict
from django.utils.translation import gettext as _

from articles.models import Topic
from desk.site import is_row_key
from desk.stories.filter_types import SelectFilter
from providers.models import Provider

# {former name: current name}; links and saved views with a former name keep working.
RENAMED = {"kind": "type", "kind__exact": "type"}
# {filter whose value is the key of a row: its model}.
KEY_PARAMETERS: dict[str, type[Topic] | type[Provider]] = {
    "topic_links__tag__id__exact": Topic,
    "provider__id__exact": Provider,
}
LIST_PARAMETERS = {ALL_VAR, ORDER_VAR, PAGE_VAR, SEARCH_VAR}


def with_current_names(parameters: QueryDict) -> QueryDict:
    """Return a QueryDict with former names replaced, in the same order; a current name wins over a former one."""
    if not any(name in parameters for name in RENAMED):
        return parameters
    renamed = parameters.copy()
    renamed.clear()
    for name, values in parameters.lists():
        if name not in RENAMED:
            renamed.setlist(name, values)
        elif RENAMED[name] not in parameters:
            renamed.setlist(RENAMED[name], values)
    return renamed


def remove_wrong_keys(parameters: QueryDict) -> tuple[QueryDict, list[str]]:
    """Return (QueryDict, messages): the parameters without values that should be keys and are not."""
    return remove(parameters, [name for name in KEY_PARAMETERS if not is_row_key(parameters.get(name) or "0")])


def remove_unknown(parameters: QueryDict, list_filter: Iterable[Any]) -> tuple[QueryDict, list[str]]:
    """Return (QueryDict, messages): the parameters without those that the list and its filters do not have."""
    known = {*LIST_PARAMETERS, *KEY_PARAMETERS, *(spec.parameter_name for spec in select_filters(list_filter))}
    return remove(parameters, [name for name in parameters if name not in known])


def remove(parameters: QueryDict, names: Sequence[str]) -> tuple[QueryDict, list[str]]:
    if not names:
        return parameters, []
    right = parameters.copy()
    for name in names:
        del right[name]
    return right, [wrong_value(name, parameters[name]) for name in names if name != ERROR_FLAG]


def wrong_choices(change_list: Any) -> list[str]:
    """Return the messages for filters whose value in the address is not one of their choices."""
    choices = {
        spec.parameter_name: {str(value) for value, _label in spec.lookup_choices}
        for spec in change_list.filter_specs
        if isinstance(spec, SelectFilter)
    }
    parameters = change_list.request.GET
    return [
        wrong_value(spec.parameter_name, value, spec.title)
        for spec in select_filters(change_list.list_filter)
        # A filter without choices is not among the list's filters.
        if (value := parameters.get(spec.parameter_name)) and value not in choices.get(spec.parameter_name, ())
    ]


def select_filters(list_filter: Iterable[Any]) -> list[type[SelectFilter]]:
    return [spec for spec in list_filter if isinstance(spec, type) and issubclass(spec, SelectFilter)]


def wrong_value(name, value, title=None):
    text = _("The list cannot be filtered by %(filter)s “%(value)s”, so this filter is ignored.")
    title = title or (KEY_PARAMETERS[name]._meta.verbose_name if name in KEY_PARAMETERS else name)
    return text % {"filter": title, "value": value[:100]}


def report(request: HttpRequest, texts: Iterable[str]) -> None:
    """Show messages above the list. Forms are posted from a list that has shown them."""
    if request.method == "GET":
        for text in texts:
            messages.warning(request, text)
