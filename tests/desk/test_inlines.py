"""The rows of other models on pages of the desk."""

import pytest
from django.apps import apps
from django.contrib import admin
from django.urls import reverse

from tests.factories import make_provider, make_story, make_topic

pytestmark = pytest.mark.django_db


def test_every_inline_has_the_text_of_its_button():
    models = [model for model in apps.get_models() if admin.site.is_registered(model)]
    inlines = [inline for model in models for inline in admin.site.get_model_admin(model).inlines]
    assert inlines
    assert all(inline.add_label for inline in inlines)


@pytest.mark.parametrize(
    ("make", "labels"),
    [
        (make_story, ["Add a picture", "Add coverage"]),
        (make_provider, ["Add an upstream name"]),
        (make_topic, ["Add an upstream name"]),
    ],
)
def test_the_button_below_the_rows_says_what_it_adds(desk, make, labels):
    row = make("Space") if make is make_topic else make()
    page = desk.get(reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk]))
    html = page.content.decode()
    assert [html.count(f"<span>{label}</span>") for label in labels] == [1] * len(labels)
    assert html.count('class="add-row') == len(labels)
