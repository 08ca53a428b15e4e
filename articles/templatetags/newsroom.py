"""What the desk's templates say as the paper does."""

from django import template
from django.utils.html import format_html

from articles.figures import counting
from articles.paper import words
from newsroom.accounts import name_of

register = template.Library()
register.filter(words.plain)
register.filter(words.age)
register.filter(words.duration)
register.filter(name_of)


@register.filter
def counted(number):
    """A number of the page of one thing, counted up to COUNTED."""
    return counting.in_words(number, counting.COUNTED)


@register.simple_tag
def time_of(when):
    """A `<time>`: the age in words, the exact time on hover and for machines."""
    machine, exact = words.times_of(when)
    return format_html('<time datetime="{}" title="{}">{}</time>', machine, exact, words.age(when))
