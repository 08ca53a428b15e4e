"""Providers and topics at the desk, in a browser: seen, changed, and found again by readers."""

import pytest

from articles.models import Topic
from providers.models import Provider
from tests.browser.accessibility import THEMES, fits, show_desk_in, violations
from tests.browser.navigation import next_page, visit

PROVIDERS = "/admin/providers/provider/"
TOPICS = "/admin/articles/topic/"


def page_of(row):
    return f"{PROVIDERS if isinstance(row, Provider) else TOPICS}{row.pk}/change/"


def test_a_provider_is_renamed_and_its_old_address_leads_on(sign_in, open_page, site):
    provider = Provider.objects.get(name="Spoke Line")
    page = sign_in("editor")
    page.goto(site.url + page_of(provider))
    with next_page(page):
        page.get_by_role("link", name="Rename…").click()
    page.fill("input[name=name]", "Spoke Line Weekly")
    page.fill("input[name=slug]", "")
    with next_page(page):
        page.get_by_role("button", name="Preview").click()
    assert "Readers see “Spoke Line Weekly” instead of “Spoke Line”" in page.content()
    with next_page(page):
        page.get_by_role("button", name="Rename", exact=True).click()
    assert "Renamed to Spoke Line Weekly." in page.content()
    reader = open_page("/providers/spoke-line/")
    assert reader.url == f"{site.url}/providers/spoke-line-weekly/"


def test_a_topic_is_retagged_then_deleted(sign_in, open_page, site):
    topic = Topic.objects.get(name="Local history")
    page = sign_in("editor")
    page.goto(site.url + page_of(topic))
    with next_page(page):
        page.get_by_role("link", name="Move stories to another topic…").click()
    page.select_option("select[name=other]", label="Culture")
    with next_page(page):
        page.get_by_role("button", name="Preview").click()
    with next_page(page):
        page.get_by_role("button", name="Preview").click()
    with next_page(page):
        page.get_by_role("button", name="Replace topic").click()
    assert page.locator(".desk-row-done").count() == 3
    page.goto(site.url + page_of(topic))
    with next_page(page):
        page.get_by_role("link", name="Delete…").click()
    with next_page(page):
        page.get_by_role("button", name="Delete").click()
    assert not Topic.objects.filter(pk=topic.pk).exists()
    assert open_page("/topics/local-history/").url == f"{site.url}/topics/"


@pytest.mark.parametrize("width", [375, 1440])
def test_the_pages_fit_and_are_accessible(sign_in, site, width):
    provider, topic = Provider.objects.get(name="La Cordillera"), Topic.objects.get(name="Science")
    other = Provider.objects.exclude(pk=provider.pk).first()
    page = sign_in("editor", width)
    for path, part in (
        ("/admin/", ".desk-board"),
        (PROVIDERS, ".desk-about"),
        (page_of(provider), ".desk-about-one"),
        (f"{PROVIDERS}{provider.pk}/rename/", ".desk-act"),
        (f"{PROVIDERS}{provider.pk}/state/", ".desk-act"),
        (f"{PROVIDERS}merge/?of={provider.pk}&of={other.pk}", ".desk-act"),
        (TOPICS, ".desk-place"),
        (page_of(topic), ".desk-about-one"),
        (f"{TOPICS}delete/?of={topic.pk}", ".desk-act"),
        (f"{TOPICS}{topic.pk}/retag/", ".desk-act"),
    ):
        visit(page, site.url + path)
        for theme in THEMES:
            show_desk_in(page, theme)
            assert fits(page), (path, theme)
            faults = violations(page, part)
            assert [(path, theme, fault["id"], fault["nodes"][0]["html"][:200]) for fault in faults] == []
