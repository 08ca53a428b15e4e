"""What the desk's templates say as the paper does."""

from django import template

from articles.paper import words

register = template.Library()
register.filter(words.plain)
register.filter(words.age)
register.filter(words.duration)
