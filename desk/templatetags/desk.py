"""Template filters and tags of the desk; some are those of the reader site."""

from types import SimpleNamespace
from typing import Any

from django import template
from django.contrib.admin.templatetags.admin_urls import add_preserved_filters
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.http import urlencode

from desk.reports import counting
from desk.stories.picture_display import PictureRow
from newsroom.accounts import name_of
from newsroom.dates import (
    clock_time,
    format_duration,
    format_time,
    relative_time,
    short_months,
    time_format_for_browsers,
)
from reader import template_filters

register = template.Library()
register.filter(template_filters.plain)
register.filter(name_of)
register.filter(clock_time)
register.filter(format_time)
register.filter(relative_time)
register.filter(format_duration)


@register.filter
def describe_count(number):
    """Return the text for a number that was counted up to COUNT_LIMIT."""
    return counting.describe_count(number, counting.COUNT_LIMIT)


@register.simple_tag
def time_of(when):
    """Return a `<time>`: how long ago it was or its day, the exact time in its title and for machines."""
    machine, exact = template_filters.format_time_pair(when)
    return format_html('<time datetime="{}" title="{}">{}</time>', machine, exact, relative_time(when))


@register.simple_tag
def picture_row(inline, inline_form):
    """Return what a row of a story's pictures shows beside its form."""
    return PictureRow(inline, inline_form)


@register.simple_tag
def time_format_attributes():
    """Return the attributes from which JavaScript formats times as `format_time` does."""
    return format_html(
        'data-months="{}" data-time-format="{}" data-zone="{}"',
        " ".join(short_months()),
        time_format_for_browsers(),
        timezone.get_current_timezone_name(),
    )


@register.simple_tag(takes_context=True)
def with_list(context, url):
    """Return an address of the desk with the filter, search, order and page of the list the user came from.

    They are in the parameter `_changelist_filters`. Only addresses of the same model get it; host and path stay.
    """
    request, root, url = context["request"], reverse("admin:index"), str(url)
    list_query = request.GET.get("_changelist_filters")
    app_label, _slash, rest = request.path.removeprefix(root).partition("/")
    model_name = rest.partition("/")[0]
    if not list_query or not url.startswith(f"{root}{app_label}/{model_name}/"):
        return url
    filters = urlencode({"_changelist_filters": list_query})
    # The only attributes that `add_preserved_filters` reads.
    opts: Any = SimpleNamespace(app_label=app_label, model_name=model_name)
    return add_preserved_filters({"preserved_filters": filters, "opts": opts}, url)
