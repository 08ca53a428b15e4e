"""Joining the stories that earlier releases stored twice."""

import pytest
from django.core.management import call_command

from articles import workflow
from articles.canonical_urls import identity_of
from articles.choices import Action, State
from articles.former_urls import former_identity_of
from articles.importing.duplicates import join_duplicates
from articles.models import Article, FormerIdentity, RelatedLink, Tombstone, UpstreamDocument
from tests.factories import make_related, make_story, make_values

pytestmark = pytest.mark.django_db
URL = "https://www.outlet.example/gate/"
VARIANTS = (URL, "https://outlet.example/gate", f"{URL}?ncid=7")


def store_in_former_form(story, url):
    """Store a story as an earlier release did."""
    Article.objects.filter(pk=story.pk).update(identity=former_identity_of(url), web_url=url)
    story.refresh_from_db()
    return story


@pytest.fixture
def stories():
    return [store_in_former_form(make_story(), url) for url in VARIANTS]


def run(**options):
    lines = []
    return join_duplicates(lines.append, **options), lines


def test_stories_of_one_url_are_joined(stories):
    first, second, _third = stories
    joined, lines = run()
    assert (joined.stories, len(lines)) == (2, 2)
    story = Article.objects.get()
    assert (story.pk, story.identity) == (first.pk, identity_of(URL))
    assert f"{second.get_absolute_url()} ({second.title}) → {story.get_absolute_url()} ({story.title})" in lines
    assert identity_of(URL) not in FormerIdentity.objects.values_list("identity", flat=True)
    again, lines = run()
    assert (again.stories, again.converted, lines) == (0, 0, [])


def test_dry_run_lists_the_same_and_writes_nothing(stories):
    before = list(Article.objects.values())
    shown, lines = run(dry_run=True)
    assert list(Article.objects.values()) == before
    done, done_lines = run()
    assert (shown.stories, shown.converted, lines) == (done.stories, done.converted, done_lines)


def test_state_that_the_desk_decided_is_kept(stories):
    workflow.apply(Action.WITHDRAW, stories[2], workflow.COMMAND_LINE)
    run()
    story = Article.objects.get()
    assert (story.pk, story.state) == (stories[2].pk, State.WITHDRAWN)


def test_other_identities_stay(stories):
    other = make_story()
    Article.objects.filter(pk=other.pk).update(identity="0" * 32)
    run()
    assert Article.objects.get(pk=other.pk).identity == "0" * 32


def test_related_coverage_and_tombstones_are_converted(stories):
    link = make_related(stories[0], web_url=URL, identity=former_identity_of(URL))
    deleted = store_in_former_form(make_story(), "https://www.other.example/x/")
    deleted.delete()
    run()
    assert RelatedLink.objects.get(pk=link.pk).identity == identity_of(URL)
    assert Tombstone.objects.get().identity == identity_of("https://other.example/x")


def test_tombstone_whose_identity_is_taken_keeps_its_own():
    for url in VARIANTS[:2]:
        store_in_former_form(make_story(), url).delete()
    before = set(Tombstone.objects.values_list("identity", flat=True))
    run()
    run()
    assert set(Tombstone.objects.values_list("identity", flat=True)) <= before | {identity_of(URL)}


def test_stories_of_one_file_are_joined(folder):
    for number in (1, 2):
        folder(a=make_values(title="The gates close", webUrl=f"https://outlet{number}.example/x"))
        # As an earlier release left it.
        UpstreamDocument.objects.update(path=None)
    folder(b=make_values(title="Another"))
    assert Article.objects.count() == 3
    joined, _lines = run()
    assert joined.stories == 1
    assert Article.objects.count() == 2


def test_command(stories, capsys):
    call_command("join_duplicates", dry_run=True)
    assert "2 stories, 0 topics and 0 providers joined, 1 identities converted (dry run)" in capsys.readouterr().out
    call_command("join_duplicates")
    assert Article.objects.count() == 1
