"""The desk's autocomplete: every field answers those who may see what it offers, and refuses all others."""

import pytest
from django.apps import apps
from django.contrib import admin
from django.urls import reverse

from tests.conftest import make_user
from tests.factories import make_related, make_story, make_topic

pytestmark = pytest.mark.django_db
URL = reverse("admin:autocomplete")


def relations():
    """Every field of every model that refers to another model, forwards or backwards."""
    return [
        (model, field)
        for model in apps.get_models()
        for field in model._meta.get_fields()
        if field.is_relation and field.related_model
    ]


def ask(client, model, field, **more):
    names = {"app_label": model._meta.app_label, "model_name": model._meta.model_name, "field_name": field.name}
    return client.get(URL, {**names, "term": "Story", **more})


def is_offered(field):
    """Whether the field refers to rows by key, and to rows of a model that the desk can search."""
    is_key = field.many_to_many or getattr(field, "column", None)
    model = field.related_model
    is_searched = admin.site.is_registered(model) and admin.site.get_model_admin(model).search_fields
    return bool(is_key and not field.auto_created and is_searched)


@pytest.mark.parametrize("who", ["administrator", "reporter"])
def test_every_field_answers_those_who_may_see_its_model(client, request, who):
    user = request.getfixturevalue(who)
    client.force_login(user)
    make_related(make_story(topics=[make_topic("Story of the day")]))
    answers, expected = {}, {}
    for model, field in relations():
        name = f"{model._meta.label}.{field.name}"
        answers[name] = ask(client, model, field).status_code
        own = field.related_model._meta
        may = is_offered(field) and user.has_perm(f"{own.app_label}.view_{own.model_name}")
        expected[name] = 200 if may else 403
    # A model that the desk shows and does not search has no autocomplete at all.
    searched = {name for name, status in answers.items() if status != 404}
    assert {name: answers[name] for name in searched} == {name: expected[name] for name in searched}
    assert answers["articles.RelatedLink.article"] == 200
    assert answers["articles.Article.provider"] == 200


def test_our_story_of_related_coverage_is_searched_by_its_headline(client, reporter):
    client.force_login(reporter)
    story = make_story(title="Harbour opens")
    model = apps.get_model("articles.RelatedLink")
    results = ask(client, model, model._meta.get_field("article"), term="harb\x00our").json()["results"]
    assert results == [{"id": str(story.pk), "text": "Harbour opens"}]


@pytest.mark.parametrize("names", [{}, {"app_label": "x"}, {"app_label": "articles", "model_name": "article"}])
def test_an_unknown_field_is_refused(client, reporter, names):
    client.force_login(reporter)
    assert client.get(URL, {"term": "x", **names}).status_code == 403


def test_searching_requires_the_permission(client):
    client.force_login(make_user("guest"))
    model = apps.get_model("articles.RelatedLink")
    assert ask(client, model, model._meta.get_field("article")).status_code == 403
