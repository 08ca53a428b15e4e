"""What `make run` loads: the fixtures through the real importer, drawn pictures, three accounts."""

import io
from collections import Counter

import pytest
from django.contrib.auth import authenticate
from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import transaction
from django.test import override_settings

from articles.choices import State
from articles.models import Article, Image, Topic
from newsroom.accounts import create_accounts
from providers.models import Provider


@pytest.fixture(scope="module")
def loaded(django_db_setup, django_db_blocker, tmp_path_factory):
    """Load the demo once for all tests of this file, as drawing takes some seconds, and take it back after them."""
    media = tmp_path_factory.mktemp("media")
    out = io.StringIO()
    with django_db_blocker.unblock(), override_settings(MEDIA_ROOT=media), transaction.atomic():
        call_command("load_demo", stdout=out)
        yield out.getvalue(), media
        transaction.set_rollback(True)


@pytest.fixture
def demo(loaded, db, settings):
    said, settings.MEDIA_ROOT = loaded
    return said


def test_the_fixtures_are_as_rich_as_the_pages_need(demo):
    stories = Article.objects.all()
    assert stories.count() >= 81
    assert Provider.objects.count() >= 15
    domains = Counter(Provider.objects.values_list("domain", flat=True))
    assert max(domains.values()) >= 2
    assert any(not name.isascii() for name in Provider.objects.values_list("name", flat=True))
    assert Topic.objects.filter(parent__isnull=False).count() >= 10
    assert not Topic.objects.filter(parent__parent__parent__isnull=False).exists()
    related = {story.related_links.count() for story in stories}
    assert {0, 12} <= related
    assert stories.filter(kind="video").exclude(featured_content="").count() >= 3
    heats = set(stories.values_list("heat", flat=True))
    assert (min(heats), max(heats)) == (-1, 250)
    dates = sorted(stories.exclude(published_at=None).filter(visible_until=None).values_list("published_at", flat=True))
    assert (dates[-3] - dates[1]).days > 500
    assert {State.PUBLISHED, State.INBOX} <= set(stories.values_list("state", flat=True))
    assert max(len(title) for title in stories.values_list("title", flat=True)) >= 300
    assert stories.filter(locale="ar").exists()


def test_pictures_are_drawn_once_and_for_invented_hosts_only(demo):
    drawn = Image.objects.exclude(file="")
    assert drawn.filter(article__isnull=False).count() > 80
    assert drawn.filter(provider__isnull=False).count() > 15
    assert not drawn.filter(url__contains="loopinsight").exists()
    out = io.StringIO()
    call_command("load_demo", stdout=out)
    assert "Pictures drawn: 0" in out.getvalue()
    assert "0 created" in out.getvalue()


def test_the_accounts_are_named_with_passwords_that_work(demo):
    lines = [line.split() for line in demo.splitlines() if line.startswith("  ")]
    assert [line[:2] for line in lines] == [
        ["admin", "administrator"],
        ["editor", "editor"],
        ["reporter", "reporter"],
    ]
    for name, _role, password in lines:
        assert authenticate(username=name, password=password).is_staff
    editor, reporter = User.objects.get(username="editor"), User.objects.get(username="reporter")
    assert editor.has_perm("articles.publish_article")
    assert not editor.has_perm("auth.change_user")
    assert reporter.has_perm("articles.change_article")
    assert not reporter.has_perm("articles.publish_article")


def test_accounts_that_are_there_are_left_alone(demo):
    before = User.objects.get(username="editor").password
    assert [account.password for account in create_accounts()] == ["", "", ""]
    assert User.objects.get(username="editor").password == before
