from datetime import timedelta

from django import template
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.timesince import timesince

register = template.Library()
WORDS_UNTIL = timedelta(days=7)


@register.filter
def age(when):
    """The age of a time in words, its date when it lies more than a week back: as on Newsroom's pages."""
    since = timezone.now() - when
    if since < timedelta(0) or since > WORDS_UNTIL:
        return date_format(timezone.localtime(when), "DATE_FORMAT")
    if since < timedelta(minutes=1):
        return "just now"
    return f"{timesince(when, depth=1)} ago"
