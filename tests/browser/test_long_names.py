"""Names of sixty characters, in words and as one, fit into the desk's pages."""

import pytest
from django.contrib.auth.models import User
from django.urls import reverse

from articles.bulk_actions.execution import create_change, run_change
from articles.choices import BulkAction
from articles.models import Article, BulkChange, SavedView, Topic
from providers.models import Provider
from tests.browser.accessibility import fits
from tests.browser.conftest import HEIGHTS
from tests.browser.navigation import settle, visit
from tests.factories import make_related, make_story

LENGTH = 60
NAMES = {
    "words": "The Extraordinarily Long Name of a Regional Newspaper Groups",
    "one word": "Donaudampfschifffahrtsgesellschaftskapitänswitwenzeitung".ljust(LENGTH, "x"),
    "wide": "W" * LENGTH,
}
# The cells of a list that show less than they hold; the list of stories is laid out otherwise.
CLIPPED = """() => [...document.querySelectorAll("#result_list:not(.desk-stories) :is(td, th)")]
    .filter((cell) => cell.scrollHeight > cell.clientHeight + 1).map((cell) => cell.innerText)"""


@pytest.fixture(params=NAMES)
def long_name(site, request):
    """A provider, a topic, a saved view and a bulk change of a name; returns the paths of the pages that show it."""
    name = NAMES[request.param]
    assert len(name) == LENGTH
    editor = User.objects.get(username="editor")
    provider, topic = Provider.objects.create(name=name, domain="long.example"), Topic.objects.create(name=name)
    other, other_topic = Provider.objects.exclude(pk=provider.pk).first(), Topic.objects.exclude(pk=topic.pk).first()
    story = make_story(provider=provider, heat=0)
    story.topics.add(topic)
    make_related(story, provider=provider)
    view = SavedView.objects.create(owner=editor, name=name, query="state=inbox&heat=0")
    change = create_change(BulkAction.CHANGE_PROVIDER, Article.objects.filter(pk=story.pk), editor)
    BulkChange.objects.filter(pk=change.pk).update(options={"provider": provider.pk})
    change.refresh_from_db()
    run_change(change)
    stories = reverse("admin:articles_article_changelist")
    yield [
        f"{stories}?provider__id__exact={provider.pk}",
        reverse("admin:articles_article_change", args=[story.pk]),
        reverse("admin:articles_article_history", args=[story.pk]),
        reverse("admin:story-bulk", args=[change.pk]),
        reverse("admin:story-bulk-history"),
        f"{reverse('admin:providers_provider_changelist')}?q=long.example",
        reverse("admin:providers_provider_change", args=[provider.pk]),
        reverse("admin:provider-rename", args=[provider.pk]),
        reverse("admin:provider-state", args=[provider.pk]),
        f"{reverse('admin:provider-merge')}?of={provider.pk}",
        f"{reverse('admin:provider-merge')}?of={provider.pk}&of={other.pk}",
        # It has stories, so this leads back to its page with a message.
        reverse("admin:providers_provider_delete", args=[provider.pk]),
        f"{reverse('admin:articles_topic_changelist')}?q={name}",
        reverse("admin:articles_topic_change", args=[topic.pk]),
        f"{reverse('admin:topic-merge')}?of={topic.pk}&of={other_topic.pk}",
        reverse("admin:topic-retag", args=[topic.pk]),
        f"{reverse('admin:topic-delete')}?of={topic.pk}",
    ]
    change.delete()
    view.delete()
    story.delete()
    topic.delete()
    provider.delete()


def test_long_names_fit_the_screen(sign_in, site, long_name):
    page = sign_in("editor")
    for path in long_name:
        visit(page, site.url + path)
        for width, height in HEIGHTS.items():
            page.set_viewport_size({"width": width, "height": height})
            settle(page)
            assert fits(page), (path, width)
            assert page.evaluate(CLIPPED) == [], (path, width)
