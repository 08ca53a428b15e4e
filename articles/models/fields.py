from typing import Any

from django.db import models
from django.db.models import Q

from articles.canonical_urls import URL_LIMIT, validate_image_url, validate_web_url


class WebURLField(models.CharField):
    """An http(s) URL, stored exactly as given; may be empty."""

    default_validators = [validate_web_url]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"max_length": URL_LIMIT, "blank": True, "default": "", **kwargs})


class ImageURLField(WebURLField):
    """An http(s) URL, or a path on the provider's site."""

    default_validators = [validate_image_url]


def is_empty_or_web_url(field: str, *also: str) -> Q:
    """Return the condition that a column is empty, is an http(s) URL, or begins with one of `also`.

    The usual lower-case prefixes come first, because folding a URL's case takes PostgreSQL longer than writing it.
    """
    condition = Q(**{field: ""})
    for prefix in ("https://", "http://", *also):
        condition |= Q(**{f"{field}__startswith": prefix})
    for prefix in ("https://", "http://"):
        condition |= Q(**{f"{field}__istartswith": prefix})
    return condition
