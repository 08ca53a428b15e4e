"""The page of import rules."""

import pytest
from django.urls import reverse

from articles.importing.policies import policies_by_field
from articles.models import FieldPolicy
from desk.imports.import_rules import PREFIX
from tests.desk.pages import page_text

pytestmark = pytest.mark.django_db
RULES = reverse("admin:import-rules")
IMPORTS = reverse("admin:articles_importbatch_changelist")


def test_rules_are_chosen_and_taken_back(desk, editor, settings):
    settings.IMPORT_POLICIES = {"excerpt": "desk"}
    page = page_text(desk.get(RULES))
    assert "As in the settings: The desk wins, without a conflict" in page
    assert "Default: Upstream until the desk changes it, then the desk" in page
    response = desk.post(RULES, {f"{PREFIX}title": "until_desk", f"{PREFIX}heat": "ask"}, follow=True)
    assert "2 import rules changed." in page_text(response)
    assert (policies_by_field()["title"], policies_by_field()["heat"]) == ("until_desk", "ask")
    assert FieldPolicy.objects.get(field="title").changed_by == editor
    desk.post(RULES, {f"{PREFIX}heat": "ask"})
    assert list(FieldPolicy.objects.values_list("field", flat=True)) == ["heat"]


def test_unknown_rule_is_refused(desk):
    assert desk.post(RULES, {f"{PREFIX}title": "coin"}).status_code == 400
    assert not FieldPolicy.objects.exists()


def test_rules_are_for_users_who_may_publish(client, reporter):
    client.force_login(reporter)
    assert client.get(RULES).status_code == 403
    assert client.post(RULES, {f"{PREFIX}title": "desk"}).status_code == 403
    assert not FieldPolicy.objects.exists()


def test_list_of_imports_links_to_them(desk):
    assert RULES in desk.get(IMPORTS).content.decode()
