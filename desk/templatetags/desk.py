"""What the desk's templates say as the paper does."""

from types import SimpleNamespace

from django import template
from django.contrib.admin.templatetags.admin_urls import add_preserved_filters
from django.urls import reverse
from django.utils.html import format_html
from django.utils.http import urlencode

from desk.reports import counting
from newsroom.accounts import name_of
from newsroom.dates import exact_time
from reader import template_filters

register = template.Library()
register.filter(template_filters.plain)
register.filter(template_filters.age)
register.filter(template_filters.duration)
register.filter(name_of)
register.filter(exact_time)


@register.filter
def counted(number):
    """A number of the page of one thing, counted up to COUNTED."""
    return counting.in_words(number, counting.COUNTED)


@register.simple_tag
def time_of(when):
    """A `<time>`: the age in words, the exact time on hover and for machines."""
    machine, exact = template_filters.times_of(when)
    return format_html('<time datetime="{}" title="{}">{}</time>', machine, exact, template_filters.age(when))


@register.simple_tag(takes_context=True)
def with_list(context, url):
    """Return an address of the desk that leads back to the list from which the page was reached, as it was.

    Filter, search, order and page of the list travel as `_changelist_filters`; they are given to addresses of the
    same model only, and never change host or path.
    """
    request, root, url = context["request"], reverse("admin:index"), str(url)
    list_query = request.GET.get("_changelist_filters")
    app_label, _slash, rest = request.path.removeprefix(root).partition("/")
    model_name = rest.partition("/")[0]
    if not list_query or not url.startswith(f"{root}{app_label}/{model_name}/"):
        return url
    filters = urlencode({"_changelist_filters": list_query})
    opts = SimpleNamespace(app_label=app_label, model_name=model_name)
    return add_preserved_filters({"preserved_filters": filters, "opts": opts}, url)
